"""Wiping: after it nothing that was entrusted to the device can be read from its flash, not even with a programmer.

Guarantee: when `secrets` returns, no byte of settings, credentials, events, damaged files set aside and unfinished
ones is left anywhere in the file system's flash: not in files, not in blocks that were once theirs, not in old
versions of the folder. What stays: identity, the reservations of counters (numbers are never used again), the log
of starts. After a power cut `pending` is true until `resume` has done it all; a cut before the mark was renamed means
that the wipe has not begun, and leaves wiping.new, without a secret, which the next wipe removes.

How: LittleFS never overwrites, it takes a free block, erases and writes it. So first everything else is removed; then
renaming makes it rewrite the folder, whose two blocks hold old names and small files, wherever in the folder's chain
of pairs something was; then one file takes every free block, and is removed.

Wear: every free block is erased once. It takes some 60 ms a block: half a minute for 2 MiB.
"""

import os

from baysense.storage import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from esp32 import NVS

_STAYS = ("wiping", "#", "identity.json", "counters.0", "counters.1", "journal.0", "journal.1", "bootlog")
_MARK = "/wiping"
_IDENTITY_TOO = b"identity"
_GUARD = "/#"  # before all others, behind "!": a folder's first pair can only be written as long as it is not empty
_NAME_BYTES = 200  # of 255; a rename writes it into the folder's log


def pending(root: str) -> bool:
    """Tell whether a power cut ended a wipe."""
    return files.exists(root + _MARK)


def begin(root: str, identity_too: bool) -> None:
    """Make sure of it: from now on a power cut leads to a wipe at the next start."""
    _begin(root + _MARK, _IDENTITY_TOO if identity_too else b"")


def secrets(root: str, feed: "Callable[[], None]", nvs: "NVS | None" = None) -> None:
    """Wipe what was entrusted to the device, with `nvs` the factory's secrets, too; calls `feed` all along.

    Nothing below `root` may be open, and what was read from there before is void.
    """
    begin(root, nvs is not None)
    _write(root + _GUARD, b"")
    if nvs is not None:
        from baysense.storage.identity import Identity

        Identity.erase(nvs, root)
    _remove(root, feed)
    _rewrite_folder(root, feed)
    _use_every_block(root + "/junk", feed)
    os.remove(root + _GUARD)
    os.remove(root + _MARK)


def resume(root: str, nvs: "NVS", feed: "Callable[[], None]") -> None:
    """Go on with what a power cut ended."""
    secrets(root, feed, nvs if files.size_bytes(root + _MARK) == len(_IDENTITY_TOO) else None)


def _begin(mark: str, content: bytes) -> None:
    """Make the mark durable with what it says, at once: opening a file makes an empty one durable before."""
    for path in (mark, mark + ".new"):
        if _is_folder(path):
            files.discard(path)
    files.replace(mark, lambda f: f.write(content))


def _write(path: str, content: bytes) -> None:
    if _is_folder(path):
        files.discard(path)
    with open(path, "wb") as f:
        f.write(content)


def _remove(root: str, feed: "Callable[[], None]") -> None:
    for name in os.listdir(root):
        if name not in _STAYS or _is_folder(root + "/" + name):
            files.discard(root + "/" + name)
        feed()


def _is_folder(path: str) -> bool:
    return files.size_bytes(path) == files.FOLDER_BYTES


def _rewrite_folder(root: str, feed: "Callable[[], None]") -> None:
    """Fill the log of each pair of blocks that the folder has, so often that both blocks are erased.

    A name behind one that is there comes into the same pair, or is the first of the next.
    """
    times = 3 * os.statvfs(root)[0] // _NAME_BYTES
    for neighbour in ["!"] + sorted(os.listdir(root)):
        name = root + "/" + neighbour + "~" * (_NAME_BYTES - len(neighbour))
        names = (name, name + "~")
        _write(name, b"")
        for i in range(times):
            os.rename(names[i % 2], names[1 - i % 2])
            feed()
        os.remove(names[times % 2])


def _use_every_block(path: str, feed: "Callable[[], None]") -> None:
    """Write until nothing is free."""
    piece = bytes(1024)
    try:
        with open(path, "wb") as f:
            while True:
                f.write(piece)
                feed()
    except OSError:
        os.remove(path)
