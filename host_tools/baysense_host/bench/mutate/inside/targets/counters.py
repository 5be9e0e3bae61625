"""The files of the counters: with one of them damaged no number comes twice, with both damaged it is reported."""

import json
import random

from baysense.core.faults import STORAGE_CORRUPT
from baysense.storage.counters import Counters
from baysense_host.bench.mutate.inside.damage import checked, passes, spoiled
from baysense_host.bench.mutate.inside.files import read, write
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.nonsense import mangled
from baysense_host.bench.mutate.inside.targets.target import Target

_BLOCKS = {"nonce": 1, "frame": 64, "epoch": 1}
_WORDS = (b'"nonce"', b'"frame"', b'"generation"', b'""', b"64", b"65", b"0")


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._paths = (folder + "/counters.0", folder + "/counters.1")
        counters = Counters(folder)
        self._given = {name: [counters.next(name, _BLOCKS[name]) for _ in range(70)][-1] for name in _BLOCKS}
        self._whole = [read(path) for path in self._paths]

    def attempt(self) -> None:
        """See Target."""
        content: list[bytes | None] = list(self._whole)
        hit = random.choice(((0,), (1,), (0, 1)))
        forged = random.getrandbits(1) == 0
        for which in hit:
            content[which] = self._mutation(which, forged)
        self.tried = content
        for place, path in enumerate(self._paths):
            write(path, content[place])
        counters = Counters(self.folder)
        unread = [which for which in hit if not passes(content[which])]
        expect(not unread or bool(counters.faults & STORAGE_CORRUPT), REFUSED, "damage is not reported")
        repeatable = len(unread) == 2 or any(content[i] != self._whole[i] for i in hit if i not in unread)
        for name in _BLOCKS:
            self._check_next(counters, name, 0 if repeatable else self._given[name])

    def _mutation(self, which: int, forged: bool) -> bytes | None:
        whole = self._whole[which]
        return checked(mangled(whole[4:], _WORDS)) if forged else spoiled(whole, self._whole[1 - which])

    def _check_next(self, counters: Counters, name: str, given: int) -> None:
        number = counters.next(name, _BLOCKS[name])
        expect(type(number) is int and number > given, ACCEPTED, f"{name}: {number} after {given}")
        again = Counters(self.folder).next(name, _BLOCKS[name])
        expect(again > number, ACCEPTED, f"{name}: {again} after {number} and a restart")
        expect(json.loads(read(self._paths[0])[4:]) is not None, REFUSED, "the file makes no sense")
