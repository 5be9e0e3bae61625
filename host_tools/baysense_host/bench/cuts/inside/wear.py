"""Wear of some days: `wear.py BLOCKS SLOT_BLOCKS DAYS EVENTS`.

Every event is written, with the detector's snapshot, and acknowledged, which the next one writes; beside them what a
day costs anyway: heartbeats every hour, one start, a date to remember.

The partition is as full as a device's: two app slots of SLOT_BLOCKS blocks each. One line of JSON in the end, see
`main`.
"""

import json
import os
import sys

from baysense.core.event import CHANGE, HEARTBEAT
from baysense.storage import bootlog, timefloor
from baysense.storage.journal import Journal
from baysense_host.bench.cuts.inside.app import DATA, ROOT
from baysense_host.bench.cuts.inside.life import format_flash
from baysense_host.bench.cuts.inside.nor import BLOCK_BYTES, Cells, Nor

import vfs  # type: ignore[import-not-found]  # isort: skip

_BODY = bytes(range(29))  # core.event.SIZE_BYTES
_SNAPSHOT = bytes(range(120))
_HEARTBEATS = 24  # a day
_DAY_S = 86400
_TOLD_DAYS = 10


class Device:
    """A device that starts anew for every event, as a sleeping one does."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._done = {CHANGE: 0, HEARTBEAT: 0}  # in RTC memory: up to which number events are received

    def event(self, kind: str) -> None:
        """Write an event and have it acknowledged."""
        self.start()
        journal = Journal(DATA)
        for received, seq in self._done.items():
            journal.acknowledge(seq, received)
        self._done[kind] = journal.append(kind, _BODY, _SNAPSHOT)
        journal.acknowledge(self._done[kind], kind)
        vfs.umount(ROOT)

    def once_a_day(self, day: int) -> None:
        """Do what is not about events."""
        self.start()
        bootlog.note(DATA, "boot", "power", 0, day, day * _DAY_S)
        timefloor.keep(DATA, (day + 1) * _DAY_S)
        vfs.umount(ROOT)
        for _ in range(_HEARTBEATS):
            self.event(HEARTBEAT)

    def start(self) -> None:
        """Mount: LittleFS looks for a free block from a place at random on.

        What comes first behind a long run of blocks in use is therefore taken, and worn, more often than others.
        """
        vfs.mount(vfs.VfsLfs2(Nor(self._cells)), ROOT)

    def install(self, slot: str, blocks: int) -> None:
        """Write an app that stays."""
        self.start()
        with open(ROOT + slot, "wb") as f:
            for _ in range(blocks):
                f.write(bytes(BLOCK_BYTES))
        vfs.umount(ROOT)

    def free_blocks(self) -> int:
        """Return how many blocks are free."""
        self.start()
        free = os.statvfs(ROOT)[3]
        vfs.umount(ROOT)
        return int(free)


def main(blocks: int, slot_blocks: int, days: int, events: int) -> None:
    """Live so many days and tell the wear."""
    cells = format_flash(blocks)
    device = Device(cells)
    for slot in ("/a/app", "/b"):
        device.install(slot, slot_blocks)
    at_start = list(cells.erases)
    event_erases = event_bytes = 0
    for day in range(days):
        device.once_a_day(day)
        erases, programmed_bytes = sum(cells.erases), cells.programmed_bytes
        for _ in range(events):
            device.event(CHANGE)
        event_erases += sum(cells.erases) - erases
        event_bytes += cells.programmed_bytes - programmed_bytes
        if day % _TOLD_DAYS == 0:
            sys.stdout.write(json.dumps({"day": day}) + "\n")
    worn = sorted(cells.erases[block] - at_start[block] for block in range(blocks))
    result: dict[str, object] = {"events": days * events, "event_erases": event_erases, "event_bytes": event_bytes}
    result |= {"erases": sum(worn), "hottest": worn[-1], "hottest_blocks": worn[-8:]}
    result["free_blocks"] = device.free_blocks()
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
