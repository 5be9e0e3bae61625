"""Tables of the page: marks, and four contenders beside each other with intervals and raw counts."""

from collections.abc import Sequence

import numpy as np

from baysense_host.bench.detection.bootstrap import Ratio, quantile
from baysense_host.bench.detection.metrics import CONTENDERS, SHOWN, SHOWN_BY_SCALE, Metric, chosen
from baysense_host.bench.detection.score import Score
from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE
from baysense_host.bench.report import Mark
from baysense_host.report.markup import Markup, tag
from baysense_host.report.text import short

_SIGNS = {"low": "≤", "high": "≥"}


def table(heads: Sequence[str], rows: Sequence[Markup], cls: str = "") -> Markup:
    """Return a table that scrolls sideways on a narrow screen."""
    head = tag("thead", tag("tr", *[tag("th", text) for text in heads]))
    return tag("div", tag("table", head, tag("tbody", *rows)), cls=f"wide {cls}".strip())


def marks(found: Sequence[Mark]) -> Markup:
    """Return the marks, each with what it had to reach."""
    heads = ("", "what", "measured", "95 % interval", "mark", "n")
    return table(heads, [_mark(mark) for mark in found], "marks")


def _mark(mark: Mark) -> Markup:
    tone = "" if mark.mark is None else "good" if mark.ok else "bad"
    sign = {"": "", "good": "✓", "bad": "✗"}[tone]
    aim = _aim(mark)
    value = "not measured" if mark.value is None else f"{number(mark.value)} {mark.unit}".strip()
    between = f"{number(mark.ci95[0])}–{number(mark.ci95[1])}" if mark.ci95 else ""
    cells = [tag("td", sign, cls=f"sign {tone}"), tag("td", mark.what), tag("td", value, cls=f"number {tone}")]
    cells += [tag("td", text, cls="number soft") for text in (between, aim, f"{mark.n:,}")]
    return tag("tr", *cells)


def _aim(mark: Mark) -> str:
    if mark.mark is None:
        return ""
    if mark.mark == 0 and mark.better == "low":
        return "none"
    return f"{_SIGNS[mark.better]} {number(mark.mark)} {mark.unit}".strip()


def comparison(scores: Sequence[Score], metrics: Sequence[Metric] = SHOWN) -> Markup:
    """Return metrics of a group of sites and its latencies, one column a contender."""
    present = [name for name in CONTENDERS if chosen(scores, name)]
    rows = [row for metric in metrics if (row := _metric_row(metric, scores, present))]
    rows += [row for kind in (ARRIVAL, DEPARTURE) if (row := _latency_row(kind, scores, present))]
    return table(("", *present), rows, "compare")


def by_scale(scores: Sequence[Score]) -> Markup:
    """Return the most telling metrics for each scale of the vehicles' moments."""
    present = [name for name in CONTENDERS if chosen(scores, name)]
    rows = []
    for metric in SHOWN_BY_SCALE:
        for scale in sorted({score.scale for score in scores}):
            row = _metric_row(metric, chosen(scores, scale=scale), present, f" × {scale:g}")
            rows += [row] if row else []
    return table(("", *present), rows, "compare")


def _metric_row(metric: Metric, scores: Sequence[Score], present: Sequence[str], note: str = "") -> Markup | None:
    found = [metric.over(chosen(scores, name)) for name in present]
    if not any(one.of for one in found) or (metric.better == "" and not any(one.count for one in found)):
        return None
    best = _best(metric, found)
    cells = [_cell(one, metric, one.value is not None and one.value == best) for one in found]
    return tag("tr", tag("th", metric.what, tag("small", note) if note else ""), *cells)


def _best(metric: Metric, found: Sequence[Ratio]) -> float | None:
    values = [one.value for one in found if one.value is not None]
    if not metric.better or not values:
        return None
    return min(values) if metric.better == "low" else max(values) or None


def _cell(found: Ratio, metric: Metric, best: bool) -> Markup:
    idle = not metric.better and not metric.share and not found.count  # what a contender does not do at all
    if found.value is None or idle:
        return tag("td", "–", cls="number soft")
    unit = metric.unit if metric.unit == "%" else ""
    between = ""
    if found.ci95:
        between = f" [{number(found.ci95[0] * metric.factor)}–{number(found.ci95[1] * metric.factor)}]"
    raw = f"{amount(found.count)} / {amount(found.of)}"
    value = tag("b", f"{number(found.value * metric.factor)} {unit}".strip())
    return tag("td", value, tag("span", between), tag("small", raw), cls="best" if best else None)


def _latency_row(kind: str, scores: Sequence[Score], present: Sequence[str]) -> Markup | None:
    cells = [_latency_cell([score.latencies_s.get(kind, []) for score in chosen(scores, name)]) for name in present]
    if not any(cells):
        return None
    head = tag("th", f"latency of {kind}s, p95", tag("small", " s; below p50, p90, p99"))
    return tag("tr", head, *[cell or tag("td", "–", cls="number soft") for cell in cells])


def _latency_cell(values_s: Sequence[Sequence[float]]) -> Markup | None:
    p95_s, ci95 = quantile(values_s, 0.95)
    if p95_s is None:
        return None
    between = f" [{number(ci95[0])}–{number(ci95[1])}]" if ci95 else ""
    others = np.quantile(np.concatenate([np.asarray(one, float) for one in values_s]), (0.5, 0.9, 0.99))
    return tag(
        "td",
        tag("b", number(p95_s)),
        tag("span", between),
        tag("small", ", ".join(number(float(one)) for one in others)),
    )


def chips(pairs: Sequence[tuple[str, str]]) -> Markup:
    """Return small facts in a row."""
    return tag("p", *[tag("span", tag("b", value), f" {label}") for label, value in pairs], cls="chips")


def listed(texts: Sequence[str]) -> Markup:
    """Return a list of sentences."""
    return tag("ul", *[tag("li", text) for text in texts])


def number(value: float) -> str:
    """Return a number with as many digits as tell 99.5 from 99.95."""
    if value and abs(value) >= 90 and abs(value) < 100:
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return short(value)


def amount(value: float) -> str:
    """Return a count, or days."""
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.3g}"
