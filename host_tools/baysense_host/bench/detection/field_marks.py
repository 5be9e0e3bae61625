"""The marks of the field recordings: agreement with a radar, windows, radar sweeps."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from baysense_host.bench.detection.bootstrap import Ratio, balanced, ratio
from baysense_host.bench.detection.calibration import calibration_marks
from baysense_host.bench.detection.field.bays import Agreement, pooled
from baysense_host.bench.detection.field.ceiling import Ceiling
from baysense_host.bench.detection.field.transients import PARKING, TRAFFIC
from baysense_host.bench.detection.metrics import ATDA, FIXED, OURS, chosen
from baysense_host.bench.detection.score import Score
from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE
from baysense_host.bench.report import Findings, Mark

_BELOW_CEILING = 0.03
_MESSAGES_A_CHANGE = 3.0
_RECALL_PERCENT = 95.0


@dataclass
class Field:
    """What the recordings gave, ours with several noise seeds; empty where there are none."""

    agreements: list[Agreement]
    ceilings: list[Ceiling]
    windows: list[Score]
    sweeps: Findings
    true_kinds: dict[str, Counter[str]]  # of each window of parking: how many arrivals and departures there were
    judged: frozenset[tuple[str, str]]  # scenario and name of the windows that did not tune

    def seeds_of(self, bay: str, contender: str) -> list[Agreement]:
        """Return one contender's agreement at a bay with every noise seed."""
        return [one for one in self.agreements if (one.bay, one.contender) == (bay, contender)]

    def of_bay(self, bay: str, contender: str) -> Agreement | None:
        """Return the mean of these."""
        found = self.seeds_of(bay, contender)
        return pooled(found) if found else None

    def judged_windows(self, scenario: str | None = None) -> list[Score]:
        """Return the scores of the windows that did not tune, with every noise seed."""
        return [one for one in chosen(self.windows, None, scenario) if (one.scenario, one.site) in self.judged]


def field_marks(field: Field) -> list[Mark]:
    """Return the marks of all recordings there are."""
    bays = [mark for ceiling in field.ceilings for mark in _bay(field, ceiling)]
    return [*bays, *_confidence(field), *_windows(field), *field.sweeps.marks]


def agreed(agreement: Agreement) -> Ratio:
    """Return the balanced agreement with its interval, by days drawn anew."""
    return balanced(np.diagonal(agreement.rows, axis1=1, axis2=2).astype(float), agreement.rows.sum(2).astype(float))


def first_seed(scores: Iterable[Score]) -> list[Score]:
    """Return the scores of the noise seed whose failures are listed."""
    return [score for score in scores if not score.noise_seed]


def _bay(field: Field, ceiling: Ceiling) -> list[Mark]:
    ours = field.of_bay(ceiling.bay, OURS)
    others = [field.of_bay(ceiling.bay, name) for name in (FIXED, ATDA)]
    if ours is None:
        return []
    name, rows, found = f"field bay {ceiling.bay}", round(ours.rows.sum()), agreed(ours)
    each = [one.balanced for one in field.seeds_of(ceiling.bay, OURS)]
    best = max((other.balanced for other in others if other is not None), default=0.0)
    above = math.nextafter(best, 2)  # as good is not above
    return [
        Mark(
            f"{ceiling.bay}_agreement",
            f"{name}: agreement with the radar, within .03 of the ceiling "
            f"(mean of {len(each)} noise seeds, {min(each):.3f}–{max(each):.3f})",
            ours.balanced, "", ceiling.mark - _BELOW_CEILING, "high", rows, found.ci95,
        ),
        Mark(
            f"{ceiling.bay}_ceiling", f"{name}: the ceiling, line and threshold of the judged weeks", ceiling.mark,
            "", n=rows,
        ),
        Mark(
            f"{ceiling.bay}_section_1", f"{name}: the ceiling with the line of the first weeks", ceiling.section_1,
            "", n=rows,
        ),
        Mark(
            f"{ceiling.bay}_baselines", f"{name}: agreement, above both baselines", ours.balanced, "", above, "high",
            rows,
        ),
        Mark(
            f"{ceiling.bay}_messages", f"{name}: messages a day, of 3 for each change that the radar saw",
            ours.messages / ours.days, "", _MESSAGES_A_CHANGE * ours.radar_changes / ours.days, n=ours.radar_changes,
        ),
    ]  # fmt: skip


def _confidence(field: Field) -> list[Mark]:
    """Return whether confidences agree with the radar, all bays together, first noise seed."""
    beats = [one.beats for one in field.agreements if one.contender == OURS and not one.noise_seed]
    return calibration_marks(beats, "field_calibration", "field bays: heartbeats told") if beats else []


def _windows(field: Field) -> list[Mark]:
    """Return the marks of the windows that did not tune, and what all of them would give."""
    return [*_windows_of(field.judged_windows(), field), *map(_all, _windows_of(field.windows, field))]


def _all(mark: Mark) -> Mark:
    return replace(mark, id=f"{mark.id}_all", what=f"{mark.what}, those that tuned too", mark=None)


def _windows_of(scores: Sequence[Score], field: Field) -> list[Mark]:
    parking, traffic = chosen(scores, OURS, PARKING), chosen(scores, OURS, TRAFFIC)
    marks = [_recall(parking, field.true_kinds, kind) for kind in (ARRIVAL, DEPARTURE) if parking]
    if traffic:
        false = {score.site for score in traffic if score.false_changes}
        count = len(first_seed(traffic))
        what = "field traffic windows with a false change, with any noise seed"
        marks.append(Mark("traffic_false", what, len(false), "", 0, n=count))
    return marks


def _recall(parking: Sequence[Score], true_kinds: Mapping[str, Counter[str]], kind: str) -> Mark:
    """Return the recall of arrivals or departures, all noise seeds of a window together."""
    seeds = sorted({score.noise_seed for score in parking})
    known = {
        site: [len(score.latencies_s[kind]) for score in parking if score.site == site]
        for site in dict.fromkeys(score.site for score in parking)
    }
    of = [true_kinds[site][kind] for site in known]
    found = ratio([sum(counts) / len(seeds) for counts in known.values()], of, True)
    value = None if found.value is None else 100 * found.value
    ci95 = None if found.ci95 is None else (100 * found.ci95[0], 100 * found.ci95[1])
    each = [100 * sum(counts[place] for counts in known.values()) / sum(of) for place in range(len(seeds))]
    return Mark(
        f"parking_{kind}",
        f"field parking windows: recall of {kind}s "
        f"(mean of {len(seeds)} noise seeds, {min(each):.1f}–{max(each):.1f})",
        value, "%", _RECALL_PERCENT, "high", int(found.of), ci95,
    )  # fmt: skip
