"""What is valid, said a second time and in other words than the node's own checks."""

import json

from baysense.core import config as table
from baysense_host.bench.mutate.inside.finding import ACCEPTED, expect


def check_config(config: dict[str, object]) -> None:
    """Expect a configuration to be complete, and every value to be of its field's type and within its bounds."""
    names = [field.name for field in table.FIELDS]
    expect(sorted(config) == sorted(names), ACCEPTED, f"configuration of {sorted(config)}")
    for field in table.FIELDS:
        value = config[field.name]
        expect(type(value) is field.type, ACCEPTED, f"{field.name} is {value!r}")
        if isinstance(value, str):
            _check_text(field, value)
        elif field.type is int:
            expect(field.low <= value <= field.high, ACCEPTED, f"{field.name} is {value!r}")
    expect(table.validated(config, {}) == config, ACCEPTED, "the values do not go together")


def check_reply(payload: bytes, number: object, secrets: tuple[str, ...]) -> dict[str, object]:
    """Expect an answer to be JSON-RPC 2.0 to the request of this number, without secrets; return it."""
    expect(well_formed(payload), ACCEPTED, f"answer is not UTF-8: {payload!r}")
    for secret in secrets:
        expect(secret.encode() not in payload, ACCEPTED, f"answer tells a secret: {payload!r}")
    try:
        answer = json.loads(payload)
    except ValueError:
        answer = None
    sound = (
        isinstance(answer, dict) and answer.get("jsonrpc") == "2.0" and ("result" in answer) != ("error" in answer)
    )
    expect(sound, ACCEPTED, f"no answer: {payload!r}")
    refused = answer["id"] is None and "error" in answer
    # JSON-RPC 2.0, section 4: an id is a string, a number or null.
    echoed = number is None or (isinstance(number, (str, int, float)) and type(answer["id"]) is type(number))
    if echoed and not isinstance(number, float):  # digits get lost
        echoed = answer["id"] == number
    expect(echoed or refused, ACCEPTED, f"not an answer to {number!r}: {payload!r}")
    found: dict[str, object] = answer
    return found


def well_formed(text: bytes) -> bool:
    """Tell whether bytes are UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, nothing above U+10FFFF."""
    at = 0
    while at < len(text):
        size = _size(text, at)
        if not size:
            return False
        at += size
    return True


def _size(text: bytes, at: int) -> int:
    """Return the length of the character at a place, 0 if it is none."""
    first = text[at]
    if first < 0x80:
        return 1
    size = 2 if 0xC2 <= first < 0xE0 else 3 if 0xE0 <= first < 0xF0 else 4 if 0xF0 <= first < 0xF5 else 0
    rest = text[at + 1 : at + size]
    if not size or len(rest) != size - 1 or any(byte & 0xC0 != 0x80 for byte in rest):
        return 0
    least, most = _SECOND.get(first, (0x80, 0xBF))
    return size if least <= rest[0] <= most else 0


_SECOND = {0xE0: (0xA0, 0xBF), 0xED: (0x80, 0x9F), 0xF0: (0x90, 0xBF), 0xF4: (0x80, 0x8F)}  # RFC 3629, section 4


def _check_text(field: table.Field, value: str) -> None:
    size = len(value.encode())
    if isinstance(field.low, tuple):
        expect(value in field.low, ACCEPTED, f"{field.name} is {value!r}")
    else:
        expect(field.low <= size <= field.high, ACCEPTED, f"{field.name} has {size} bytes")
    expect(well_formed(value.encode()), ACCEPTED, f"{field.name} is not UTF-8: {value.encode()!r}")
    expect(all(byte >= 0x20 and byte != 0x7F for byte in value.encode()), ACCEPTED, f"{field.name} is {value!r}")
