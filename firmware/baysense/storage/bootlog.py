"""The log of starts and faults: what happened to the device, for whoever comes to look at it.

Guarantee: the newest 32 entries, whole, the last one perhaps missing after a power cut. Damage is set aside and the
log begun anew. It never stands in the way of anything: when there is no room, an entry is left out.

Wear: one file of up to 516 bytes replaced for an entry: one block erase.

File bootlog, checked as in `files`: entries of 16 bytes, oldest first, little-endian: running number u32,
what u8 (0 boot, 1 fault), cause u8 (index of CAUSES), epoch u16, faults u32, device time [s] u32.
"""

import struct

from baysense.core.event import CAUSES
from baysense.storage import files

ENTRIES = 32
_FORMAT = "<IBBHII"
_ENTRY_BYTES = 16
_WHAT = ("boot", "fault")


def note(root: str, what: str, cause: str, faults: int, epoch: int, clock_s: int) -> None:
    """Enter a start, or faults that are new."""
    body = _body(root)
    number = struct.unpack_from("<I", body, len(body) - _ENTRY_BYTES)[0] + 1 if body else 1
    index = CAUSES.index(cause) if cause in CAUSES else 0
    entry = struct.pack(
        _FORMAT,
        number & 0xFFFFFFFF,
        _WHAT.index(what),
        index,
        epoch & 0xFFFF,
        faults & 0xFFFFFFFF,
        clock_s & 0xFFFFFFFF,
    )
    try:
        files.replace_checked(root + "/bootlog", body[-(ENTRIES - 1) * _ENTRY_BYTES :] + entry)
    except OSError:
        return  # full or worn: the journal says so


def entries(root: str) -> list[dict]:
    """Return the entries, oldest first."""
    body = _body(root)
    result = []
    for at in range(0, len(body), _ENTRY_BYTES):
        number, what, cause, epoch, faults, clock_s = struct.unpack_from(_FORMAT, body, at)
        result.append(
            {
                "number": number,
                "what": _WHAT[what & 1],
                "cause": CAUSES[cause] if cause < len(CAUSES) else CAUSES[0],
                "faults": faults,
                "epoch": epoch,
                "clock_s": clock_s,
            }
        )
    return result


def _body(root: str) -> bytes:
    body, _ = files.read_checked(root + "/bootlog")
    return body if body and len(body) % _ENTRY_BYTES == 0 else b""
