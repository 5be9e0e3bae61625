"""The month as a picture: what failed when, what happened in the bay, and how long its news took."""

from pathlib import Path
from typing import TYPE_CHECKING

from baysense_host.bench.outage.campaign import Month
from baysense_host.bench.outage.judge import first_ones, happened_s
from baysense_host.bench.outage.schedule import DAY_S, DEVICE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _SOFT, _GRID = "#1c2321", "#5d6966", "#e0e4e0"
_NETWORK, _DEVICE, _EVENT, _LATE, _TRY = "#d98e73", "#3a4f9f", "#00845f", "#d6303c", "#c26a00"
_SHORTEST = 1 / 600  # of the picture, so that a moment is seen at all
_LATE_S = 600.0


def draw(month: Month, path: Path) -> None:
    """Write the picture as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _figure(month).savefig(path)


def _figure(month: Month) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 8.5), dpi=110, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subplots(3, 1, sharex=True, height_ratios=[3.0, 2.4, 1.2])
    _outages(rows[0], month)
    _delays(rows[1], month)
    _charge(rows[2], month)
    rows[-1].set_xlim(0, month.days)
    rows[-1].set_xlabel("day", color=_SOFT)
    figure.suptitle(
        f"{month.days:g} days, {len(month.outages)} failures, {len(month.told)} events recorded, "
        f"{len(first_ones(month.got))} received", color=_INK, x=0.01, ha="left",
    )  # fmt: skip
    return figure


def _outages(axes: "Axes", month: Month) -> None:
    outages, shortest_d = month.outages, month.days * _SHORTEST
    kinds = sorted({outage.kind for outage in outages}, key=lambda kind: (kind in DEVICE, kind))
    for row, kind in enumerate(kinds):
        bars = [(one.start_s / DAY_S, max(shortest_d, one.lasts_s / DAY_S)) for one in outages if one.kind == kind]
        axes.broken_barh(bars, (row - 0.35, 0.7), facecolors=_DEVICE if kind in DEVICE else _NETWORK)
    axes.set_yticks(range(len(kinds)), kinds)
    axes.set_ylim(max(len(kinds), 1) - 0.5, -0.5)
    _tidy(axes, "what failed")


def _delays(axes: "Axes", month: Month) -> None:
    times = {told.body["seq"]: happened_s(told) for told in month.told}
    points = [(times[m.body["seq"]], m.t_s) for m in first_ones(month.got) if m.body["seq"] in times]
    for colour, late in ((_EVENT, False), (_LATE, True)):
        some = [(begun_s, end_s) for begun_s, end_s in points if (end_s - begun_s > _LATE_S) == late]
        delays_s = [max(0.1, end_s - begun_s) for begun_s, end_s in some]
        axes.scatter([begun_s / DAY_S for begun_s, _ in some], delays_s, s=7, color=colour, linewidth=0)
    axes.set_yscale("log")
    axes.set_yticks([1, 60, 3600, 86_400], ["1 s", "1 min", "1 h", "1 day"])
    _tidy(axes, "from each event to its arrival")


def _charge(axes: "Axes", month: Month) -> None:
    failed = [one for one in month.tries if one.failed]
    charges_c = [one.charge_mc / 1000 for one in failed]
    axes.vlines([one.begin_s / DAY_S for one in failed], 0, charges_c, color=_TRY, linewidth=1.2)
    axes.set_ylabel("C", color=_SOFT)
    _tidy(axes, "charge of tries that failed")


def _tidy(axes: "Axes", title: str) -> None:
    axes.set_title(title, loc="left", fontsize=10, color=_SOFT)
    axes.grid(axis="x", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_INK, labelsize=9, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
