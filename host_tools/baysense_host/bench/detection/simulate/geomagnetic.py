"""Earth's field in a storm: minutes an observatory measured (IAGA-2002), stretched to the storm wanted."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.data import recordings
from baysense_host.bench.detection.simulate.tracks import Array

_MINUTE_S = 60.0
_MISSING_NT = 88_000.0  # IAGA-2002: 99999 is missing, 88888 not recorded
_K_MINUTES = 180  # a K figure is the range within three hours
# Range of the K figures at mid-latitudes (Niemegk): K7 200-330 nT, K9 from 500 nT; 2003's storm had 1,500.
STORMS_NT = {"K7": 330.0, "K9": 1000.0}
_MOST_FILES = 20
_LARGEST_GAIN = 100.0  # the quietest of days stays noise


class Storm:
    """Variation of the field at a bay, in its axes; repeats when the recording ends."""

    def __init__(self, variation_nt: Array, azimuth_rad: float) -> None:
        """Take the variation north, east and down, minute by minute."""
        c, s = np.cos(azimuth_rad), np.sin(azimuth_rad)
        north, east, down = variation_nt.T / 1000
        self._ut = np.stack([north * c + east * s, east * c - north * s, down], axis=1)

    def __call__(self, t_s: Array) -> Array:
        """Return the variation at these times [µT]."""
        minutes = np.arange(len(self._ut))
        wrapped = np.abs((t_s / _MINUTE_S + len(minutes)) % (2 * len(minutes)) - len(minutes))  # there and back
        return np.stack([np.interp(wrapped, minutes, self._ut[:, axis]) for axis in range(3)], axis=1)


def variation_nt() -> tuple[Array, str]:
    """Return the variation north, east and down, minute by minute, and where it comes from."""
    files = tuple(recordings("geomagnetic/*.min")[:_MOST_FILES])
    return (_recorded(files), "recorded") if files else (_made_up(), "synthetic")


def stretched(variation_nt: Array, storm: str) -> Array:
    """Return the variation with its most restless three hours made as restless as the storm's; never less so."""
    spans = np.lib.stride_tricks.sliding_window_view(variation_nt, _K_MINUTES, axis=0)[::10]
    range_nt = float(np.ptp(spans, axis=2)[:, :2].max())
    return variation_nt * float(np.clip(STORMS_NT[storm] / range_nt, 1.0, _LARGEST_GAIN))


@lru_cache(maxsize=1)
def _recorded(files: tuple[Path, ...]) -> Array:
    """Join the files' variations end to end: days may be missing between them."""
    level_nt, parts = np.zeros(3), []
    for path in files:
        day_nt = _north_east_down_nt(path)
        parts.append(day_nt - day_nt[0] + level_nt)
        level_nt = parts[-1][-1]
    return np.concatenate(parts)


def _north_east_down_nt(path: Path) -> Array:
    columns, table = _table(path)
    column = {name[-1]: _whole(table[:, place]) for place, name in enumerate(columns)}
    if "X" in column:
        return np.stack([column["X"], column["Y"], column["Z"]], axis=1)
    declination_rad = np.radians(column["D"] / 60)  # IAGA-2002: minutes of arc
    horizontal_nt = column["H"]
    north, east = horizontal_nt * np.cos(declination_rad), horizontal_nt * np.sin(declination_rad)
    return np.stack([north, east, column["Z"]], axis=1)


def _table(path: Path) -> tuple[list[str], NDArray[np.float64]]:
    """Return the names of the value columns, and the values."""
    lines = iter(path.read_text(encoding="ascii").splitlines())
    names: list[str] = []
    for line in lines:
        if line.startswith("DATE"):
            names = line.rstrip(" |").split()[3:]
            break
    return names, np.array([values for values in _rows(lines)])


def _rows(lines: Iterator[str]) -> Iterator[list[float]]:
    for line in lines:
        yield [float(value) for value in line.split()[3:]]


def _whole(values: Array) -> Array:
    """Fill what is missing by straight lines."""
    there = np.abs(values) < _MISSING_NT
    places = np.arange(len(values))
    return np.interp(places, places[there], values[there])


def _made_up() -> Array:
    """Return seven days of a random walk on the scale of hours, with the daily wave under it."""
    rng = np.random.default_rng(1)
    minutes = np.arange(7 * 1440)
    walk = np.cumsum(rng.normal(0.0, 1.0, (len(minutes), 3)), axis=0)
    trend = np.stack([np.convolve(walk[:, axis], np.ones(720) / 720, "same") for axis in range(3)], axis=1)
    return walk - trend + 20.0 * np.cos(2 * np.pi * minutes / 1440)[:, None]
