"""The best that a threshold on the field could have done in the judged weeks, in hindsight (detection.md §1)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.field.bays import Bay
from baysense_host.bench.detection.field.radar_rule import EMPTY, VEHICLE

_GATED_SHARE = 0.2  # of the newest row in the oracle's baseline, each time the radar sees the bay empty

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Ceiling:
    """Balanced agreement with the radar of one bay, with the radar's knowledge."""

    bay: str
    fixed: float  # threshold on the distance from the empty bay's median
    temperature: float  # the same, less what a straight line over temperature explains
    gated: float  # that, from a baseline that follows whenever the radar sees it empty: for information
    learned: float  # as `temperature`, the line from the first weeks; §1's figures are such: for information

    @property
    def mark(self) -> float:
        """Return the better of the two that know no more than a field and a temperature."""
        return max(self.fixed, self.temperature)

    @property
    def section_1(self) -> float:
        """Return the ceiling as detection.md §1 reads it: the line is that of the first weeks."""
        return max(self.fixed, self.learned)


def ceiling(bay: Bay) -> Ceiling:
    """Return the ceilings of one bay."""
    rows = bay.judged
    empty = bay.judged & (bay.radar == EMPTY)
    field_nt, seen_empty = bay.field_nt.astype(float), (bay.radar == EMPTY)[rows]
    straight_nt = (field_nt - _line(bay, empty))[rows]

    def agreed(residual_nt: Vector) -> float:
        return best_threshold(np.linalg.norm(residual_nt, axis=1), bay.radar[rows])[1]

    return Ceiling(
        bay=bay.name,
        fixed=agreed(field_nt[rows] - np.median(field_nt[empty], axis=0)),
        temperature=agreed(straight_nt),
        gated=agreed(straight_nt - _followed(straight_nt, seen_empty)),
        learned=agreed((field_nt - _line(bay, bay.tuning & (bay.radar == EMPTY)))[rows]),
    )


def best_threshold(distance_nt: Vector, radar: NDArray[np.int8]) -> tuple[float, float]:
    """Return the threshold that agrees best with sure radar words, balanced, and how well it does."""
    order = np.argsort(distance_nt)
    ordered_nt, vehicle = distance_nt[order], radar[order] == VEHICLE
    empty_below = np.concatenate(([0], np.cumsum(~vehicle))) / (~vehicle).sum()
    vehicle_above = 1 - np.concatenate(([0], np.cumsum(vehicle))) / vehicle.sum()
    # Between two equal distances there is no place for a threshold.
    between = np.concatenate(([True], np.diff(ordered_nt) > 0, [True]))
    agreed = np.where(between, (empty_below + vehicle_above) / 2, 0.0)
    place = int(agreed.argmax())
    bounds_nt = np.concatenate((ordered_nt[:1], ordered_nt, ordered_nt[-1:]))
    return float(bounds_nt[place : place + 2].mean()), float(agreed[place])


def _line(bay: Bay, rows: NDArray[np.bool_]) -> Vector:
    """Return the straight line over temperature through some rows, for each axis, at every row."""
    columns: Vector = np.column_stack((np.ones(len(bay.t_s)), bay.temp_cdeg)).astype(float)
    factors = np.linalg.lstsq(columns[rows], bay.field_nt[rows].astype(float))[0]
    line: Vector = columns @ factors
    return line


def _followed(field_nt: Vector, empty: NDArray[np.bool_]) -> Vector:
    """Return the baseline of each row: the mean of the rows seen empty before it, the newest counting most."""
    baseline_nt = np.zeros(3)
    baselines_nt = np.empty_like(field_nt)
    for row, seen_empty in enumerate(empty):
        baselines_nt[row] = baseline_nt
        if seen_empty:
            baseline_nt = baseline_nt + _GATED_SHARE * (field_nt[row] - baseline_nt)
    return baselines_nt
