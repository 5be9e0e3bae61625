"""The field around a failure, kept while the site is at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.site import Change, Site
from baysense_host.bench.detection.watch import Decision, Watch

AROUND_S = 60.0
_MOST_ROWS = 400  # a picture has no more columns

_Rows = tuple[NDArray[np.float64], NDArray[np.int32]]


@dataclass(frozen=True)
class Scene:
    """What the sensor read, what was told and what was true around one time."""

    t_s: NDArray[np.float64]  # [n]
    field_nt: NDArray[np.int32]  # [n, 3]
    before: str  # the state held when it begins
    decisions: list[Decision]
    changes: list[Change]
    neighbours_s: list[float]


def scene(site: Site, watch: Watch, times_s: Sequence[float]) -> list[Scene]:
    """Return one scene for each time, which are in order; reads the site once."""
    rows = _rows(site, times_s) if times_s else []
    return [_scene(site, watch, t_s, *found) for t_s, found in zip(times_s, rows, strict=True)]


def _rows(site: Site, times_s: Sequence[float]) -> list[_Rows]:
    """Return times and fields around each time, from the row on that holds when it begins."""
    parts: list[list[_Rows]] = [[] for _ in times_s]
    for stretch in site.stretches():
        for found, t_s in zip(parts, times_s, strict=True):
            first, end = np.searchsorted(stretch.t_s, (t_s - AROUND_S, t_s + AROUND_S))
            if first:
                found[:] = [(np.array([t_s - AROUND_S]), stretch.field_nt[first - 1 : first])]
            found.append((stretch.t_s[first:end], stretch.field_nt[first:end]))
    return [_joined(found) for found in parts]


def _joined(parts: Sequence[_Rows]) -> _Rows:
    t_s, field_nt = np.concatenate([one[0] for one in parts]), np.concatenate([one[1] for one in parts])
    step = max(-(-len(t_s) // _MOST_ROWS), 1)
    return t_s[::step], field_nt[::step]


def _scene(site: Site, watch: Watch, t_s: float, rows_s: NDArray[np.float64], field_nt: NDArray[np.int32]) -> Scene:
    def near(other_s: float) -> bool:
        return abs(other_s - t_s) <= AROUND_S

    earlier = [decision.state for decision in watch.decisions if decision.told_s < t_s - AROUND_S]
    return Scene(
        t_s=rows_s,
        field_nt=field_nt,
        before=earlier[-1] if earlier else "unknown",
        decisions=[decision for decision in watch.decisions if near(decision.told_s)],
        changes=[change for change in site.changes if near(change.t_s)],
        neighbours_s=[other_s for other_s in site.neighbours_s if near(other_s)],
    )
