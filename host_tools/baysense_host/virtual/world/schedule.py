"""When things happen: parking sessions and passes, spread over the days."""

from random import Random

from baysense_host.errors import ToolError

_DAY_S = 86_400.0
# Sessions fall into this part of a day: 05:30 to 22:30, so that every change is reported on its own day
_FIRST, _LAST = 5.5 / 24, 22.5 / 24
_CHANGE_GAP_S = 600.0  # least time between changes, shorter only on very busy days
_LEAST_GAP_S = 90.0  # an arrival and a departure take 25 s and 15 s


def session_times_us(rng: Random, per_day: int, days: float) -> list[tuple[int, int]]:
    """Draw the sessions of one bay: (standstill, departure begins) in order [µs]."""
    sessions = []
    for start_s, length_s in _day_parts(days):
        count = round(per_day * length_s / _DAY_S)
        changes_s = _spread(rng, 2 * count, start_s + _FIRST * length_s, start_s + _LAST * length_s)
        times_us = [round(1e6 * t) for t in changes_s]
        sessions += list(zip(times_us[::2], times_us[1::2], strict=True))
    return sessions


def pass_times_us(rng: Random, per_day: int, days: float) -> list[int]:
    """Draw when vehicles pass, most of them by day [µs]."""
    times_us = []
    for start_s, length_s in _day_parts(days):
        count = round(per_day * length_s / _DAY_S)
        times_us += [round(1e6 * (start_s + length_s * rng.triangular(0.0, 1.0, 0.6))) for _ in range(count)]
    return sorted(times_us)


def _day_parts(days: float) -> list[tuple[float, float]]:
    """Return start and length of each day, the last one maybe cut short [s]."""
    parts = []
    start_s = 0.0
    while days * _DAY_S - start_s > 1.0:
        parts.append((start_s, min(_DAY_S, days * _DAY_S - start_s)))
        start_s += _DAY_S
    return parts


def _spread(rng: Random, count: int, first_s: float, last_s: float) -> list[float]:
    """Draw `count` times in order with a least gap between them: a Poisson process with a dead time [s]."""
    if not count:
        return []
    gap_s = min(_CHANGE_GAP_S, (last_s - first_s) / count / 2)
    if gap_s < _LEAST_GAP_S:
        most = int((last_s - first_s) / _LEAST_GAP_S / 4)
        raise ToolError(f"{count // 2} sessions do not fit into one day", f"ask for {most} or fewer")
    slack_s = last_s - first_s - gap_s * (count - 1)
    draws_s = sorted(rng.uniform(0.0, slack_s) for _ in range(count))
    return [first_s + draw_s + i * gap_s for i, draw_s in enumerate(draws_s)]
