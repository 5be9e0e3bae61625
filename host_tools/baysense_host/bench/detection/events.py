"""True and told changes as single events, and which told one answers which true one."""

from collections.abc import Sequence
from dataclasses import dataclass

from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE, SWAP, Change
from baysense_host.bench.detection.watch import Decision

# A told event answers a true one of its kind from so long before it until so long after it (detection.md §6.1).
EARLY_S, LATE_S = 5.0, 60.0
_STATES = {"free": False, "occupied": True}


@dataclass(frozen=True, slots=True)
class Event:
    """A vehicle came or went. A swap is two of these at one time."""

    t_s: float
    kind: str  # ARRIVAL or DEPARTURE
    swap: bool = False


@dataclass(frozen=True)
class Pairing:
    """What was told of what happened, one to one."""

    pairs: list[tuple[Event, Event]]  # true, told
    late: list[tuple[Event, Event]]  # missed, and told after the window was over
    missed: list[Event]  # true ones without a pair; those told late are among them
    false: list[Event]  # told ones that answer nothing


def true_events(changes: Sequence[Change]) -> list[Event]:
    """Return the events that happened in order of time."""
    events = []
    for change in changes:
        kinds = (DEPARTURE, ARRIVAL) if change.kind == SWAP else (change.kind,)
        events += [Event(change.t_s, kind, change.kind == SWAP) for kind in kinds]
    return sorted(events, key=lambda event: event.t_s)


def told_events(decisions: Sequence[Decision]) -> list[Event]:
    """Return the events that were told, at the time they were known.

    `unknown` is neither: after it an event is what differs from the last known state. Without such a state the
    first known one is where the contender began.
    """
    events = []
    known: bool | None = None
    for decision in decisions:
        state = _STATES.get(decision.state, known)
        if decision.swap:
            events += [Event(decision.told_s, kind, True) for kind in (DEPARTURE, ARRIVAL)]
        elif known is not None and state != known:
            events.append(Event(decision.told_s, ARRIVAL if state else DEPARTURE))
        known = state
    return events


def pair(true: Sequence[Event], told: Sequence[Event]) -> Pairing:
    """Match in order of time within the window, then what was told too late with what it makes good."""
    pairs: list[tuple[Event, Event]] = []
    for kind in (ARRIVAL, DEPARTURE):
        pairs += _matched(
            [event for event in true if event.kind == kind], [event for event in told if event.kind == kind]
        )
    answered = {id(event) for event, _ in pairs}
    used = {id(event) for _, event in pairs}
    missed = [event for event in true if id(event) not in answered]
    late = _late(true, missed, [event for event in told if id(event) not in used])
    used |= {id(event) for _, event in late}
    return Pairing(
        pairs=sorted(pairs, key=lambda both: both[0].t_s),
        late=late,
        missed=missed,
        false=[event for event in told if id(event) not in used],
    )


def _matched(true: Sequence[Event], told: Sequence[Event]) -> list[tuple[Event, Event]]:
    """Return the most pairs there can be: all windows are equally long, so the earliest fitting ones go together."""
    pairs = []
    place = 0
    for event in true:
        while place < len(told) and told[place].t_s < event.t_s - EARLY_S:
            place += 1
        if place < len(told) and told[place].t_s <= event.t_s + LATE_S:
            pairs.append((event, told[place]))
            place += 1
    return pairs


def _late(true: Sequence[Event], missed: Sequence[Event], told: Sequence[Event]) -> list[tuple[Event, Event]]:
    """Pair a told event with the missed one whose outcome still holds when it is told."""
    open_events = {id(event) for event in missed}
    pairs = []
    for event in told:
        before = [one for one in true if one.t_s <= event.t_s]
        last_s = before[-1].t_s if before else None
        held = [one for one in before if one.t_s == last_s and one.kind == event.kind and id(one) in open_events]
        if held:
            open_events.remove(id(held[0]))
            pairs.append((held[0], event))
    return pairs
