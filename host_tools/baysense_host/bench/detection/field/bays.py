"""Weeks of bays that others recorded: rows ten minutes apart, and a radar that is the only other witness.

What is measured is agreement with that radar where it is sure, never accuracy. The field is in an assumed unit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.data import recordings
from baysense_host.bench.detection.field.radar_rule import EMPTY, SURE, VEHICLE, GateRanger, changes, words
from baysense_host.bench.detection.held import STATES, Held
from baysense_host.bench.detection.site import Site, Stretch
from baysense_host.bench.detection.watch import Watch
from baysense_host.errors import ToolError
from baysense_host.virtual.world import read_trace

_TUNING = 0.4  # of the time, from the start: weeks to tune on; the rest is judged
_DAY_S = 86_400.0


@dataclass(frozen=True)
class Bay:
    """One recorded bay."""

    name: str
    t_s: NDArray[np.float64]  # [n] since the start
    field_nt: NDArray[np.int32]  # [n, 3]
    temp_cdeg: NDArray[np.int32]  # [n]
    radar: NDArray[np.int8]  # [n] EMPTY, VEHICLE or UNSURE

    @property
    def end_s(self) -> float:
        """Return when the last row was taken."""
        return float(self.t_s[-1])

    @property
    def judged_from_s(self) -> float:
        """Return where tuning ends and judging begins."""
        return _TUNING * self.end_s

    @property
    def days(self) -> float:
        """Return how many days are judged."""
        return (self.end_s - self.judged_from_s) / _DAY_S

    @cached_property
    def judged(self) -> NDArray[np.bool_]:
        """Return which rows are judged: those of the later weeks where the radar is sure."""
        found: NDArray[np.bool_] = (self.t_s >= self.judged_from_s) & np.isin(self.radar, SURE)
        return found

    @cached_property
    def tuning(self) -> NDArray[np.bool_]:
        """Return which rows tune: those of the first weeks where the radar is sure."""
        found: NDArray[np.bool_] = (self.t_s < self.judged_from_s) & np.isin(self.radar, SURE)
        return found

    @property
    def radar_changes(self) -> int:
        """Return how often the radar, with hysteresis, saw the bay change in the judged weeks."""
        return changes(self.radar[self.t_s >= self.judged_from_s])

    @property
    def site(self) -> Site:
        """Return the bay as a site; its ranger is the very radar that results are compared with."""
        return Site(
            name=self.name,
            scenario="S15",
            stretches=self._stretches,
            changes=(),
            days=self.end_s / _DAY_S,
            ranger=GateRanger(self.t_s, self.radar),
            truth_known=False,
        )

    def _stretches(self) -> Iterator[Stretch]:
        yield Stretch(self.t_s, self.field_nt, self.temp_cdeg, dense=False)


@dataclass(frozen=True)
class Agreement:
    """How a contender's states agree with the radar in the judged weeks of one bay."""

    bay: str
    contender: str
    rows: NDArray[np.float64]  # [day, radar: EMPTY or VEHICLE, held: STATES]
    days: float
    messages: float  # decisions and faults told
    radar_changes: int
    beats: list[tuple[float, bool]]  # confidence, agreement, of each row judged
    noise_seed: int = 0

    @property
    def balanced(self) -> float:
        """Return the mean of the shares agreed with where the radar sees it empty and where a vehicle."""
        return balanced(self.rows.sum(0))

    @property
    def unknown(self) -> float:
        """Return the share of rows where the contender did not know."""
        return float(self.rows[:, :, STATES.index("unknown")].sum() / self.rows.sum())


def bays() -> list[Bay]:
    """Return all recorded bays."""
    return [read_bay(path) for path in recordings("bays/*.csv")]


def read_bay(path: Path) -> Bay:
    """Read one.

    Raises:
        ToolError: The file is no sparse recording with a radar.
    """
    trace = read_trace(path, sparse=True)
    if trace.gates is None or trace.temperature_c is None:
        raise ToolError(f"{path} has no radar gates or no temperature", "keep only recordings of bays in this folder")
    return Bay(
        name=path.stem,
        t_s=np.array(trace.t_us) / 1e6,
        field_nt=(np.array(trace.field_ut) * 1000).round().astype(np.int32),
        temp_cdeg=(np.array(trace.temperature_c) * 100).round().astype(np.int32),
        radar=words(np.array(trace.gates)),
    )


def agreement(bay: Bay, watch: Watch, contender: str, noise_seed: int = 0) -> Agreement:
    """Compare a watch with the radar in the judged weeks."""
    told_s = [decision.told_s for decision in watch.decisions] + [t_s for t_s, _ in watch.faults]
    return Agreement(
        bay=bay.name,
        contender=contender,
        rows=compared(bay, watch, bay.judged),
        days=bay.days,
        messages=sum(t_s >= bay.judged_from_s for t_s in told_s),
        radar_changes=bay.radar_changes,
        beats=_beats(bay, watch),
        noise_seed=noise_seed,
    )


def compared(bay: Bay, watch: Watch, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Count rows by day, radar and the state held at the end of the time that each row stands for."""
    until_s = np.append(bay.t_s[1:], bay.end_s + _DAY_S)[rows]
    states = Held(watch.decisions).indices_at(np.nextafter(until_s, -np.inf))
    day = ((bay.t_s[rows] - bay.t_s[rows][:1]) // _DAY_S).astype(np.int64)
    counts = np.zeros((int(day.max(initial=0)) + 1, 2, len(STATES)))
    np.add.at(counts, (day, bay.radar[rows], states), 1)
    return counts


def balanced(rows: NDArray[np.float64]) -> float:
    """Return the balanced agreement of counts by radar and state; a radar word that never came counts for nothing."""
    agreed = [rows[word, word] / rows[word].sum() for word in (EMPTY, VEHICLE) if rows[word].any()]
    return float(np.mean(agreed))


def pooled(found: Sequence[Agreement]) -> Agreement:
    """Return the mean of one contender's agreements at one bay over noise seeds; heartbeats: those of all."""
    return replace(
        found[0],
        rows=np.mean([one.rows for one in found], axis=0),
        messages=float(np.mean([one.messages for one in found])),
        beats=[beat for one in found for beat in one.beats],
    )


def _beats(bay: Bay, watch: Watch) -> list[tuple[float, bool]]:
    """Return each heartbeat's confidence in a known state and whether the radar, where sure, agrees."""
    held = Held(watch.decisions)
    beats = []
    for t_s, confidence in watch.confidences:
        radar = bay.radar[max(int(np.searchsorted(bay.t_s, t_s, side="right")) - 1, 0)]
        state = held.at(t_s)
        if t_s >= bay.judged_from_s and state != "unknown" and radar in SURE:
            beats.append((confidence, state == STATES[radar]))
    return beats
