"""Windows of seconds that others recorded: a vehicle parks and leaves, or passes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from baysense_host.bench.detection.data import recordings
from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE, Change, Site, Stretch
from baysense_host.errors import ToolError
from baysense_host.virtual.world import Trace, read_trace

PARKING, TRAFFIC = "S16 parking", "S16 traffic"
BEFORE_S, _AFTER_S = 120.0, 60.0  # a node calibrates on the site first, and has time to decide at the end
_QUIET_S = 1.0  # the first and the last second are quiet: their rows, at random, stand for the time beyond
_PERIOD_S = 0.1
_DAY_S = 86_400.0
_CDEG = 2000  # the windows have no thermometer: constant, so that nothing is made of it


def parking(noise_seed: int = 0) -> list[Site]:
    """Return the windows in which a vehicle parks and leaves; their truth is the label's edges."""
    return [read_window(path, PARKING, noise_seed) for path in recordings("transients_parking/*.csv")]


def traffic(noise_seed: int = 0) -> list[Site]:
    """Return the windows in which vehicles pass: nothing changes, the label marks a neighbour's movement."""
    return [read_window(path, TRAFFIC, noise_seed) for path in recordings("transients_traffic/*.csv")]


def judged(windows: Sequence[Site]) -> list[Site]:
    """Return every second window of a kind: the first, third, … of them tuned the detector."""
    return list(windows[1::2])


def read_window(path: Path, scenario: str, noise_seed: int = 0) -> Site:
    """Read one window; the noise seed draws the rows that stand for the time before and after it.

    Raises:
        ToolError: The file is no dense recording with a label.
    """
    trace = read_trace(path, sparse=False)
    if trace.vehicle is None:
        raise ToolError(f"{path} has no column vehicle", "keep only labelled windows in this folder")
    edges = _edges(trace)
    passing = scenario == TRAFFIC
    return Site(
        name=path.stem,
        scenario=scenario,
        stretches=_Window(trace, noise_seed).stretches,
        changes=() if passing else tuple(edges),
        days=(BEFORE_S + trace.duration_s + _AFTER_S) / _DAY_S,
        occupied_at_start=trace.vehicle[0] and not passing,
        neighbours_s=tuple(edge.t_s for edge in edges) if passing else (),
        noise_seed=noise_seed,
    )


def _edges(trace: Trace) -> list[Change]:
    """Return when the label begins and ends."""
    vehicle = np.array(trace.vehicle, bool)
    rows = np.flatnonzero(vehicle[1:] != vehicle[:-1]) + 1
    return [Change(BEFORE_S + trace.t_us[row] / 1e6, ARRIVAL if vehicle[row] else DEPARTURE) for row in rows]


@dataclass(frozen=True)
class _Window:
    """A recorded window that begins later and goes on after its end, as a node at 10 Hz reads it."""

    trace: Trace
    noise_seed: int

    def stretches(self) -> Iterator[Stretch]:
        """Yield the whole window as one stretch."""
        rows_s = np.array(self.trace.t_us) / 1e6
        t_s = np.arange(0.0, BEFORE_S + self.trace.duration_s + _AFTER_S, _PERIOD_S)
        rows = np.searchsorted(rows_s, t_s - BEFORE_S + 1e-6, side="right") - 1
        rng = np.random.default_rng([*self.trace.name.encode(), self.noise_seed])
        for beyond, quiet in (
            (t_s < BEFORE_S, rows_s <= _QUIET_S),
            (t_s > BEFORE_S + rows_s[-1], rows_s >= rows_s[-1] - _QUIET_S),
        ):
            rows[beyond] = rng.choice(np.flatnonzero(quiet), beyond.sum())
        field_nt = (np.array(self.trace.field_ut) * 1000).round().astype(np.int32)[rows]
        yield Stretch(t_s, field_nt, np.full(len(t_s), _CDEG, np.int32), dense=True)
