"""TLS material on flash, in DER: the authority that is trusted, and our own certificate and key.

Guarantee: a credential is replaced as a whole, once every piece of the new one has come and its CRC32 fits; until
then, and after a power cut, the old one counts. A damaged one is set aside, and is then missing.

Wear: one block erase a piece of an upload; nothing else writes.

Files ca.der, cert.der and key.der, checked as in `files`; what is being uploaded ends in .new.
"""

import os
import struct
from binascii import crc32 as checksum

from baysense.storage import files

NAMES = ("ca", "cert", "key")
MOST_BYTES = 4096  # an RSA key of 4096 bits has 2.4 KB
_HEAD_BYTES = 4  # the checksum


def write(root: str, name: str, offset: int, data: bytes, size: int, crc32: int) -> bool:
    """Take a piece of a credential of `size` bytes; return whether it is complete and in force now.

    Raises ValueError with a sentence when the piece or the whole cannot be right.
    """
    path = _path(root, name)
    fresh = path + ".new"
    if not 0 < size <= MOST_BYTES:
        raise ValueError(f"a credential has 1 to {MOST_BYTES} bytes, not {size}")
    if offset == 0:
        if data[:1] != b"\x30":
            raise ValueError("this is not DER, which begins with 0x30: convert PEM first")
        files.discard(fresh)
    here = max(0, files.size_bytes(fresh) - _HEAD_BYTES)
    if offset != here:
        raise ValueError(f"the piece begins at {offset} but {here} bytes are here: begin again at 0")
    if offset + len(data) > size:
        raise ValueError(f"the pieces have more than the {size} bytes announced: begin again at 0")
    with open(fresh, "ab") as f:
        f.write((b"" if offset else struct.pack("<I", crc32 & 0xFFFFFFFF)) + data)
    if offset + len(data) < size:
        return False
    if files.read_checked(fresh)[0] is None:
        files.discard(fresh + ".bad")
        raise ValueError("the checksum does not fit: begin again at 0")
    os.rename(fresh, path)
    return True


def read(root: str, name: str) -> bytes | None:
    """Return a credential, None when it is missing."""
    return files.read_checked(_path(root, name))[0]


def remove(root: str, name: str) -> None:
    """Remove a credential, if it is there."""
    files.discard(_path(root, name))


def digest(root: str) -> str:
    """Return 8 hex digits over authority and certificate, "" without authority; the key never enters."""
    authority = read(root, "ca")
    if authority is None:
        return ""
    return f"{checksum(read(root, 'cert') or b'', checksum(authority)):08x}"


def _path(root: str, name: str) -> str:
    if name not in NAMES:
        raise ValueError("a credential is ca, cert or key")
    return f"{root}/{name}.der"
