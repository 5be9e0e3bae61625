"""Time series for the eye: thinned without losing a peak, and the field as distance from the empty bay."""

from bisect import bisect_right
from collections.abc import Sequence
from math import sqrt
from statistics import median

from baysense_host.report.result import Bay, Truth

Point = tuple[float, float]
Vector = tuple[float, float, float]


def thinned(points: Sequence[Point], buckets: int) -> list[Point]:
    """Return at most two points a bucket, its lowest and its highest, in order of time."""
    if len(points) <= 2 * buckets:
        return list(points)
    start_s = points[0][0]
    width_s = (points[-1][0] - start_s) / buckets or 1.0
    groups: dict[int, list[Point]] = {}
    for point in points:
        groups.setdefault(int((point[0] - start_s) / width_s), []).append(point)
    return [point for group in groups.values() for point in _extremes(group)]


def _extremes(group: list[Point]) -> list[Point]:
    low = min(group, key=lambda point: point[1])
    high = max(group, key=lambda point: point[1])
    return [low] if low == high else sorted((low, high))


def empty_field(bay: Bay) -> Vector:
    """Return the field of the empty bay [µT]: the median while truly free, of all if it never was."""
    rows = bay["field"]
    free = [row for row in rows if state_at(bay["truth"], row[0]) == "free"] or rows
    if not free:
        return 0.0, 0.0, 0.0
    x, y, z = (median(row[axis] for row in free) for axis in (1, 2, 3))
    return x, y, z


def axis_change(bay: Bay, empty: Vector, axis: int) -> list[Point]:
    """Return one axis (0 to 2) as change from the empty bay [µT] over time [s]."""
    return [(row[0], row[axis + 1] - empty[axis]) for row in bay["field"]]


def distance(bay: Bay, empty: Vector) -> list[Point]:
    """Return |d|, the length of the change from the empty bay [µT] over time [s]."""
    return [(row[0], sqrt(sum((row[i + 1] - empty[i]) ** 2 for i in range(3)))) for row in bay["field"]]


def state_at(truth: Sequence[Truth], t_s: float) -> str:
    """Return the true state at a time [s]; before the first change it is the other one."""
    number = bisect_right(truth, t_s, key=lambda change: change["t_s"])
    if number:
        return truth[number - 1]["state"]
    return "occupied" if truth and truth[0]["state"] == "free" else "free"
