"""Small checked files that are replaced as a whole.

Guarantee on LittleFS, where close makes a file durable and rename is atomic: after a power cut at any
flash operation `read_checked` gives the old content or the new one, whole. Content that fails its
CRC32 is set aside as *.bad, never silently used.

File layout: CRC32 over the body u32 little-endian, body.
"""

import os
import struct
from binascii import crc32

_CHUNK_BYTES = 256
_ENOENT = 2


def read_checked(path: str) -> tuple[bytes | None, bool]:
    """Return the body, None when there is none, and whether damaged content was set aside."""
    data = read(path)
    if data is None:
        return None, False
    if len(data) >= 4 and struct.unpack_from("<I", data)[0] == crc32(data[4:]):
        return data[4:], False
    set_aside(path)
    return None, True


def replace_checked(path: str, body: bytes) -> None:
    """Replace the whole file: write a new one beside it, then rename."""
    fresh = path + ".new"
    with open(fresh, "wb") as f:
        f.write(struct.pack("<I", crc32(body)))
        f.write(body)
    os.rename(fresh, path)


def read(path: str) -> bytes | None:
    """Return all bytes, None when there is no such file."""
    if not exists(path):
        return None
    with open(path, "rb") as f:
        return f.read()


def exists(path: str) -> bool:
    """Tell whether there is such a file."""
    try:
        os.stat(path)
    except OSError as error:
        if error.args[0] != _ENOENT:
            raise
        return False
    return True


def set_aside(path: str) -> None:
    """Keep a damaged file for a look at it; an older one gives way."""
    os.rename(path, path + ".bad")


def copy(path: str, to: str) -> None:
    """Copy a file in small pieces."""
    with open(path, "rb") as source, open(to, "wb") as target:
        piece = source.read(_CHUNK_BYTES)
        while piece:
            target.write(piece)
            piece = source.read(_CHUNK_BYTES)
