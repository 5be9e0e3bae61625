"""The floor of time: never back."""

import random

from baysense.storage import timefloor
from baysense_host.bench.cuts.inside.app import DATA
from baysense_host.bench.cuts.inside.memory import Memory
from baysense_host.bench.cuts.inside.parts.part import Part

_DAY_S = 86400


class TimefloorPart(Part):
    """Keeps times half a day to two days apart."""

    name = "timefloor"

    def __init__(self) -> None:
        self._memory = Memory(self.name, 0)

    def boot(self) -> None:
        """See Part."""
        self._memory.found(timefloor.stored_s(DATA))

    def act(self) -> None:
        """See Part."""
        stored_s = self._memory.value
        now_s = stored_s + random.randrange(_DAY_S // 2, 2 * _DAY_S)
        if now_s >= stored_s + _DAY_S:
            self._memory.intend(now_s)
        timefloor.keep(DATA, now_s)

    def acknowledge(self) -> None:
        """See Part."""
        self._memory.acknowledged()

    def wiped(self, identity_too: bool) -> None:
        """See Part."""
        self._memory.becomes(0)
