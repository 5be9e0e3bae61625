"""The log of starts and faults: the newest entries, in order; the last one perhaps not."""

import random

from baysense.core.event import CAUSES
from baysense.storage import bootlog
from baysense_host.bench.cuts.inside.app import DATA
from baysense_host.bench.cuts.inside.memory import Memory
from baysense_host.bench.cuts.inside.parts.part import Part

_KEYS = ("what", "cause", "faults", "epoch", "clock_s")


class BootlogPart(Part):
    """Notes starts and faults."""

    name = "bootlog"

    def __init__(self) -> None:
        self._memory = Memory(self.name, [])

    def boot(self) -> None:
        """See Part."""
        self._memory.found([[entry[key] for key in _KEYS] for entry in bootlog.entries(DATA)])

    def act(self) -> None:
        """See Part."""
        what, cause = random.choice(("boot", "fault")), random.choice(CAUSES)
        faults, epoch, clock_s = random.getrandbits(24), random.getrandbits(16), random.getrandbits(24)
        entries = self._memory.value + [[what, cause, faults, epoch, clock_s]]
        self._memory.intend(entries[-bootlog.ENTRIES :])
        bootlog.note(DATA, what, cause, faults, epoch, clock_s)

    def acknowledge(self) -> None:
        """See Part."""
        self._memory.acknowledged()
