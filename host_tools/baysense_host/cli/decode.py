"""`baysense decode HEX --fport N`: what a LoRaWAN payload says."""

from typing import Any

import rich_click as click

from baysense_host.cli.output import emit, json_option, print_table, results


def payload_bytes(_ctx: click.Context, _param: click.Parameter, value: str) -> bytes:
    """Return the bytes of hex digits, with or without blanks, colons and 0x."""
    try:
        return bytes.fromhex(value.lower().removeprefix("0x").replace(":", " ").replace("-", " "))
    except ValueError as error:
        raise click.BadParameter(f"{value} is not a row of hex digits, such as 12e549bd.") from error


@click.command()
@click.argument("payload", metavar="HEX", callback=payload_bytes)
@click.option(
    "--fport",
    "--port",
    "fport",
    type=click.IntRange(1, 223),
    required=True,
    help="FPort of the frame: 1 change, 2 heartbeat, 3 start or answer; 10 decodes a downlink.",
)
@json_option
def decode(payload: bytes, fport: int, as_json: bool) -> None:
    """Decode the payload of a LoRaWAN frame, as a network server shows it after decryption."""
    from baysense_host.lorawan.decode import decode as read

    fields = read(fport, payload)
    if as_json:
        emit(fields)
        return
    history = fields.pop("history", [])
    print_table(("what", "value"), [[_label(name), _plain(value)] for name, value in fields.items()])
    if history:
        results().print("before that", markup=False)
        heads = list(history[0])
        rows = [[_plain(transition[head]) for head in heads] for transition in history]
        print_table([_label(head) for head in heads], rows)


_UNITS = {"battery_voltage": "V", "temperature": "°C"}
_UNITS |= dict.fromkeys(("age", "age_uncertainty", "previous_state_duration", "state_duration"), "s")


def _label(name: str) -> str:
    unit = f" [{_UNITS[name]}]" if name in _UNITS else ""
    return name.replace("_", " ") + unit


def _plain(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return str(value)
