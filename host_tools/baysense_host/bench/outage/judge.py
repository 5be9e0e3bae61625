"""What a receiver that drops sequence numbers it knows makes of a month, held against what the node recorded."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from baysense_host.bench.outage.campaign import Got, Month, Told
from baysense_host.bench.outage.schedule import FLASH_CUT, POWER_CUT, Outage
from baysense_host.virtual.net.faults import BLACK_HOLE, SLOW, WIFI_DOWN

_OF_THE_MOMENT = ("age_s", "age_uncertainty_s")  # what differs from one sending of an event to the next
_HEARTBEAT = "heartbeat"
# Between the making of a message and its arrival: two travels and the tenth of a second that ages are cut to.
_TRAVEL_S = 0.3
_SLOW_TRAVEL_S = 12.0  # while packets are late or held back: the firmware waits 10 s for the acknowledgement
_LATE = (SLOW, BLACK_HOLE, WIFI_DOWN)


@dataclass(frozen=True)
class Age:
    """One message's age: how far the time it gives lies from the true one, and what it said the error may be [s]."""

    seq: int
    error_s: float
    uncertainty_s: float
    travel_s: float

    @property
    def beyond_s(self) -> float:
        """By how much the error is larger than stated [s]."""
        return max(0.0, self.error_s - self.uncertainty_s - self.travel_s, -self.error_s - self.uncertainty_s - 0.1)


@dataclass(frozen=True)
class Delivery:
    """What became of the recorded events; lists hold sequence numbers."""

    recorded: int
    received: int
    lost: list[int]
    again: int  # messages that repeat one
    conflicts: list[int]  # one number, two contents
    out_of_order: list[int]
    unrecorded: int  # events that the node could not give a number
    ages: list[Age]
    ageless: list[int]  # without an age although the node's clock went on


def first_ones(got: list[Got]) -> list[Got]:
    """Return what is left when known numbers are dropped."""
    first: dict[int, Got] = {}
    for message in got:
        first.setdefault(message.body["seq"], message)
    return list(first.values())


def happened_s(told: Told) -> float:
    """Return when an event happened: its age is exact when it is recorded."""
    return told.t_s - (told.body["age_s"] or 0.0)


def judge(month: Month) -> Delivery:
    """Hold what arrived against what was recorded."""
    unique = first_ones(month.got)
    recorded = {told.body["seq"]: told for told in month.told if told.body["seq"]}
    received = {message.body["seq"] for message in unique}
    timed = [message for message in unique if message.body["seq"] in recorded]
    return Delivery(
        recorded=len(recorded),
        received=len(unique),
        lost=sorted(set(recorded) - received),
        again=len(month.got) - len(unique),
        conflicts=_conflicts(month),
        out_of_order=_inversions(unique),
        unrecorded=len([told for told in month.told if not told.body["seq"]]),
        ages=[_age(m, recorded[m.body["seq"]], month.outages) for m in timed if m.body["age_s"] is not None],
        ageless=[
            message.body["seq"]
            for message in timed
            if message.body["age_s"] is None
            and not _power_lost(recorded[message.body["seq"]], message, month.outages)
        ],
    )


def _conflicts(month: Month) -> list[int]:
    contents: dict[int, set[str]] = {}
    bodies = [told.body for told in month.told] + [message.body for message in month.got]
    for body in bodies:
        if body["seq"]:
            contents.setdefault(body["seq"], set()).add(_content(body))
    return sorted(seq for seq, different in contents.items() if len(different) > 1)


def _content(body: dict[str, Any]) -> str:
    """Return what must be the same in every message of one event; the place is told over MQTT only."""
    return repr(sorted((k, v) for k, v in body.items() if k not in (*_OF_THE_MOMENT, "bay", "zone")))


def _inversions(unique: list[Got]) -> list[int]:
    """Return numbers that came after a higher one of their class; heartbeats may come after what is urgent."""
    highest: Counter[bool] = Counter()
    late = []
    for message in unique:
        seq, routine = message.body["seq"], message.body["event"] == _HEARTBEAT
        if seq < highest[routine]:
            late.append(seq)
        highest[routine] = max(highest[routine], seq)
    return late


def _age(message: Got, told: Told, outages: list[Outage]) -> Age:
    error_s = message.t_s - message.body["age_s"] - happened_s(told)
    late = any(one.kind in _LATE and one.start_s <= message.t_s <= one.start_s + one.lasts_s + 1 for one in outages)
    travel_s = _SLOW_TRAVEL_S if late else _TRAVEL_S
    return Age(message.body["seq"], error_s, message.body["age_uncertainty_s"], travel_s)


def _power_lost(told: Told, message: Got, outages: list[Outage]) -> bool:
    return any(one.kind in (POWER_CUT, FLASH_CUT) and told.t_s <= one.start_s <= message.t_s for one in outages)
