"""Retained memory: two checked copies in RTC memory, so that a torn write never loses both.

Pure: the caller reads and writes the 896 bytes. A write goes to the older copy and leaves the newer
one untouched. RTC memory survives every reset but not a power cut; the phase marker in the newest
copy tells what the device was doing when it died (MicroPython reports a brown-out as power-on).

Layout of one copy, little-endian: magic u16, generation u16, phase u8, length u16, crc32 u32 over
everything else, payload.
"""

import struct
from binascii import crc32

PHASE_NONE = 0  # asleep or measuring
PHASE_TX = 1  # radio sends
PHASE_WIFI = 2
PHASE_FLASH = 3  # writing or erasing flash

SIZE_BYTES = 896  # of the 2048 B RTC memory
_COPY_BYTES = SIZE_BYTES // 2
_HEAD = "<HHBH"
_CRC_AT = struct.calcsize(_HEAD)
_HEAD_BYTES = _CRC_AT + 4
_MAGIC = 0xBA16  # another one with every change of this layout
MAX_PAYLOAD_BYTES = _COPY_BYTES - _HEAD_BYTES


def store(old: bytes | bytearray, payload: bytes, phase: int) -> bytearray:
    """Return the whole memory with the older copy replaced by this payload and phase."""
    memory = whole(old)
    replace(memory, payload, phase)
    return memory


def whole(memory: bytes | bytearray) -> bytearray:
    """Return the memory in full length, to be written in."""
    return bytearray(memory[:SIZE_BYTES]) + bytes(max(0, SIZE_BYTES - len(memory)))


def replace(memory: bytearray, payload: bytes | bytearray, phase: int) -> None:
    """Replace the older copy in place: a late save may not find so much memory in one piece."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"retained payload has {len(payload)} bytes, at most {MAX_PAYLOAD_BYTES} fit")
    newest, copy = _newest(memory)
    start = 0 if newest == 1 else _COPY_BYTES
    generation = copy[2] + 1 if copy else 1
    struct.pack_into(_HEAD, memory, start, _MAGIC, generation & 0xFFFF, phase, len(payload))
    checksum = crc32(payload, crc32(memoryview(memory)[start : start + _CRC_AT]))
    struct.pack_into("<I", memory, start + _CRC_AT, checksum)
    memory[start + _HEAD_BYTES : start + _HEAD_BYTES + len(payload)] = payload


def load(memory: bytes | bytearray) -> tuple[bytes | None, int, int]:
    """Return payload, phase and generation of the newest whole copy; payload None when there is none."""
    _, copy = _newest(memory)
    return (bytes(copy[0]), copy[1], copy[2]) if copy else (None, PHASE_NONE, 0)


def _newest(memory: bytes | bytearray) -> "tuple[int, tuple[memoryview, int, int] | None]":
    first, second = _copy(memory, 0), _copy(memory, _COPY_BYTES)
    if first and second:  # serial-number comparison: generations wrap at 2^16
        return (1, second) if 0 < (second[2] - first[2]) & 0xFFFF < 0x8000 else (0, first)
    return (1, second) if second else (0, first)


def _copy(memory: bytes | bytearray, start: int) -> "tuple[memoryview, int, int] | None":
    """Return a view of the payload, phase and generation of one copy, None unless it is whole."""
    if len(memory) < start + _HEAD_BYTES:
        return None
    magic, generation, phase, length = struct.unpack_from(_HEAD, memory, start)
    view = memoryview(memory)[start:]
    payload = view[_HEAD_BYTES : _HEAD_BYTES + length]
    if magic != _MAGIC or len(payload) != length:
        return None
    if struct.unpack_from("<I", memory, start + _CRC_AT)[0] != crc32(payload, crc32(view[:_CRC_AT])):
        return None
    return payload, phase, generation
