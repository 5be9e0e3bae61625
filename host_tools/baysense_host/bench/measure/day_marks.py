"""How fast a day of parking runs, and whether its changes arrive."""

import os
from statistics import median

from baysense_host.bench.measure.extent import Extent
from baysense_host.bench.measure.lives import Life, live
from baysense_host.bench.report import Findings, Mark, Tell
from baysense_host.report.facts import outcomes
from baysense_host.report.result import as_result


def demo_days(extent: Extent, tell: Tell) -> list[Life]:
    """Run the demo as often as asked."""
    days = []
    for number in range(extent.repeats):
        days.append(live(scenario="demo", days=extent.days))
        tell(f"demo {number + 1} of {extent.repeats}: {days[-1].result['wall_s']:.1f} s of wall time")
    return days


def day_marks(days: list[Life]) -> Findings:
    """Return wall time a day, and the delivery of the day that went worst."""
    walls_s = [day.result["wall_s"] / day.result["days"] for day in days]
    worst = min(days, key=lambda day: outcomes(as_result(day.result))["ok"])
    wall = Mark(
        "wall_per_bay_day",
        "wall time of a bay-day with 20 sessions, fast mode",
        median(walls_s),
        "s",
        5.0,
        n=len(days),
    )
    detail = {
        "walls_s": walls_s,
        "load_average": os.getloadavg(),
        "summaries": [day.result["summary"] for day in days],
    }
    return Findings([wall, *_delivery(worst)], {"days": detail})


def _delivery(day: Life) -> list[Mark]:
    counts, rows = day.result["summary"], outcomes(as_result(day.result))
    true = counts["changes_true"]
    return [
        Mark("changes_delivered", f"changes delivered, of {true}", rows["ok"], "", true, "high", n=true),
        Mark("changes_false", "changes reported without a cause in the bay", rows["false"], "", 0, n=true),
        Mark("changes_twice", "changes delivered twice", counts["duplicates"], "", 0, n=true),
        Mark("changes_out_of_order", "changes delivered out of order", counts["out_of_order"], "", 0, n=true),
        Mark("time_error", "largest error of an event's time", counts["max_time_error_s"], "s", 1.0, n=true),
    ]
