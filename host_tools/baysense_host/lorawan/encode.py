"""Commands for a device as payloads of FPort 10; the layout stands in `baysense.core.downlink`."""

from collections.abc import Mapping
from typing import Any

from baysense.core.config import FIELDS, ConfigError, Field, defaults, validated
from baysense.core.downlink import COMMANDS, PORT, SETTINGS
from baysense_host.errors import ToolError

_FIRST_COMMAND = 128
_FIELDS: dict[str, Field] = {field.name: field for field in FIELDS}


def encode(wanted: Mapping[str, Any]) -> tuple[int, bytes]:
    """Return FPort and payload of settings and commands: `{"heartbeat_s": 1800, "reboot": True}`."""
    sizes = dict(SETTINGS)
    known = [*sizes, *COMMANDS]
    hint = f"Known: {', '.join(known)}."
    for name in wanted:
        if name not in known:
            raise ToolError(f"{name}: cannot be set by a downlink", hint)
    _check({name: value for name, value in wanted.items() if name in sizes})
    data = bytearray()
    for number, name in enumerate(sizes):
        if name in wanted:
            data.append(number)
            data += _value(_FIELDS[name], sizes[name], wanted[name])
    for number, name in enumerate(COMMANDS):
        if wanted.get(name):
            data.append(_FIRST_COMMAND + number)
    if not data:
        raise ToolError("no setting and no command", hint)
    return PORT, bytes(data)


def _check(settings: dict[str, Any]) -> None:
    """Hold settings against the table; whether they fit those of the device, it says itself."""
    widest = {"free_nt": _FIELDS["free_nt"].low, "occupied_nt": _FIELDS["occupied_nt"].high}
    try:
        validated({**defaults(), **widest}, settings)
    except ConfigError as error:
        raise ToolError(str(error), "`baysense console config` shows the settings.") from error


def _value(field: Field, size: int, value: Any) -> bytes:
    if not size:
        return bytes((len(value.encode()),)) + bytes(value.encode())
    number = field.low.index(value) if isinstance(field.low, tuple) else int(value)
    return int(number).to_bytes(size, "big")
