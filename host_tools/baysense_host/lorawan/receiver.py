"""The history of one bay from the frames of its device: in order, each event once, dated by its age.

Frames may come twice, late, in any order, or not at all. Numbers in a change frame are cut short; they are completed
by what is known, and for good by the first heartbeat or start. After a silence the device tells its oldest events
first and then a heartbeat.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from baysense_host.lorawan.decode import decode

_REPEATS = 16  # frames of which a repetition is recognised
# How far behind the highest number a short one may lie, the rest of its range lies ahead. A change told at once has
# the highest number of its time; a late one waited in a journal of 512.
_BEHIND = {256: 64, 1024: 512, 65536: 32768}
_CERTAIN = 65536


@dataclass(frozen=True)
class BayEvent:
    """A change, swap, dwell alarm or start; `None` is what no frame has told."""

    seq: int
    type: str
    state: str
    cause: str
    previous_s: int | None
    confidence: float | None
    time_s: float | None
    uncertainty_s: float | None


class Receiver:
    """What is known of one device."""

    def __init__(self) -> None:
        self.state = "unknown"
        self.confidence = 0.0
        self.since_s: float | None = None
        self.health: dict[str, Any] = {}  # the latest heartbeat
        self._events: dict[int, BayEvent] = {}
        self._without: set[int] = set()  # numbers that belong to no change
        self._top: int | None = None  # highest number heard of
        self._first = 0
        self._certain = False  # numbers are complete
        self._told = (-1, 0.0)  # number and arrival of what `state` is from
        self._health_s = 0.0
        self._recent: deque[tuple[int, int, bytes]] = deque(maxlen=_REPEATS)

    def take(self, fport: int, data: bytes, fcnt_up: int, received_at_s: float) -> list[BayEvent]:
        """Take a frame that reached a gateway at that time; return the events it is the first to tell, in order.

        Raises ToolError, and changes nothing, when the payload is none of ours.
        """
        if (fcnt_up, fport, data) in self._recent:
            return []
        fields = decode(fport, data)
        self._recent.append((fcnt_up, fport, data))
        if "seq" not in fields:
            return []
        seq = self._complete(fields["seq"], fields["seq_modulo"])
        if fields["type"] == "heartbeat":
            self._take_health(fields, received_at_s)
            found = []
        else:
            found = list(self._found(fields, seq, received_at_s))
            self._first = min([self._first, *(event.seq for event in found)])
        self._tell(fields, seq, received_at_s)
        return [event for event in reversed(found) if self._add(event)]

    @property
    def events(self) -> list[BayEvent]:
        """The history, oldest first."""
        return [self._events[seq] for seq in sorted(self._events)]

    def missing(self) -> list[int]:
        """Return the numbers up to the highest that no frame accounts for: a change, or a heartbeat never sent."""
        if self._top is None:
            return []
        known = self._events.keys() | self._without
        return [seq for seq in range(self._first, self._top + 1) if seq not in known]

    def _complete(self, number: int, modulo: int) -> int:
        """Return the whole of a number that was cut short, and take note of the highest."""
        if modulo == _CERTAIN and not self._certain:
            self._certain = True
            self._shift(number)
        elif not self._certain:
            modulo = 256
            number %= modulo
        if self._top is None:
            self._top = self._first = number
            if modulo == _CERTAIN:
                self._first += 1  # what was before is not missed
            return number
        low = self._top - _BEHIND[modulo]
        seq = low + (number - low) % modulo
        self._top = max(self._top, seq)
        return seq

    def _shift(self, number: int) -> None:
        """Complete all numbers of before, now that one near them is known as a whole."""
        if self._top is None:
            return
        near = number - ((number - self._top + 128) % 256 - 128)
        by = near - self._top
        self._top, self._first = near, self._first + by
        self._events = {seq + by: replace(event, seq=seq + by) for seq, event in self._events.items()}
        self._without = {seq + by for seq in self._without}
        self._told = (self._told[0] + by, self._told[1])

    def _found(self, fields: dict[str, Any], seq: int, received_at_s: float) -> Iterable[BayEvent]:
        """Yield the events of a frame, newest first; note which numbers between them are none."""
        newest_age, uncertainty_s, modulo = fields["age"], fields["age_uncertainty"], fields["seq_modulo"]
        newer = seq
        for told in [fields, *fields.get("history", [])]:
            this = seq - (fields["seq"] - told["seq"]) % modulo
            self._without.update(range(this + 1, newer))
            newer, age = this, told["age"]
            yield BayEvent(
                seq=this,
                type=told["type"],
                state=told["state"],
                cause=told.get("cause") or told["reset_cause"],
                previous_s=told.get("previous_state_duration"),
                confidence=told.get("confidence"),
                time_s=None if age is None else received_at_s - age,
                # durations are right to 1 % of the sleeping clock, and rounded to 0.8 %
                uncertainty_s=None if age is None else uncertainty_s + (age - newest_age) // 50 + (this != seq),
            )

    def _add(self, event: BayEvent) -> bool:
        """Keep an event, or what it adds to the same one told before; return whether it is new."""
        known = self._events.get(event.seq)
        if known is None:
            self._events[event.seq] = event
            return True
        better = known.uncertainty_s is None or (event.uncertainty_s or 0) < known.uncertainty_s
        dated = event if better and event.time_s is not None else known
        self._events[event.seq] = replace(
            known,
            time_s=dated.time_s,
            uncertainty_s=dated.uncertainty_s,
            confidence=event.confidence if known.confidence is None else known.confidence,
            previous_s=event.previous_s if known.previous_s is None else known.previous_s,
        )
        return False

    def _tell(self, fields: dict[str, Any], seq: int, received_at_s: float) -> None:
        """Take over the state, unless a later one is known."""
        if (seq, received_at_s) <= self._told:
            return
        self._told = (seq, received_at_s)
        since = fields["state_duration"] if fields["type"] == "heartbeat" else fields["age"]
        if fields["type"] in ("heartbeat", "change", "swap") or fields["state"] != self.state:
            self.since_s = None if since is None else received_at_s - since
        self.state, self.confidence = fields["state"], fields["confidence"]

    def _take_health(self, fields: dict[str, Any], received_at_s: float) -> None:
        if not self.health or received_at_s >= self._health_s:
            self.health, self._health_s = fields, received_at_s
