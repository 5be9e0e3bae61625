"""Records of events, as another firmware may have left them in the journal: a ValueError, or JSON."""

import json
import random

from baysense.core import event as events
from baysense.core import payload as frames
from baysense.core import report
from baysense_host.bench.mutate.inside.damage import damaged
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.targets.target import Target
from baysense_host.bench.mutate.inside.valid import well_formed

_MOST_BYTES = 180  # in the journal
_ROOM = (11, 51)  # bytes for a LoRaWAN payload at the slowest rates of US915 and EU868


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        change = events.Event(
            events.CHANGE, 1, "arrival", 123_456_789, 3, 12, previous_s=777, confidence=93, faults=64
        )
        boot = events.Event(events.BOOT, 2, "power", 5, 65_535, 1 << 31, faults=(1 << 22) - 1)
        boot.runs_on = "0.1.0 0123abcd 00ff00ff"
        self._whole = [events.pack(event) for event in (change, boot)]

    def attempt(self) -> None:
        """See Target."""
        whole = random.choice(self._whole)
        self.tried = record = damaged(whole)[:_MOST_BYTES]
        try:
            event = events.unpack(record, 5)
        except ValueError:
            expect(record != whole, REFUSED, "a whole record was refused")
            return
        payload = report.event_payload(event, "A 17", "bay", 2_000_000_000, 3, 12)
        expect(well_formed(payload), ACCEPTED, f"not UTF-8: {payload!r}")
        told = json.loads(payload)
        expect(told["confidence"] <= 1, ACCEPTED, f"confidence of {told['confidence']}")
        expect(len(events.pack(event)) <= _MOST_BYTES, ACCEPTED, "does not fit into the journal any more")
        for room in _ROOM:
            frame, count = frames.change([event, events.unpack(record, 4)], 2_000_000_000, 3, 12, room)
            expect(count >= 1 and len(frame) <= room, REFUSED, f"a change of {len(frame)} bytes")
            frame = frames.boot(event, 2_000_000_000, 3, room)
            expect(len(frame) <= room, REFUSED, f"a start of {len(frame)} bytes")
