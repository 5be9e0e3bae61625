"""The least time it can be: what was last known to be right, kept for a start without time.

Guarantee: only what `keep` was given comes back; damage is set aside, and then there is no floor from here.

Wear: a file of 8 bytes replaced once a day at most.

File timefloor, checked as in `files`: seconds since 2000 u32.
"""

import struct

from baysense.storage import files

_DAY_S = 86400


def stored_s(root: str) -> int:
    """Return the floor in seconds since 2000, 0 if there is none."""
    body, _ = files.read_checked(root + "/timefloor")
    return struct.unpack("<I", body)[0] if body is not None and len(body) == 4 else 0


def keep(root: str, now_s: int) -> None:
    """Raise the floor, once a day."""
    if now_s >= stored_s(root) + _DAY_S:
        try:
            files.replace_checked(root + "/timefloor", struct.pack("<I", now_s))
        except OSError:
            return  # full or worn: the journal says so, and the old floor holds
