"""Counters that never give the same number twice, not even after a power cut or a damaged file.

Guarantee: `next` returns a number greater than any it returned before. A block of numbers is reserved
on flash before the first of them is given out; after a restart counting goes on behind the reserved
block, so numbers may be skipped, never repeated. Two files, written in turn, hold the reservations:
when one is damaged the other is at most one reservation behind, and a further block is skipped.

Files <file>.0 and <file>.1, checked as in `files`: {"generation": n, name: reserved up to, ...}. Only one
object may work on them at a time.
"""

import json

from baysense.core.faults import STORAGE_CORRUPT
from baysense.storage import files

BLOCK = 64


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
        return self._reserved.get(name, 1)

    def reserve(self, name: str, number: int, block: int = BLOCK) -> None:
        """Make sure that this number lies in a block reserved on flash."""
        if number < self._reserved.get(name, 1):
            return
        self._reserved[name] = number + block
        self._reserved["generation"] += 1
        path = self._paths[self._reserved["generation"] % 2]
        files.replace_checked(path, json.dumps(self._reserved).encode())

    def _load(self) -> dict[str, int]:
        """Return the newest whole reservations; after damage skip what the lost file may have held."""
        newest = {"generation": 0}
        lost = False
        for path in self._paths:
            body, damaged = files.read_checked(path)
            lost = lost or damaged
            found = json.loads(body) if body else newest
            if found["generation"] > newest["generation"]:
                newest = found
        if lost:
            self.faults |= STORAGE_CORRUPT
            for name in newest:
                newest[name] += 0 if name == "generation" else BLOCK + 1
        return newest
