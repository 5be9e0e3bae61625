"""`baysense boards`: which boards there are, and what each one has where."""

from typing import Any

import rich_click as click

from baysense_host.cli.choices import known_board
from baysense_host.cli.output import emit, json_option, print_table, results


@click.command()
@click.argument("name", required=False, callback=known_board)
@json_option
def boards(name: str | None, as_json: bool) -> None:
    """List the boards, or show all there is to know of one."""
    from baysense_host.boards import board_names, read_board

    if name is not None:
        board = read_board(name)
        emit(board) if as_json else _show(board)
        return
    known = [read_board(each) for each in board_names()]
    if as_json:
        emit(known)
        return
    heads = ("board", "chip", "uplink", "power", "sensors", "pins used")
    print_table(heads, [[b["name"], b["soc"], _uplinks(b), _power(b), _sensors(b), _pins(b)] for b in known])


_RADIOS = ("sx1262", "sx1276")
_PLAIN = ("battery", "button", "led", *_RADIOS)  # parts that sense nothing of the bay
_PIN_KEYS = ("sda", "scl", "sck", "mosi", "miso", "rx", "tx")


def _uplinks(board: dict[str, Any]) -> str:
    radios = [part["chip"] for part in board["parts"] if part["chip"] in _RADIOS]
    return ", ".join(["Wi-Fi", *radios])


def _power(board: dict[str, Any]) -> str:
    if board["power"] != "battery":
        return str(board["power"])
    return f"battery, {board['battery_chemistry']}, {board['capacity_mah']} mAh"


def _sensors(board: dict[str, Any]) -> str:
    return ", ".join(part["chip"] for part in board["parts"] if part["chip"] not in _PLAIN)


def _wired(part: dict[str, Any]) -> dict[str, int]:
    return {**{key: part[key] for key in _PIN_KEYS if key in part}, **part.get("pins", {})}


def _pins(board: dict[str, Any]) -> str:
    used = {pin for part in board["parts"] for pin in _wired(part).values()}
    used |= {rail["pin"] for rail in board["rails"].values() if "pin" in rail}
    return " ".join(str(pin) for pin in sorted(used))


def _show(board: dict[str, Any]) -> None:
    simple = {key: value for key, value in board.items() if isinstance(value, str | int) or value is None}
    print_table(("what", "value"), [[key.replace("_", " "), _plain(value)] for key, value in simple.items()])
    print_table(
        ("part", "bus", "rail", "pins"),
        [[part["chip"], part.get("bus", "–"), part.get("rail", "–"), _named_pins(part)] for part in board["parts"]],
    )
    print_table(
        ("current", "µA", "source"),
        [
            [state.replace("_", " "), _range(spent["range"]), spent["source"]]
            for state, spent in board["currents_ua"].items()
        ],
    )
    for source in (board["url"], *board["sources"]):
        results().print(source, markup=False, style="dim")


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)


def _named_pins(part: dict[str, Any]) -> str:
    return ", ".join(f"{role} {pin}" for role, pin in _wired(part).items())


def _range(span: list[float]) -> str:
    return f"{span[0]:,g}–{span[1]:,g}"
