"""Counters: a nonce that is written every time, and a frame counter reserved in blocks."""

import random

from baysense.storage.counters import Counters
from baysense_host.bench.cuts.inside.app import DATA
from baysense_host.bench.cuts.inside.finding import LOST, REUSED, expect
from baysense_host.bench.cuts.inside.parts.part import Part

_BLOCKS = {"nonce": 1, "frame": 64}


class CountersPart(Part):
    """Takes numbers of both."""

    name = "counters"

    def __init__(self) -> None:
        self._given = {"nonce": 0, "frame": 0}
        self._bound = {"nonce": 1, "frame": 1}  # the next number is at most this: a cut costs one block

    def boot(self) -> None:
        """See Part."""
        self._counters = Counters(DATA)
        expect(not self._counters.faults, LOST, "counters: reported as damaged")
        for name in _BLOCKS:
            self._bound[name] += _BLOCKS[name]

    def act(self) -> None:
        """See Part."""
        name = "frame" if random.getrandbits(2) else "nonce"
        self._taken = (name, self._counters.next(name, _BLOCKS[name]))

    def acknowledge(self) -> None:
        """See Part."""
        name, number = self._taken
        given = self._given[name]
        expect(number > given, REUSED, f"counters: {name} gave {number} after {given}")
        expect(number <= self._bound[name], LOST, f"counters: {name} jumped from {given} to {number}")
        self._given[name] = number
        self._bound[name] = number + 1
