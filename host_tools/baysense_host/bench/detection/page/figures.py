"""The figures over many sites: how fast, how sure, and when it was wrong."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.bootstrap import Ratio
from baysense_host.bench.detection.calibration import EDGES
from baysense_host.bench.detection.metrics import CONTENDERS
from baysense_host.bench.detection.page.plotting import COLOURS, SOFT, WRONG, blank, png, tidy
from baysense_host.bench.detection.score import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Pairs = Sequence[tuple[float, bool]]  # confidence, right

_SHOWN_S = 30.0  # what is told later than this is seen as what the curve lacks
_LEAST_SURE = 0.3
_FEWEST = 10  # a share of fewer decisions says nothing
_CONFUSIONS = (  # truth, told: as in `held.STATES`
    (0, 1, "free, told occupied", WRONG),
    (1, 0, "occupied, told free", "#f0963c"),
    (0, 2, "free, told unknown", "#d5dad7"),
    (1, 2, "occupied, told unknown", "#9aa5a1"),
)


def latency(panels: Mapping[str, Sequence[Score]], mark_s: float) -> bytes:
    """Draw for each group of sites how many of all true events were known after so long; what was missed lacks."""
    figure = blank(11, 3.8)
    places = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (title, scores) in zip(places, panels.items(), strict=True):
        for name in CONTENDERS:
            _cumulative(axes, [score for score in scores if score.contender == name], name)
        axes.axvline(mark_s, color=SOFT, linewidth=0.9, linestyle=(0, (5, 4)))
        axes.set_xlim(-5, _SHOWN_S)
        axes.set_ylim(0, 1.01)
        axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axes.set_xlabel("s after the vehicle stands, or the bay is clear")
        tidy(axes, title, "both")
    handles, labels = places[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return png(figure)


def _cumulative(axes: "Axes", scores: list[Score], name: str) -> None:
    known_s = np.sort([value for score in scores for kind in score.latencies_s.values() for value in kind])
    true = sum(score.true_events for score in scores)
    if len(known_s):
        shares = np.arange(1, len(known_s) + 1) / true
        across = [-5.0, *known_s, max(_SHOWN_S, known_s[-1])]
        axes.step(across, [0.0, *shares, shares[-1]], where="post", color=COLOURS[name], label=name)


def reliability(panels: Mapping[str, Mapping[str, Pairs]]) -> bytes:
    """Draw for each panel and contender how often a confidence was right against how sure it was."""
    figure = blank(11 if len(panels) > 1 else 5.5, 4.2)
    both = figure.subplots(2, len(panels), sharex=True, squeeze=False, height_ratios=[3.2, 1])
    upper, lower = both[0], both[1]
    for axes, counts, (title, pairs) in zip(upper, lower, panels.items(), strict=True):
        axes.plot([_LEAST_SURE, 1], [_LEAST_SURE, 1], color=SOFT, linewidth=0.8, linestyle=(0, (5, 4)))
        for place, (name, told) in enumerate(pairs.items()):
            _reliable(axes, counts, np.array(told, float).reshape(-1, 2), name, place)
        axes.set_ylim(0, 1.02)
        tidy(axes, title, "both")
        tidy(counts, "")
        counts.set_yscale("log")
        counts.minorticks_off()
        counts.set_xlabel("confidence told")
        counts.set_xlim(_LEAST_SURE, 1.02)
    lower[0].set_ylabel("how many")
    handles, labels = upper[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return png(figure)


def _reliable(axes: "Axes", counts: "Axes", pairs: NDArray[np.float64], name: str, place: int) -> None:
    rows = binned(pairs)
    if not rows:
        return
    told, right, low, high, number = np.array(rows).T
    spread = [np.maximum(right - low, 0.0), np.maximum(high - right, 0.0)]
    axes.errorbar(told, right, spread, color=COLOURS[name], marker="o", markersize=4, linewidth=1.2, label=name)
    counts.bar(told + (place - 0.5) * 0.008, number, width=0.008, color=COLOURS[name])


def binned(pairs: NDArray[np.float64]) -> list[tuple[float, float, float, float, float]]:
    """Return for each range of confidence: told, right, its 95 % interval by Wilson, and how many there were."""
    rows = []
    for low, high in zip(EDGES, EDGES[1:], strict=False):
        inside = pairs[(pairs[:, 0] >= low) & (pairs[:, 0] < high)]
        if len(inside) >= _FEWEST:
            told, right = inside.mean(0)
            rows.append((float(told), float(right), *_wilson(float(right), len(inside)), float(len(inside))))
    return rows


def _wilson(share: float, number: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    z2 = 1.96**2
    middle = (share + z2 / (2 * number)) / (1 + z2 / number)
    half = 1.96 * np.sqrt(share * (1 - share) / number + z2 / (4 * number**2)) / (1 + z2 / number)
    return middle - half, middle + half


def confusion(rows: Mapping[str, Mapping[str, NDArray[np.float64]]], unit: str) -> bytes:
    """Draw for each row and contender which part of each time was told wrongly or not known.

    Args:
        rows: shares by column of time, truth and what was told, by contender, by title of the row.
        unit: what a column of time is.
    """
    names = list(next(iter(rows.values())))
    figure = blank(11, 0.6 + (2.6 if len(rows) == 1 else 1.75 * len(rows)))
    grid = figure.subplots(len(rows), len(names), sharex="row", sharey="row", squeeze=False)
    for place, (panels, (title, by_name)) in enumerate(zip(grid, rows.items(), strict=True)):
        for axes, name in zip(panels, names, strict=True):
            _stacked(axes, by_name[name])
            tidy(axes, "" if place else name)
        panels[0].yaxis.set_major_formatter(lambda share, _: f"{share:.3g} %")
        panels[0].set_ylim(bottom=0)
        panels[0].set_ylabel(title)
    for axes in grid[-1]:
        axes.set_xlabel(f"{unit} since the start")
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return png(figure)


def _stacked(axes: "Axes", shares: NDArray[np.float64]) -> None:
    bottom, edges = np.zeros(len(shares)), np.arange(len(shares) + 1)
    for truth, told, label, colour in _CONFUSIONS:
        top = bottom + 100 * shares[:, truth, told]
        axes.stairs(top, edges, baseline=bottom, fill=True, color=colour, label=label)
        bottom = top
    axes.set_xlim(0, len(shares))


def over_time(scores: Sequence[Score], hours: int) -> NDArray[np.float64]:
    """Return the time of all sites by columns of so many hours since their start, as shares of each column."""
    longest = max(score.confusion_s.shape[0] for score in scores)
    total_s = np.zeros((-(-longest // hours) * hours, 2, 3))
    for score in scores:
        total_s[: score.confusion_s.shape[0]] += score.confusion_s
    return shares_of(total_s.reshape(-1, hours, 2, 3).sum(1))


def shares_of(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what part of each column of time every pair of truth and what was told is."""
    shares: NDArray[np.float64] = counts / np.maximum(counts.sum((1, 2), keepdims=True), 1e-9)
    return shares


def glance(rows: Mapping[str, Mapping[str, Sequence[Ratio | None]]], titles: Sequence[tuple[str, float]]) -> bytes:
    """Draw ratios of every scenario and contender on logarithmic scales; none at all lies at the left edge.

    Args:
        rows: for each scenario and contender one ratio a panel.
        titles: of the panels, and the smallest value that is drawn.
    """
    figure = blank(11, 1.1 + 0.36 * len(rows))
    panels = figure.subplots(1, len(titles), sharey=True, squeeze=False)[0]
    for place, (axes, (title, least)) in enumerate(zip(panels, titles, strict=True)):
        for row, by_name in enumerate(rows.values()):
            for shift, name in enumerate(CONTENDERS):
                _dot(axes, by_name[name][place] if name in by_name else None, row + (shift - 1.5) * 0.17, name, least)
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.set_xlim(left=least / 1.5)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        tidy(axes, title, "x")
    panels[0].set_yticks(range(len(rows)), list(rows))
    handles = [panels[0].plot([], [], "o", color=COLOURS[name], label=name, markersize=5)[0] for name in CONTENDERS]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return png(figure)


def _dot(axes: "Axes", found: Ratio | None, row: float, name: str, least: float) -> None:
    if found is None or found.value is None:
        return
    value = max(found.value, least)
    if found.ci95:
        axes.plot(
            [max(found.ci95[0], least), max(found.ci95[1], least)], [row, row], color=COLOURS[name], linewidth=1.1
        )
    hollow = "white" if found.value <= least else COLOURS[name]
    axes.plot([value], [row], "o", color=COLOURS[name], markerfacecolor=hollow, markersize=5)
