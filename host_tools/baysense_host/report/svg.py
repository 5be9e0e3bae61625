"""The timeline as SVG: x is time [s], y is 1/100 of the unit upwards; the script zooms by the view box."""

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10

from baysense_host.report.bands import Span
from baysense_host.report.markup import Markup, join, tag
from baysense_host.report.series import Point

_ROWS = {"truth": (0, 38), "wrong": (38, 4), "reported": (42, 38), "sent": (86, 14)}  # top, height of 100


def curve(points: Sequence[Point], cls: str, ground: bool = False) -> Markup:
    """Return a line through the points; with `ground` it starts and ends at zero, to be filled."""
    steps = [(round(t_s), -round(value * 100)) for t_s, value in points]
    if not steps:
        return Markup("")
    if ground:
        steps = [(steps[0][0], 0), *steps, (steps[-1][0], 0)]
    moves = [f"{x - px} {y - py}" for (px, py), (x, y) in zip(steps, steps[1:], strict=False)]
    path = f"M{steps[0][0]} {steps[0][1]}l" + " ".join(moves).replace(" -", "-")
    return tag("path", d=path, cls=cls, data_ground="1" if ground else None)


def levels(values: Iterable[float], end_s: float, cls: str = "grid") -> Markup:
    """Return horizontal lines at these values."""
    path = "".join(f"M0 {-round(value * 100)}H{round(end_s)}" for value in values)
    return tag("path", d=path, cls=cls)


def plot(children: Sequence[str], end_s: float, low: float, high: float, label: str) -> Markup:
    """Return a panel that shows the values from low to high over the whole run."""
    box = f"0 {-round(high * 100)} {round(end_s)} {round((high - low) * 100)}"
    return _panel(children, box, label)


def band_plot(
    truth: list[Span], reported: list[Span], wrong: list[Span], sent_s: list[float], end_s: float
) -> Markup:
    """Return the panel of states: truth above, reported below, what differs between, messages as ticks."""
    spans = [_rect(span, "truth") for span in truth]
    spans += [_rect(span, "reported") for span in reported]
    spans += [_rect(span, "wrong") for span in wrong]
    top, height = _ROWS["sent"]
    ticks = "".join(f"M{t_s:.0f} {top}v{height}" for t_s in sent_s)
    label = "States over time: the bay above, the device below, messages as ticks"
    return _panel([*spans, tag("path", d=ticks, cls="sent")], f"0 0 {round(end_s)} 100", label)


def strip_plot(truth: list[Span], reported: list[Span], wrong: list[Span], end_s: float) -> Markup:
    """Return the same states small: one path for each state of each row, for a list of many bays."""
    areas: dict[tuple[str, str], str] = {}
    for row, spans in (("truth", truth), ("reported", reported), ("wrong", wrong)):
        top, height = _ROWS[row]
        for span in spans:
            start, width = round(span.start_s), max(round(span.end_s - span.start_s), 1)
            area = f"M{start} {top}h{width}v{height}h-{width}z"
            areas[row, span.state] = areas.get((row, span.state), "") + area
    paths = [tag("path", d=path, cls=f"area {state}") for (_, state), path in areas.items()]
    return _panel(paths, f"0 0 {round(end_s)} 80", "States over time: the bay above, the device below")


def nice_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Return about `count` round values between low and high."""
    raw = (high - low) / count
    unit = 10 ** floor(log10(raw))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= raw)
    return [round(number * step, 6) for number in range(ceil(low / step), floor(high / step) + 1)]


def _panel(children: Sequence[str], box: str, label: str) -> Markup:
    return tag("svg", join(children), viewBox=box, preserveAspectRatio="none", role="img", aria_label=label)


def _rect(span: Span, row: str) -> Markup:
    top, height = _ROWS[row]
    width_s = max(span.end_s - span.start_s, 0.1)
    place = {"x": f"{span.start_s:.1f}", "y": top, "width": f"{width_s:.1f}", "height": height}
    return tag("rect", **place, cls=f"{row} {span.state}", data_note=span.note or None)
