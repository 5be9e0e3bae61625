"""Small checked files that are replaced as a whole.

Guarantee on LittleFS, where close makes a file durable and rename is atomic: after a power cut at any
flash operation `read_checked` gives the old content or the new one, whole. Content that fails its
CRC32, makes no sense or is no file is set aside as *.bad, never silently used. A write that fails, for a full
disk too, leaves the old content and takes no room.

Wear: replacing costs two updates of the folder's metadata (some 64 B each; a block is erased every 60 or so),
and one block erase more if the body has over 120 B.

File layout: CRC32 over the body u32 little-endian, body.
"""

import json
import os
import struct
from binascii import crc32

_CHUNK_BYTES = 256
_MOST_BYTES = 4608  # of a checked file; a longer one is foreign and would not fit into memory
FOLDER_BYTES = 1 << 30  # stands for the size of a folder
_ENOENT = 2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO


def read_checked(path: str) -> tuple[bytes | None, bool]:
    """Return the body, None when there is none, and whether damaged content was set aside."""
    size = size_bytes(path)
    if size < 0:
        return None, False
    if 4 <= size <= _MOST_BYTES:
        with open(path, "rb") as f:
            checksum = struct.unpack("<I", f.read(4))[0]
            body = f.read(size - 4)  # at once: a buffer that grows would need the memory twice
        if checksum == crc32(body):
            return body, False
    set_aside(path)
    return None, True


def read_json(path: str) -> tuple[dict | None, bool]:
    """Return what `read_checked` finds as an object of JSON; anything else is damage, too."""
    body, damaged = read_checked(path)
    if body is None:
        return None, damaged
    try:
        found = json.loads(body)
    except (ValueError, MemoryError):  # the latter of nonsense like [[[[[
        found = None
    if isinstance(found, dict):
        return found, False
    set_aside(path)
    return None, True


def replace_checked(path: str, body: bytes) -> None:
    """Replace the whole file by this body."""
    replace(path, lambda f: f.write(struct.pack("<I", crc32(body)) + body))


def replace(path: str, write: "Callable[[BinaryIO], object]") -> None:
    """Replace the whole file: write a new one beside it, then rename."""
    fresh = path + ".new"
    try:
        with open(fresh, "wb") as f:
            write(f)
        os.rename(fresh, path)
    except OSError:
        discard(fresh)
        raise


def size_bytes(path: str) -> int:
    """Return the size of a file, -1 when there is none; a folder counts as huge."""
    try:
        found = os.stat(path)
    except OSError as error:
        if error.args[0] != _ENOENT:
            raise
        return -1
    return FOLDER_BYTES if found[0] & 0x4000 else found[6]


def exists(path: str) -> bool:
    """Tell whether there is such a file or folder."""
    return size_bytes(path) >= 0


def set_aside(path: str) -> None:
    """Keep a damaged file for a look at it; an older one gives way.

    On full or worn flash it stays where it is, and is met again; whoever calls reports it in any case.
    """
    try:
        discard(path + ".bad")
        os.rename(path, path + ".bad")
    except OSError:
        return


def discard(path: str) -> None:
    """Remove a file, or a folder with everything in it, if it is there."""
    size = size_bytes(path)
    if size == FOLDER_BYTES:
        for name in os.listdir(path):
            discard(path + "/" + name)
        os.rmdir(path)
    elif size >= 0:
        os.remove(path)


def copy_aside(path: str) -> None:
    """Keep a copy of a damaged file for a look at it, if there is room for one."""
    if not exists(path):
        return
    aside = path + ".bad"
    try:
        with open(path, "rb") as source, open(aside, "wb") as target:
            piece = source.read(_CHUNK_BYTES)
            while piece:
                target.write(piece)
                piece = source.read(_CHUNK_BYTES)
    except OSError:
        discard(aside)
