"""One picture for each failure: the field around it, what was told and what was true."""

from typing import TYPE_CHECKING

import numpy as np

from baysense_host.bench.detection.page.plotting import (
    AXIS_COLOURS,
    GRID,
    INK,
    SOFT,
    STATE_COLOURS,
    WRONG,
    blank,
    png,
    tidy,
)
from baysense_host.bench.detection.scene import AROUND_S, Scene
from baysense_host.bench.detection.score import Failure, Score
from baysense_host.bench.detection.site import DEPARTURE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEAST_UT = 3.0  # half of what a picture shows at least, so that noise looks like noise


def picture(score: Score, failure: Failure) -> bytes:
    """Draw the failure's scene, which there must be."""
    view = failure.scene
    assert view is not None
    figure = blank(4.6, 2.7)
    field, bands = figure.subplots(2, 1, sharex=True, height_ratios=[4.2, 1])
    _field(field, view, failure.t_s)
    _bands(bands, view, failure.t_s)
    figure.suptitle(failure.what, x=0.012, ha="left", fontsize=9.5, color=INK, weight="bold")
    field.set_title(f"{score.site}, {clock(failure.t_s)}", loc="left", fontsize=8, color=SOFT)
    return png(figure)


def _field(axes: "Axes", view: Scene, t_s: float) -> None:
    if len(view.t_s):
        change_ut = (view.field_nt - np.median(view.field_nt[: max(1, len(view.t_s) // 12)], axis=0)) / 1000
        held_s = np.append(view.t_s - t_s, AROUND_S)  # a row holds until the next one
        for axis, (name, colour) in enumerate(zip("xyz", AXIS_COLOURS, strict=True)):
            held_ut = np.append(change_ut[:, axis], change_ut[-1, axis])
            axes.step(held_s, held_ut, where="post", color=colour, linewidth=0.9, label=name)
        low, high = min(-_LEAST_UT, change_ut.min() * 1.08), max(_LEAST_UT, change_ut.max() * 1.08)
        axes.set_ylim(low, high)
        axes.legend(loc="upper right", fontsize=7, frameon=False, ncols=3, handlelength=1.0, borderaxespad=0.0)
    for other_s in view.neighbours_s:
        axes.axvline(other_s - t_s, color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)))
    for change in view.changes:
        axes.axvline(change.t_s - t_s, color=INK, linewidth=0.8)
    axes.axvline(0, color=WRONG, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.set_ylabel("µT")
    tidy(axes, "")
    axes.tick_params(labelsize=7.5)


def _bands(axes: "Axes", view: Scene, t_s: float) -> None:
    begin_s, end_s = t_s - AROUND_S, t_s + AROUND_S
    told = [(decision.told_s, decision.state) for decision in view.decisions]
    for row, first, steps in ((0, _true_before(view), _true(view)), (1, view.before, told)):
        times_s = [begin_s, *[time_s for time_s, _ in steps], end_s]
        states = [first, *[state for _, state in steps]]
        for from_s, to_s, state in zip(times_s, times_s[1:], states, strict=False):
            axes.barh(row, to_s - from_s, 0.8, from_s - t_s, color=STATE_COLOURS.get(state, GRID), linewidth=0)
    for time_s, _ in told:
        axes.vlines(time_s - t_s, 0.6, 1.4, color=INK, linewidth=1.0)
    axes.set_yticks([0, 1], ["true", "told"])
    axes.set_ylim(1.55, -0.55)
    axes.set_xlim(-AROUND_S, AROUND_S)
    tidy(axes, "", "")
    axes.tick_params(labelsize=7.5)


def _true(view: Scene) -> list[tuple[float, str]]:
    return [(change.t_s, "free" if change.kind == DEPARTURE else "occupied") for change in view.changes]


def _true_before(view: Scene) -> str:
    """Return what the bay was when the scene begins, as its first change tells; without one it is not known here."""
    if not view.changes:
        return "not known"
    return "free" if view.changes[0].kind == "arrival" else "occupied"


def clock(t_s: float) -> str:
    """Return the time since the start, with days from the second one on."""
    day, second = divmod(int(t_s), 86_400)
    text = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return f"day {day + 1}, {text}" if day else text
