"""The judge of the delivery campaign sees everything that can go wrong with an event."""

from dataclasses import replace
from typing import Any

import pytest

from baysense_host.bench.outage.campaign import Got, Month, Told
from baysense_host.bench.outage.changes import compare
from baysense_host.bench.outage.judge import judge
from baysense_host.bench.outage.schedule import POWER_CUT, Outage
from baysense_host.bench.outage.street import Street
from baysense_host.bench.outage.tries import Try, worst_day_c
from baysense_host.virtual.net.faults import SLOW
from baysense_host.virtual.world import Change

STATES = ("occupied", "free", "occupied", "free")


def body(seq: int, age_s: float | None = 0.0, **others: Any) -> dict[str, Any]:
    """Return an event as told or sent; number 1 is an arrival at 1000 s, then one change every 1000 s."""
    content = {"seq": seq, "event": "change", "state": STATES[(seq - 1) % 4], "cause": "arrival", "faults": []}
    return content | {"age_s": age_s, "age_uncertainty_s": 0} | others


def month() -> Month:
    """Return four changes, decided 5 s and received 10 s after they happened."""
    truth = [Change(seq * 1_000_000_000, seq % 2 == 1, "a move", "sedan") for seq in (1, 2, 3, 4)]
    told = [Told(seq * 1000.0 + 5.0, body(seq, 5.0)) for seq in (1, 2, 3, 4)]
    got = [Got(seq * 1000.0 + 10.0, body(seq, 9.9, bay="A1", zone="bay")) for seq in (1, 2, 3, 4)]
    return Month(1.0, truth, told, got, [], [], [], {})


def test_perfect_delivery() -> None:
    delivery, changes = judge(month()), compare(month())
    assert (delivery.recorded, delivery.received, delivery.again, delivery.unrecorded) == (4, 4, 0, 0)
    assert delivery.lost == delivery.conflicts == delivery.out_of_order == delivery.ageless == []
    assert [age.beyond_s for age in delivery.ages] == [0.0] * 4
    assert len(changes.in_time) == changes.true == 4
    assert changes.late == changes.missed == changes.twice == changes.false == []


def test_what_never_came_is_lost_and_missed() -> None:
    incomplete = replace(month(), got=month().got[1:])
    assert judge(incomplete).lost == [1]
    assert [change.t_us for change in compare(incomplete).missed] == [1_000_000_000]


def test_repeated_message_is_no_second_event() -> None:
    repeated = replace(month(), got=[*month().got, Got(4020.0, body(2, 2019.9, bay="A1", zone="bay"))])
    delivery = judge(repeated)
    assert delivery.again == 1
    assert delivery.out_of_order == delivery.conflicts == [] and not compare(repeated).twice


def test_two_contents_under_one_number_are_a_conflict() -> None:
    told = [Told(1005.0, body(1, 5.0, state="free")), *month().told[1:]]
    assert judge(replace(month(), told=told)).conflicts == [1]


def test_same_change_under_two_numbers_is_told_twice() -> None:
    again = [Told(4305.0, body(5, 5.0, state="free"))], [Got(4310.0, body(5, 9.9, state="free"))]
    both = replace(month(), told=month().told + again[0], got=month().got + again[1])
    assert [one.seq for one in compare(both).twice] == [5]


def test_change_that_never_was_is_false() -> None:
    more = [Told(4305.0, body(5, 5.0))], [Got(4310.0, body(5, 9.9))]
    assert [
        one.seq for one in compare(replace(month(), told=month().told + more[0], got=month().got + more[1])).false
    ] == [5]


def test_change_noticed_late_is_not_missed() -> None:
    told = [*month().told[:3], Told(4605.0, body(4, 5.0))]
    late = replace(month(), told=told)
    assert [one.seq for one in compare(late).late] == [4] and not compare(late).missed


def test_order_counts_within_a_class() -> None:
    first, second, third, fourth = month().got
    assert judge(replace(month(), got=[second, first, third, fourth])).out_of_order == [1]
    beat = {"event": "heartbeat", "cause": "timer"}
    told = [Told(1005.0, body(1, 5.0, **beat)), *month().told[1:]]
    got = [second, Got(2011.0, body(1, 1010.9, **beat)), third, fourth]
    assert judge(replace(month(), told=told, got=got)).out_of_order == []


@pytest.mark.parametrize(("age_s", "beyond_s"), [(9.9, 0.0), (9.0, 0.7), (10.5, 0.4)])
def test_age_must_be_right_within_what_it_says(age_s: float, beyond_s: float) -> None:
    got = [Got(1010.0, body(1, age_s)), *month().got[1:]]
    assert judge(replace(month(), got=got)).ages[0].beyond_s == pytest.approx(beyond_s)


def test_slow_network_excuses_what_the_message_travelled() -> None:
    got = [Got(1010.0, body(1, 2.0)), *month().got[1:]]
    slow = replace(month(), got=got, outages=[Outage(SLOW, 900.0, 200.0)])
    assert judge(slow).ages[0].beyond_s == 0.0


def test_age_is_missing_unless_power_was_cut() -> None:
    ageless = replace(month(), got=[Got(1010.0, body(1, None)), *month().got[1:]])
    assert judge(ageless).ageless == [1]
    assert judge(replace(ageless, outages=[Outage(POWER_CUT, 1007.0, 2.0)])).ageless == []


def test_event_without_a_number_is_counted() -> None:
    assert judge(replace(month(), told=[*month().told, Told(5000.0, body(0))])).unrecorded == 1


def test_worst_day_slides() -> None:
    tries = [Try(hour * 3600.0, hour * 3600.0 + 5, 1000.0, True) for hour in (0, 20, 30, 40, 80)]
    assert worst_day_c(tries) == 3.0
    assert worst_day_c([]) == 0.0


def test_street_moves_and_rests() -> None:
    street = Street(10.0, 5.0)
    empty, parked = street.field_ut(9_000_000), street.field_ut(12_000_000)
    assert empty != parked and street.field_ut(17_000_000) == empty
    assert street.clearance_mm(12_000_000) == 250 and street.clearance_mm(17_000_000) is None
    assert street.quiet_until_us(0) == 10_000_000
    assert street.quiet_until_us(10_500_000) == 10_500_000
    assert street.quiet_until_us(12_000_000) == 15_000_000
    assert street.settled_us(12_000_000) == 11_500_000
