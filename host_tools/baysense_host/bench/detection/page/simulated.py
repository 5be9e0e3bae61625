"""The simulated part of the page."""

from collections.abc import Mapping, Sequence

from baysense_host.bench.detection.marks import SETTLED_P95_S, calibration_groups, of_catalogue
from baysense_host.bench.detection.metrics import CONFIRMED, CONTENDERS, FALSE, MISSED, OURS, chosen, scenarios
from baysense_host.bench.detection.page import figures, tables
from baysense_host.bench.detection.page.calibrated import calibrated
from baysense_host.bench.detection.page.document import Part, card, figure, fold
from baysense_host.bench.detection.page.failures import failures
from baysense_host.bench.detection.page.titles import TITLES
from baysense_host.bench.detection.score import Score
from baysense_host.bench.report import Mark
from baysense_host.report.markup import Markup

_LEAD = (
    "Vehicles, drift and disturbances are drawn from seeds that nobody tuned with. Field models and moments are "
    "assumptions: read the scales 1 to 2.5 as the range in which real vehicles may lie."
)
_LONG_HOURS = 48
_CALIBRATION = (
    "Every known state that was told, by its confidence: what part of them was right. The marks take S1–S14, with "
    "accidents and broken sensors in them; our own X1 and X2 stand beside."
)


def simulated_part(scores: Sequence[Score], marks: Sequence[Mark], pngs: Mapping[str, bytes], pictures: int) -> Part:
    """Return the part."""
    body = [
        card("Marks", tables.marks(marks), lead="With confirmation by the range sensor unless it says otherwise."),
        *[figure(png, _CAPTIONS[name]) for name, png in pngs.items()],
        calibrated(
            {
                f"{group}, {name.removeprefix('ours, ')}": [
                    pair for one in chosen(some, name) for pair in one.reliability
                ]
                for group, some in calibration_groups(scores).items()
                for name in (CONFIRMED, OURS)
            },
            _CALIBRATION,
        ),
        *[_scenario(chosen(scores, scenario=name), name) for name in scenarios(scores)],
        failures(scores, pictures),
    ]
    return Part("simulated", "Scenarios in the simulator", _LEAD, marks, body)


_CAPTIONS = {
    "glance": "Every scenario, all moment scales together: how much was missed and how often a change was told that "
    "was none. Bars are 95 % intervals, sites drawn anew; a hollow dot at the left edge is none at all.",
    "latency": "Which part of all true events was known after so long. What was missed is what the curve lacks at "
    f"its end; dashed: {SETTLED_P95_S:g} s.",
    "reliability": "S1–S14. Does 90 % sure mean right nine times of ten? On the dashed line it does; below it the "
    "detector is too sure. Whiskers are 95 % intervals.",
    "confusion": "Which part of the time a wrong state or none was told, by the time since a site began. Sites last "
    "differently long: to the right only the long ones are left.",
}


def simulated_figures(scores: Sequence[Score]) -> dict[str, bytes]:
    """Return the figures of the part by name."""
    return {
        "glance": _glance(scores),
        "latency": figures.latency(
            {"S1, normal parking": chosen(scores, scenario="S1"), "all scenarios": scores}, SETTLED_P95_S
        ),
        "reliability": figures.reliability(
            {
                "decisions that were right": {
                    name: [pair for score in chosen(of_catalogue(scores), name) for pair in score.reliability]
                    for name in (CONFIRMED, OURS)
                },
                "heartbeats that were right": {
                    name: [pair for score in chosen(of_catalogue(scores), name) for pair in score.beats]
                    for name in (CONFIRMED, OURS)
                },
            }
        ),
        "confusion": _confusion(scores),
    }


def _glance(scores: Sequence[Score]) -> bytes:
    rows = {
        f"{name.split()[0]}  {TITLES.get(name, (name,))[0]}": {
            contender: (MISSED.over(group), FALSE.over(group))
            for contender in CONTENDERS
            if (group := chosen(scores, contender, name))
        }
        for name in scenarios(scores)
    }
    return figures.glance(rows, (("missed events, share of true ones", 1e-4), ("false changes a bay-day", 1e-3)))


def _confusion(scores: Sequence[Score]) -> bytes:
    hours = max(score.confusion_s.shape[0] for score in scores)
    column_h, unit = (24, "days") if hours > _LONG_HOURS else (1, "hours")
    present = [name for name in CONTENDERS if chosen(scores, name)]
    shares = {name: figures.over_time(chosen(scores, name), column_h) for name in present}
    return figures.confusion({"share of the time": shares}, unit)


def _scenario(scores: Sequence[Score], name: str) -> Markup:
    title, what = TITLES.get(name, (name, ""))
    one = chosen(scores, scores[0].contender)
    facts = [
        ("sites", f"{len(one):,}"),
        ("bay-days", tables.amount(sum(score.days for score in one))),
        ("true events", f"{sum(score.true_events for score in one):,}"),
        ("movements beside", f"{sum(score.neighbour_movements for score in one):,}"),
    ]
    counted = tables.chips([fact for fact in facts if fact[1] != "0"])
    scales = fold("By scale of the vehicles' moments", tables.by_scale(scores))
    anchor = name.lower().replace(" ", "-")
    table = tables.comparison(scores)
    return card(title, counted, table, scales, number=name.split()[0], lead=what, anchor=anchor)
