"""One bay over time: states, change of the field, its length, temperature, one above the other."""

from baysense_host.report.bands import differing, reported_spans, true_spans
from baysense_host.report.markup import Markup, join, tag
from baysense_host.report.result import Bay
from baysense_host.report.series import Point, axis_change, distance, empty_field, thinned
from baysense_host.report.svg import band_plot, curve, levels, nice_ticks, plot, strip_plot

_AXES = ("x", "y", "z")


def figure(bay: Bay, end_s: float, buckets: int) -> Markup:
    """Return the timeline of a bay; curves are thinned to their extremes in so many buckets."""
    empty = empty_field(bay)
    axes = [(name, thinned(axis_change(bay, empty, i), buckets)) for i, name in enumerate(_AXES)]
    away = [("d", thinned(distance(bay, empty), buckets))]
    warmth = [("t", thinned([(row[0], row[1]) for row in bay["temperature"]], buckets))]
    where = ", ".join(f"{value:.1f}" for value in empty)
    panels = [
        _states(bay, end_s),
        _panel("field", f"Change of the field from the empty bay at ({where}), µT", axes, end_s),
        _panel("distance", "Length of that change |d|, µT", away, end_s, bay.get("thresholds_ut")),
        _panel("warmth", "Temperature in the housing, °C", warmth, end_s),
    ]
    plots = tag(
        "div",
        *panels,
        tag("div", cls="axis"),
        tag("div", cls="cursor"),
        tag("div", cls="picked"),
        cls="plots",
    )
    return tag("figure", _toolbar(), plots, cls="timeline", data_span=round(end_s), tabindex=0)


def _states(bay: Bay, end_s: float) -> Markup:
    """Return the bands of truth and report with the messages as ticks."""
    truth, reported = true_spans(bay, end_s), reported_spans(bay, end_s)
    wrong = differing(truth, reported)
    sent_s = [message["t_s"] for message in bay["messages"]]
    svg = band_plot(truth, reported, wrong, sent_s, end_s)
    names = (("bay", 19), ("device", 61), ("sent", 93))
    labels = [tag("span", name, style=f"top:{top}%") for name, top in names]
    return tag("div", tag("div", *labels, cls="gutter"), svg, cls="panel bands")


def strip(bay: Bay, end_s: float) -> Markup:
    """Return the bands alone, small, for a list of bays."""
    truth, reported = true_spans(bay, end_s), reported_spans(bay, end_s)
    return strip_plot(truth, reported, differing(truth, reported), end_s)


def _toolbar() -> Markup:
    buttons = [
        tag("button", text, type="button", data_zoom=action, title=title)
        for text, action, title in (
            ("−", "out", "Zoom out"),
            ("+", "in", "Zoom in"),
            ("all", "all", "Show the whole run"),
        )
    ]
    hint = "Point at the plot to read it. Drag across it, or press +, to zoom."
    return tag("figcaption", tag("output", hint), tag("span", *buttons, cls="buttons"))


def _panel(
    cls: str,
    title: str,
    curves: list[tuple[str, list[Point]]],
    end_s: float,
    thresholds: dict[str, float] | None = None,
) -> Markup:
    limits, ground = thresholds or {}, cls == "distance"
    low, high = _limits([value for _, points in curves for _, value in points] + list(limits.values()), ground)
    ticks = nice_ticks(low, high)
    drawn = [levels(ticks, end_s), levels(limits.values(), end_s, "threshold")]
    drawn += [curve(points, f"curve {name}", ground) for name, points in curves]
    marks = [_mark(f"{tick:g}", tick, low, high) for tick in ticks]
    named = [_mark(name, value, low, high) for name, value in limits.items()]
    return join(
        [
            _legend(title, [name for name, _ in curves]),
            tag(
                "div",
                tag("div", *marks, cls="gutter"),
                plot(drawn, end_s, low, high, title),
                tag("div", *named, cls="named"),
                cls=f"panel {cls}",
            ),
        ]
    )


def _legend(title: str, names: list[str]) -> Markup:
    shown = {"d": "|d|", "t": ""}
    keys = [
        tag("span", tag("i"), shown.get(name, name), " ", tag("b", "", data_curve=name), cls=f"key {name}")
        for name in names
    ]
    return tag("p", tag("span", title), *keys, cls="legend")


def _mark(text: str, value: float, low: float, high: float) -> Markup:
    return tag("span", text, style=f"top:{(high - value) / (high - low) * 100:.1f}%")


def _limits(values: list[float], ground: bool) -> tuple[float, float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    margin = max((high - low) * 0.06, 0.5)
    return (0.0 if ground else low - margin), high + margin
