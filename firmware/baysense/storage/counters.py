"""Counters that never give the same number twice, not even after a power cut or a damaged file.

Guarantee: `next` returns a number greater than any it returned before. A block of numbers is reserved
on flash before the first of them is given out; after a restart counting goes on behind the reserved
block, so numbers may be skipped, never repeated. Two files, written in turn, hold the reservations:
when one is damaged or gone the other is at most one reservation behind, and a further block is skipped, of
counters that it does not know, too. Only the loss of both starts anew; damage of both is reported.

Wear: one file replaced per block (see `files`; no block erase while there are few counters). BLOCK suits frame
counters: a write every 64 frames, and LoRaWAN takes a gap. A block of 1 suits nonces: a write each, none skipped,
since 65,535 have to last for life.

Files <file>.0 and <file>.1, checked as in `files`: {"generation": n, name: reserved up to, ...}; the name "" stands
for every counter that is not in it. Only one object may work on them at a time.
"""

import json

from baysense.core.faults import STORAGE_CORRUPT
from baysense.storage import files

BLOCK = 64  # the largest there is: what is skipped after damage


class Counters:
    """Named counters from 1 up."""

    faults: int

    def __init__(self, root: str, file: str = "counters") -> None:
        self._paths = (root + "/" + file + ".0", root + "/" + file + ".1")
        self.faults = 0
        self._next: dict[str, int] = {}
        self._reserved: dict[str, int] = self._load()

    def next(self, name: str, block: int = BLOCK) -> int:
        """Return the next number of this counter; a block of 1 writes every time and skips nothing."""
        number = self._next.get(name, self.floor(name))
        self.reserve(name, number, block)
        self._next[name] = number + 1
        return number

    def floor(self, name: str) -> int:
        """Return the least number that was certainly never given out."""
        return self._reserved.get(name, self._reserved.get("", 1))

    def reserve(self, name: str, number: int, block: int = BLOCK) -> None:
        """Make sure that this number lies in a block reserved on flash."""
        if number < self._reserved.get(name, 1):
            return
        reserved = dict(self._reserved)
        reserved[name] = number + min(block, BLOCK)
        if reserved["generation"] == 0:  # from the first number on both files are there: a missing one is a loss
            self._write(reserved)
        self._write(reserved)

    def _write(self, reserved: dict[str, int]) -> None:
        reserved["generation"] += 1
        path = self._paths[reserved["generation"] % 2]
        files.replace_checked(path, json.dumps(reserved).encode())
        self._reserved = reserved

    def _load(self) -> dict[str, int]:
        """Return the newest whole reservations; after a loss skip what the lost file may have held."""
        newest = {"generation": 0}
        whole = 0
        for path in self._paths:
            found, damaged = files.read_json(path)
            if found is not None and not _sensible(found):
                files.set_aside(path)
                found, damaged = None, True
            if damaged:
                self.faults |= STORAGE_CORRUPT
            if found is not None:
                whole += 1
                if found["generation"] > newest["generation"]:
                    newest = found
        if whole == 1 and newest["generation"] > 1:
            self.faults |= STORAGE_CORRUPT
            self._skip(newest)
        return newest

    def _skip(self, reserved: dict[str, int]) -> None:
        """Leave out one block of every counter, and write that in place of the lost file."""
        reserved[""] = reserved.get("", 1)
        for name in reserved:
            if name != "generation":
                reserved[name] += BLOCK + 1
        try:
            self._write(reserved)
        except OSError:
            return  # full or worn: the next start finds the loss again


def _sensible(found: dict) -> bool:
    """Tell whether these are reservations: what is checked may still be foreign."""
    return "generation" in found and all(type(number) is int and number > 0 for number in found.values())
