"""The same story as a picture: bands of every bay, field and temperature of the first one."""

from pathlib import Path
from typing import TYPE_CHECKING

from baysense_host.report.bands import Span, differing, reported_spans, true_spans
from baysense_host.report.facts import verdict
from baysense_host.report.result import Bay, Result
from baysense_host.report.series import Point, axis_change, distance, empty_field, thinned
from baysense_host.report.text import DAY_S

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = {"occupied": "#3a4f9f", "free": "#bfe0d2", "unknown": "#c9c9c9", "wrong": "#d6303c"}
_AXES = (("x", "#c26a00"), ("y", "#00845f"), ("z", "#1f6fc4"))
_INK, _SOFT, _GRID = "#1c2321", "#5d6966", "#e0e4e0"
_MOST_BAYS = 16  # more rows than this are no picture any more
_BUCKETS = 1600


def draw(result: Result, path: Path) -> None:
    """Write the timeline as PNG."""
    from matplotlib import rc_context

    with rc_context({"text.parse_math": False}):  # a dollar in a bay's name is a dollar
        _figure(result).savefig(path)


def _figure(result: Result) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    bays, end_s = result["bays"][:_MOST_BAYS], result["days"] * DAY_S
    bands_in = 0.75 + 0.36 * len(bays)
    figure = Figure(figsize=(12, bands_in + 5.6), dpi=120, facecolor="white")
    FigureCanvasAgg(figure)
    rows = figure.subplots(4, 1, sharex=True, height_ratios=[bands_in, 2.2, 1.7, 1.0])
    _bands(rows[0], bays, end_s)
    if bays:
        _curves(rows[1:], bays[0])
    _time_axis(rows[-1], end_s)
    _title(figure, result)
    return figure


def _title(figure: "Figure", result: Result) -> None:
    figure.subplots_adjust(left=0.075, right=0.985, top=1 - 0.95 / figure.get_figheight(), bottom=0.06, hspace=0.22)
    high = figure.get_figheight()
    figure.text(0.012, 1 - 0.36 / high, verdict(result).sentence, fontsize=16, weight="bold", color=_INK)
    about = f"{result['board']}, scenario {result['scenario']}, seed {result['seed']}, simulated"
    figure.text(0.012, 1 - 0.64 / high, about, fontsize=10.5, color=_SOFT)


def _bands(axes: "Axes", bays: list[Bay], end_s: float) -> None:
    for row, bay in enumerate(bays):
        truth, reported = true_spans(bay, end_s), reported_spans(bay, end_s)
        _spans(axes, truth, row - 0.38, 0.36)
        _spans(axes, reported, row + 0.02, 0.36)
        _spans(axes, differing(truth, reported), row - 0.02, 0.04)
        sent_h = [message["t_s"] / 3600 for message in bay["messages"]]
        axes.vlines(sent_h, row + 0.40, row + 0.47, color=_SOFT, linewidth=0.6)
    axes.set_yticks(range(len(bays)), [bay["name"] for bay in bays])
    axes.set_ylim(max(len(bays), 1) - 0.5, -0.5)
    _caption(axes, "above: the bay, below: what the device said, ticks: messages")
    keys = [axes.barh([0], [0], color=_COLOURS[state], label=state) for state in ("occupied", "free", "unknown")]
    axes.legend(handles=keys, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=9)
    _tidy(axes, grid=False)


def _spans(axes: "Axes", spans: list[Span], bottom: float, height: float) -> None:
    bars = [(span.start_s / 3600, (span.end_s - span.start_s) / 3600) for span in spans]
    colours = [_COLOURS[span.state] for span in spans]
    axes.broken_barh(bars, (bottom, height), facecolors=colours, linewidth=0)


def _curves(rows: "list[Axes]", bay: Bay) -> None:
    empty = empty_field(bay)
    for index, (name, colour) in enumerate(_AXES):
        _line(rows[0], axis_change(bay, empty, index), colour, name)
    rows[0].legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=9)
    _caption(rows[0], f"{bay['name']}: change of the field from the empty bay [µT]")
    _line(rows[1], distance(bay, empty), "#6b3fa0", "|d|")
    for number, (name, level) in enumerate(bay.get("thresholds_ut", {}).items()):
        rows[1].axhline(level, color=_SOFT, linewidth=0.8, linestyle=(0, (5, 4)))
        _threshold_name(rows[1], name, level, number)
    rows[1].set_ylim(bottom=0)
    _caption(rows[1], "length of that change |d| [µT]")
    _line(rows[2], [(row[0], row[1]) for row in bay["temperature"]], "#b8325e", "temperature")
    _caption(rows[2], "temperature in the housing [°C]")
    for axes in rows:
        _tidy(axes, grid=True)


def _threshold_name(axes: "Axes", name: str, level: float, number: int) -> None:
    """Write the names side by side: two levels may lie too close for two lines of text."""
    right = 0.995 - 0.055 * number
    axes.text(right, level, name, transform=axes.get_yaxis_transform(), ha="right", va="bottom", fontsize=8)


def _line(axes: "Axes", points: list[Point], colour: str, name: str) -> None:
    kept = thinned(points, _BUCKETS)
    axes.plot([t_s / 3600 for t_s, _ in kept], [value for _, value in kept], color=colour, linewidth=1.0, label=name)


def _time_axis(axes: "Axes", end_s: float) -> None:
    end_h = end_s / 3600
    step_h = next(step for step in (0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 168, 720, 8760) if end_h / step <= 13)
    ticks = [number * step_h for number in range(int(end_h / step_h) + 1)]
    axes.set_xticks(ticks, [_hour(tick, end_h) for tick in ticks])
    axes.set_xlim(0, end_h)


def _hour(hour: float, end_h: float) -> str:
    day, within = divmod(hour, 24)
    if end_h > 24 and within == 0:
        return f"day {int(day) + 1}"
    return "24:00" if hour == end_h == 24 else f"{int(within):02}:{int(within % 1 * 60):02}"


def _caption(axes: "Axes", text: str) -> None:
    axes.set_title(text, loc="left", fontsize=9.5, color=_SOFT)


def _tidy(axes: "Axes", grid: bool) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_GRID)
    axes.tick_params(length=0, labelsize=9, colors=_SOFT)
    if grid:
        axes.grid(axis="y", color=_GRID, linewidth=0.7)
        axes.set_axisbelow(True)
