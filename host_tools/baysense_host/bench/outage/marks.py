"""The marks of a month of failures."""

from collections import Counter
from dataclasses import asdict

from baysense_host.bench.outage.campaign import Month
from baysense_host.bench.outage.changes import Changes, compare
from baysense_host.bench.outage.judge import Delivery, first_ones, judge
from baysense_host.bench.outage.tries import worst_day_c
from baysense_host.bench.report import Findings, Mark

_ENERGY_C = 24.0  # any day, as core/retry.py says: 0.2 % of a cell of 3 Ah


def month_findings(month: Month) -> Findings:
    """Judge a month."""
    delivery, changes = judge(month), compare(month)
    marks = [*_change_marks(changes), *_delivery_marks(delivery), *_age_marks(delivery), *_try_marks(month)]
    return Findings(marks, {"month": _detail(month, delivery, changes)})


def _change_marks(changes: Changes) -> list[Mark]:
    n = changes.true
    arrived = len(changes.in_time) + len(changes.late)
    return [
        Mark("changes_arrived", f"true changes that arrived, of {n}", arrived, "", n, "high", n),
        Mark("changes_late", "of these noticed late, after a restart or outage of the device", len(changes.late), ""),
        Mark("changes_twice", "changes that arrived under two numbers", len(changes.twice), "", 0, n=n),
        Mark("changes_false", "changes that arrived and never were", len(changes.false), "", 0, n=n),
    ]


def _delivery_marks(delivery: Delivery) -> list[Mark]:
    n = delivery.recorded
    return [
        Mark("events_lost", f"recorded events that never arrived, of {n}", len(delivery.lost), "", 0, n=n),
        Mark("events_unrecorded", "events that got no number", delivery.unrecorded, "", 0, n=n),
        Mark("seq_conflicts", "numbers with two contents", len(delivery.conflicts), "", 0, n=n),
        Mark("out_of_order", "events behind a later one of their class", len(delivery.out_of_order), "", 0, n=n),
        Mark("wire_duplicates", "messages a receiver drops by their number", delivery.again, "", n=n),
    ]


def _age_marks(delivery: Delivery) -> list[Mark]:
    ages = delivery.ages
    beyond = [age for age in ages if age.beyond_s > 0]
    worst_s = max((abs(age.error_s) for age in ages), default=None)
    return [
        Mark("ages_wrong", "ages further off than they say", len(beyond), "", 0, n=len(ages)),
        Mark("ages_missing", "events without an age although the power was never cut", len(delivery.ageless), "", 0),
        Mark("age_error", "largest error of an age", worst_s, "s", n=len(ages)),
    ]


def _try_marks(month: Month) -> list[Mark]:
    failed = [one for one in month.tries if one.failed]
    total_c = sum(one.charge_mc for one in failed) / 1000
    return [
        Mark("failed_charge", "charge of tries that failed, worst 24 h", worst_day_c(failed), "C", _ENERGY_C,
             n=len(failed)),
        Mark("failed_charge_average", "the same, average of all days", total_c / month.days, "C/day", n=len(failed)),
        Mark("failed_tries", f"tries to report that failed, of {len(month.tries)}", len(failed), ""),
    ]  # fmt: skip


def _detail(month: Month, delivery: Delivery, changes: Changes) -> dict[str, object]:
    recorded_s = {told.body["seq"]: told.t_s for told in month.told}
    delays = sorted(m.t_s - recorded_s.get(m.body["seq"], m.t_s) for m in first_ones(month.got))
    return {
        "days": month.days,
        "outages": [asdict(outage) for outage in month.outages],
        "outages_by_kind": dict(Counter(outage.kind for outage in month.outages)),
        "wakes": month.wakes,
        "longest_delay_s": delays[-1] if delays else None,
        "lost": delivery.lost,
        "seq_conflicts": delivery.conflicts,
        "out_of_order": delivery.out_of_order,
        "ages_wrong": [asdict(age) for age in delivery.ages if age.beyond_s > 0],
        "ages_missing": delivery.ageless,
        "changes_late": [asdict(one) for one in changes.late],
        "changes_missed": [asdict(one) for one in changes.missed],
        "changes_twice": [asdict(one) for one in changes.twice],
        "changes_false": [asdict(one) for one in changes.false],
        "printed": dict(Counter(line for _, line in month.log).most_common(40)),
    }
