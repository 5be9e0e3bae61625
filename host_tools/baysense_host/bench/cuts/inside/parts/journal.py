"""The journal: every event that was written waits until its receipt, in order, under its own number.

What the journal is told of receipts lasts from the next event on. Up to there the node remembers it in RTC memory, as
this model does: a brown-out keeps that, a power cut loses it, and then just those events wait again.
"""

import random

from baysense.core.event import BOOT, CHANGE, HEARTBEAT
from baysense.core.faults import STORAGE_CORRUPT
from baysense.storage.journal import CAPACITY, ROOM_BYTES, Journal
from baysense_host.bench.cuts.inside.app import DATA
from baysense_host.bench.cuts.inside.finding import DUPLICATE, LOST, Finding, expect
from baysense_host.bench.cuts.inside.parts.part import Part
from baysense_host.bench.cuts.inside.secrets import secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    Event = tuple[int, str, bytes]  # number (0: not known yet), kind, body

_KINDS = (CHANGE, CHANGE, HEARTBEAT, BOOT)
_LATEST = 8


class State:
    """What the journal must hold."""

    def __init__(self, urgent: "list[Event]", beats: "list[Event]", snapshot: tuple[int, bytes]) -> None:
        self.urgent, self.beats, self.snapshot = urgent, beats, snapshot

    def appended(self, kind: str, body: bytes, snapshot: bytes) -> "State":
        """Return it with one more event, and without the one that gives way."""
        urgent, beats = list(self.urgent), list(self.beats)
        if len(urgent) + len(beats) == CAPACITY:
            (beats or urgent).pop(0)
        (beats if kind == HEARTBEAT else urgent).append((0, kind, body))
        return State(urgent, beats, (0, snapshot) if snapshot else self.snapshot)

    def without(self, done: "dict[str, int]") -> "State":
        """Return it without what was received up to these numbers."""
        urgent = [event for event in self.urgent if event[0] > done[CHANGE]]
        return State(urgent, [event for event in self.beats if event[0] > done[HEARTBEAT]], self.snapshot)

    def numbered(self, seq: int) -> "State":
        """Return it with the number that the newest event got."""
        urgent, beats, snapshot = list(self.urgent), list(self.beats), self.snapshot
        for events in (urgent, beats):
            if events and events[-1][0] == 0:
                events[-1] = (seq, events[-1][1], events[-1][2])
        return State(urgent, beats, (seq, snapshot[1]) if snapshot[1] and not snapshot[0] else snapshot)

    def events(self) -> "list[Event]":
        """Return what must be pending."""
        return self.urgent + self.beats

    def is_found(self, events: "list[Event]", snapshot: tuple[int, bytes]) -> bool:
        """Tell whether this is what the journal gives."""
        return events == self.events() and snapshot == self.snapshot


class JournalPart(Part):
    """Appends, with and without a snapshot, and acknowledges one event or many."""

    name = "journal"

    def __init__(self, fill: int) -> None:
        self._old = self._new = State([], [], (0, b""))  # on flash
        self._done = {CHANGE: 0, HEARTBEAT: 0}  # in RTC memory: up to which number events are received
        self.fill = fill  # as many events wait most of the time
        self._last = 0  # newest number that anybody has seen
        self._seq = 0

    def boot(self) -> None:
        """See Part."""
        self._journal = Journal(DATA)
        expect(not self._journal.faults & STORAGE_CORRUPT, LOST, "journal: reported as damaged")
        self._compare()
        if random.getrandbits(1):
            self._done = {CHANGE: 0, HEARTBEAT: 0}  # no brown-out: the power was gone
        for kind, seq in self._done.items():
            self._journal.acknowledge(seq, kind)
        self._check_received()

    def act(self) -> None:
        """See Part."""
        waiting = self._old.without(self._done)
        events = waiting.events()
        self._seq = 0
        if len(events) <= self.fill or (random.getrandbits(1) and len(events) < CAPACITY + 1):
            body = secret(random.randrange(1, 60)).encode()
            snapshot = secret(random.randrange(1, ROOM_BYTES - 60)).encode() if random.getrandbits(2) == 0 else b""
            kind = random.choice(_KINDS)
            self._new = waiting.appended(kind, body, snapshot)
            self._seq = self._journal.append(kind, body, snapshot)
        else:
            seq, kind, _ = random.choice(events[:_LATEST] if random.getrandbits(3) else events)
            self._journal.acknowledge(seq, kind)
            self._done[HEARTBEAT if kind == HEARTBEAT else CHANGE] = seq
            events = self._old.without(self._done).events()
            few = self._journal.waiting(), self._journal.pending(_LATEST)
            expect(few == (len(events), events[:_LATEST]), LOST, f"journal: after receipt of {seq} there are {few}")

    def acknowledge(self) -> None:
        """See Part."""
        if self._seq:
            expect(self._seq > self._last, DUPLICATE, f"journal: number {self._seq} after {self._last}")
            self._new = self._new.numbered(self._seq)
            self._last = self._seq
        self._old = self._new

    def wiped(self, identity_too: bool) -> None:
        """See Part."""
        self._old = self._new = State([], [], (0, b""))

    def _compare(self) -> None:
        """Find on flash what was there before the last event, or what was there with it."""
        events, snapshot = self._journal.pending(CAPACITY + 1), self._journal.snapshot()
        new = self._new
        if new is not self._old and len(events) + len(self._journal.latest(1)):
            newest = self._journal.latest(1)[0][0]
            if newest > self._last:
                new = new.numbered(newest)
        if not new.is_found(events, snapshot):
            if not self._old.is_found(events, snapshot):
                raise _difference(events, snapshot, self._old, self._new)
            new = self._old
        self._old = self._new = new
        self._last = max([self._last] + [event[0] for event in events])
        expect(self._journal.waiting() == len(events), LOST, f"journal: says that {self._journal.waiting()} wait")

    def _check_received(self) -> None:
        """What is received waits no more, everything else does."""
        waiting = self._old.without(self._done)
        events, snapshot = self._journal.pending(CAPACITY + 1), self._journal.snapshot()
        if not waiting.is_found(events, snapshot):
            raise _difference(events, snapshot, waiting, waiting)


def _difference(events: "list[Event]", snapshot: tuple[int, bytes], old: State, new: State) -> Finding:
    """Say in what these events are neither the old nor the new ones: are some gone, or only some too many?"""
    if events in (old.events(), new.events()):
        return Finding(LOST, f"journal: snapshot {snapshot}, expected {old.snapshot} or {new.snapshot}")
    have, had = [event[0] for event in events], [event[0] for event in old.events()]
    gone, strange = [seq for seq in had if seq not in have], [seq for seq in have if seq not in had]
    text = f"journal: of {len(had)} numbers {gone[:9]} are gone, {strange[:9]} are new, {have[-3:]} are last"
    return Finding(LOST if gone or not strange else DUPLICATE, text)
