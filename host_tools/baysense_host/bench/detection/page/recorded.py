"""The part of the page about field recordings."""

from collections.abc import Mapping, Sequence

from baysense_host.bench.detection.contenders import OWN
from baysense_host.bench.detection.field.bays import Agreement
from baysense_host.bench.detection.field.ceiling import Ceiling
from baysense_host.bench.detection.field.transients import PARKING, TRAFFIC
from baysense_host.bench.detection.field_marks import Field, agreed, first_seed
from baysense_host.bench.detection.metrics import CONFIRMED, CONTENDERS, OURS, SHOWN_OF_WINDOWS, chosen
from baysense_host.bench.detection.page import figures, tables
from baysense_host.bench.detection.page.calibrated import calibrated
from baysense_host.bench.detection.page.document import Part, card, figure, fold
from baysense_host.bench.detection.page.failures import failures
from baysense_host.bench.detection.page.radar import sweeps
from baysense_host.bench.detection.page.titles import TITLES
from baysense_host.bench.report import Mark
from baysense_host.report.markup import Markup, tag

_LEAD = (
    "Recordings of other people's sensors, in an assumed unit and without human truth. The bays are sparse: a row "
    "every ten minutes. What is told of them is agreement with a radar where that is sure, never accuracy."
)
_NONE = "There are no recordings here, so this part was left out: set BAYSENSE_DATA to a folder that has them."
_CALIBRATION = (
    "Every heartbeat in the judged weeks, magnetometer only, first noise seed, by its confidence: in what part of "
    "them a sure radar agrees."
)
_CAPTIONS = {
    "field_confusion": "Bays, judged weeks: which part of the rows disagrees with a sure radar, or was told unknown, "
    "by day. The range sensor that confirms is the very radar that is compared with.",
    "field_reliability": "Bays, judged weeks: how often the state of a heartbeat agrees with the radar against how "
    "sure it was.",
}


def field_part(field: Field, marks: Sequence[Mark], pngs: Mapping[str, bytes], pictures: int) -> Part:
    """Return the part."""
    body = [card("Marks", tables.marks(marks))] if marks else [tag("p", _NONE, cls="card")]
    if field.agreements:
        body += [_bays(field), *[figure(png, _CAPTIONS[name]) for name, png in pngs.items()], _calibrated(field)]
    body += [_windows(field, scenario) for scenario in (PARKING, TRAFFIC) if field.judged_windows(scenario)]
    if field.sweeps.marks:
        body.append(sweeps(field.sweeps))
    if field.windows:
        body.append(failures(first_seed(field.windows), pictures))
    return Part("field", "Recordings from the field", _LEAD, marks, body)


def field_figures(field: Field) -> dict[str, bytes]:
    """Return the figures of the part by name."""
    if not field.agreements:
        return {}
    days = {
        ceiling.bay: {
            name: figures.shares_of(one.rows)
            for name in CONTENDERS
            if (one := field.of_bay(ceiling.bay, name)) is not None
        }
        for ceiling in field.ceilings
    }
    beats = {
        ceiling.bay: {name: found[0].beats for name in OWN if (found := field.seeds_of(ceiling.bay, name))}
        for ceiling in field.ceilings
    }
    return {
        "field_confusion": figures.confusion(days, "days"),
        "field_reliability": figures.reliability(beats),
    }


def _windows(field: Field, scenario: str) -> Markup:
    """Return the comparison in the windows that did not tune; in all of them when opened."""
    judged, every = first_seed(field.judged_windows(scenario)), first_seed(chosen(field.windows, None, scenario))
    seeds = len({score.noise_seed for score in field.windows})
    counted = tables.chips(
        [
            ("windows that did not tune", str(len(chosen(judged, OURS)))),
            ("noise seeds in the marks, the first one here", str(seeds)),
        ]
    )
    whole = fold(
        f"All {len(chosen(every, OURS))} windows, for information: every second one tuned the detector",
        tables.comparison(every, SHOWN_OF_WINDOWS),
    )
    title, what = TITLES[scenario]
    return card(title, counted, tables.comparison(judged, SHOWN_OF_WINDOWS), whole, number="S16", lead=what)


def _calibrated(field: Field) -> Markup:
    beats = {
        ceiling.bay: [pair for one in field.seeds_of(ceiling.bay, OURS)[:1] for pair in one.beats]
        for ceiling in field.ceilings
    }
    every = {"all bays": [pair for pairs in beats.values() for pair in pairs]}
    return calibrated(every | beats, _CALIBRATION)


def _bays(field: Field) -> Markup:
    heads = ("bay", "rows", *CONTENDERS, "ceiling")
    lead = (
        "Balanced agreement with the radar [95 %, days drawn anew]; below it messages a day, and the part of the "
        "rows told unknown; below a bay the changes that the radar saw. The ceilings are hindsight: thresholds "
        "chosen with the radar's knowledge of the judged weeks. For information: with the temperature line of the "
        "first weeks, as detection.md §1 reads it, and gated by the radar. Ours watches with several noise seeds: "
        "their mean and range."
    )
    rows = [_bay(field, ceiling) for ceiling in field.ceilings]
    return card("Bays, sparse", tables.table(heads, rows, "compare bays"), number="S15", lead=lead)


def _bay(field: Field, ceiling: Ceiling) -> Markup:
    found = [field.of_bay(ceiling.bay, name) for name in CONTENDERS]
    known = next(one for one in found if one is not None)
    # With confirmation it asks the very radar it is compared with: no contest.
    best = max(one.balanced for one in found[1:] if one is not None)
    changes = tag("small", f"radar: {known.radar_changes / known.days:.1f} a day")
    rows = tag("td", f"{int(known.rows.sum()):,}", tag("small", f"{known.days:.0f} days"))
    cells = [
        _agreement(one, best, field.seeds_of(ceiling.bay, one.contender)) if one else tag("td", "–") for one in found
    ]
    limits = (
        f"fixed {ceiling.fixed:.3f}, temperature {ceiling.temperature:.3f}; "
        f"as §1 reads it {ceiling.section_1:.3f}, radar-gated {ceiling.gated:.3f}"
    )
    limit = tag("td", tag("b", f"{ceiling.mark:.3f}"), tag("small", limits), cls="limit")
    return tag("tr", tag("th", ceiling.bay, changes), rows, *cells, limit)


def _agreement(one: Agreement, best: float, seeds: Sequence[Agreement]) -> Markup:
    ci95 = agreed(one).ci95
    between = f" [{ci95[0]:.3f}–{ci95[1]:.3f}]" if ci95 else ""
    below = f"{one.messages / one.days:.1f} a day, {one.unknown:.1%} unknown"
    stands_out = one.balanced == best and one.contender != CONFIRMED
    each = [seed.balanced for seed in seeds]
    spread = tag("small", f"{len(each)} seeds {min(each):.3f}–{max(each):.3f}") if len(each) > 1 else ""
    parts = (tag("b", f"{one.balanced:.3f}"), tag("span", between), spread, tag("small", below))
    return tag("td", *parts, cls="best" if stands_out else None)
