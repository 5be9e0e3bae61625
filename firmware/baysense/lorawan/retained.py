"""What a session remembers over deep sleep, in RTC memory: with the session on flash it is the whole of it.

Layout, little-endian: version u8, tag u32 (CRC-32 of the session file it belongs to), next FCntUp u32, flags u8 (1
the last downlink wants to be acknowledged, 2 a link check is wanted, 4 the time is), adr 6, backoff 11, duty 18,
length of answers u8, answers 15. With another tag it is older than what lies on flash: worth nothing.
"""

import struct

from baysense.lorawan import adr, duty

_VERSION = 1
BACKOFF_BYTES = 11  # of backoff.py, which is not loaded for this
_HEAD = "<BIIB"
_HEAD_BYTES = struct.calcsize(_HEAD)
_BACKOFF_AT = _HEAD_BYTES + adr.SIZE_BYTES
_DUTY_AT = _BACKOFF_AT + BACKOFF_BYTES
_ANSWERS_AT = _DUTY_AT + duty.SIZE_BYTES


def pack(tag: int, fcnt_up: int, flags: int, parts: "tuple[bytes, bytes, bytes]", answers: bytes) -> bytes:
    """Return at most 61 bytes; `parts` are the dumps of adr, backoff and duty."""
    return struct.pack(_HEAD, _VERSION, tag, fcnt_up, flags) + b"".join(parts) + bytes((len(answers),)) + answers


def opened(data: bytes, tag: int) -> "tuple[int, int, tuple[bytes, bytes, bytes], bytes] | None":
    """Return counter, flags, parts and answers, None when there is nothing that belongs to this session."""
    if len(data) <= _ANSWERS_AT or data[0] != _VERSION or len(data) != _ANSWERS_AT + 1 + data[_ANSWERS_AT]:
        return None
    _, found, fcnt_up, flags = struct.unpack_from(_HEAD, data)
    if found != tag:
        return None
    parts = data[_HEAD_BYTES:_BACKOFF_AT], data[_BACKOFF_AT:_DUTY_AT], data[_DUTY_AT:_ANSWERS_AT]
    return fcnt_up, flags, parts, data[_ANSWERS_AT + 1 :]
