"""Mutations of bytes: what flash, radio and careless tools do to them, and what no one would think of."""

import random
import struct
from binascii import crc32

_TELLING = (0, 1, 0x20, 0x30, 0x7F, 0x80, 0xC0, 0xFE, 0xFF)  # bytes at the edges of what code distinguishes
_LONGEST = 64  # bytes put in at a time


def damaged(data: bytes, other: bytes = b"") -> bytes:
    """Return a mutation of data; `other` is something of the same kind to splice in."""
    for _ in range(1 + random.getrandbits(2) // 3):
        data = _WAYS[random.randrange(len(_WAYS))](bytearray(data), other or data)
    return data


def spoiled(data: bytes, other: bytes = b"") -> bytes | None:
    """Return a mutation of a file, None for something else in its place."""
    return None if random.getrandbits(5) == 0 else damaged(data, other)


def checked(body: bytes) -> bytes:
    """Return a checked file with this body: its CRC32 goes before it."""
    return struct.pack("<I", crc32(body)) + body


def passes(data: bytes | None) -> bool:
    """Tell whether this is a checked file whose CRC32 is right."""
    return data is not None and len(data) >= 4 and struct.unpack_from("<I", data)[0] == crc32(data[4:])


def noise(size: int) -> bytes:
    """Return random bytes."""
    return bytes(random.getrandbits(8) for _ in range(size))


def _flip(data: bytearray, other: bytes) -> bytes:
    for _ in range(1 + random.getrandbits(3) * random.getrandbits(1)):
        if data:
            data[random.randrange(len(data))] ^= 1 << random.getrandbits(3)
    return bytes(data)


def _set(data: bytearray, other: bytes) -> bytes:
    for _ in range(1 + random.getrandbits(2)):
        if data:
            data[random.randrange(len(data))] = random.choice(_TELLING)
    return bytes(data)


def _cut_short(data: bytearray, other: bytes) -> bytes:
    return bytes(data[: random.randrange(len(data) + 1)])


def _cut_out(data: bytearray, other: bytes) -> bytes:
    start, end = _span(data)
    return bytes(data[:start] + data[end:])


def _put_in(data: bytearray, other: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return bytes(data[:at]) + noise(1 + random.randrange(_LONGEST)) + bytes(data[at:])


def _repeat(data: bytearray, other: bytes) -> bytes:
    start, end = _span(data)
    return bytes(data[:end] + data[start:])


def _fill(data: bytearray, other: bytes) -> bytes:
    start, end = _span(data)
    fill = b"\xff" if random.getrandbits(1) else b"\0"  # erased, or programmed through
    return bytes(data[:start]) + fill * (end - start) + bytes(data[end:])


def _splice(data: bytearray, other: bytes) -> bytes:
    at = random.randrange(min(len(data), len(other)) + 1)
    return bytes(data[:at]) + other[at:]


def _replace(data: bytearray, other: bytes) -> bytes:
    return noise(random.randrange(len(data) + 8))


def _span(data: bytearray) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.randrange(1, _LONGEST))


_WAYS = (_flip, _flip, _flip, _set, _set, _cut_short, _cut_out, _put_in, _repeat, _fill, _splice, _replace)
