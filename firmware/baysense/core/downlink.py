"""LoRaWAN downlinks of FPort 10: commands, a few bytes each, carried out as a whole or refused as a whole. Pure.

A payload is a row of these, in any order:

| byte | field |
|---|---|
| 0 | number of a setting, its place in SETTINGS |
| then | its value, as many bytes as the table says, big-endian: a whole number, 0 or 1, or the place of a choice |
| | a text: its length, then its UTF-8 |

| byte | field |
|---|---|
| 0 | 128 + the place of a command in COMMANDS |

What became of it is told on FPort 3 (payload.py).
"""

from baysense.core.config import FIELDS, ConfigError

PORT = 10

SETTINGS = (  # append only. Name, bytes of its value; 0: a text. Passwords and what may cut the device off stay out
    ("bay", 0), ("zone", 1), ("dwell_s", 3), ("heartbeat_s", 3), ("wake_threshold_nt", 2), ("occupied_nt", 2),
    ("free_nt", 2), ("confirm_range", 1), ("console_s", 2), ("lora_adr", 1),
)  # fmt: skip
COMMANDS = ("reboot", "heartbeat")  # append only; methods of the node without parameters

REASONS = ("done", "incomplete", "no such command", "value refused", "not possible now")
DONE = 0
INCOMPLETE = 1
NO_SUCH = 2
VALUE = 3
NOT_NOW = 4
NONE = 255  # number of a setting, when none is meant

_FIRST_COMMAND = 128


class Refused(ValueError):
    """A payload that is no command: why, and at which setting or command."""

    def __init__(self, reason: int, number: int) -> None:
        super().__init__(f"{REASONS[reason]} ({number})")
        self.reason, self.number = reason, number


def command(payload: bytes) -> list[tuple[str, dict]]:
    """Return methods and their parameters, the settings all in one and first; raise Refused.

    The method `config` looks at the ranges, and refuses all of them when one is wrong.
    """
    changes: dict = {}
    calls: list[tuple[str, dict]] = []
    at = 0
    while at < len(payload):
        number = payload[at]
        if _FIRST_COMMAND <= number < _FIRST_COMMAND + len(COMMANDS):
            calls.append((COMMANDS[number - _FIRST_COMMAND], {}))
            at += 1
        elif number < len(SETTINGS):
            name, size = SETTINGS[number]
            begin = at + 1
            if not size:
                size = payload[begin] if begin < len(payload) else 1
                begin += 1
            at = begin + size
            if at > len(payload) or name in changes:
                raise Refused(INCOMPLETE, number)
            changes[name] = _value(number, payload[begin:at])
        else:
            raise Refused(NO_SUCH, number)
    if changes:
        calls.insert(0, ("config", changes))
    if not calls:
        raise Refused(INCOMPLETE, NONE)
    return calls


def reason(error: Exception | None) -> tuple[int, int]:
    """Return what payload.answer() tells of an error that came of a command, None when there was none."""
    if error is None:
        return DONE, NONE
    if isinstance(error, Refused):
        return error.reason, error.number
    if isinstance(error, ConfigError):
        for number, (name, _) in enumerate(SETTINGS):
            if name == error.name:
                return VALUE, number
    return (VALUE if isinstance(error, ValueError) else NOT_NOW), NONE


def _value(number: int, raw: bytes) -> object:
    """Return the value of a setting as its type wants it."""
    name, size = SETTINGS[number]
    field = [each for each in FIELDS if each.name == name][0]
    try:
        if not size:
            return raw.decode()
        value = int.from_bytes(raw, "big")
        if type(field.low) is tuple:
            return field.low[value]
        return (False, True)[value] if field.type is bool else value
    except (IndexError, UnicodeError):
        raise Refused(VALUE, number)
