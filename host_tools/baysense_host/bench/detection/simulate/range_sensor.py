"""A range sensor in the road: its readings by what is above it, judged by the firmware's own `confirm.ultrasonic`.

All its figures are assumptions, made worse than the maker's (DFRobot SEN0311: ±1 cm, blind zone 3 cm): no recording
of an ultrasonic sensor under vehicles, in snow or under leaves was found.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from baysense.core import confirm

_READINGS = 5
_APART_S = 0.3  # as firmware/baysense/ranging.py asks: a pause of 200 ms and a frame's wait
_NOISE_MM = 6.0
_NEAREST_MM = 30  # nearer things read as the nearest
_NO_FRAME_SHARE = 0.01  # garbled on the line
_STRAY_SHARE = 0.01  # another echo than that of what is above
_STRAY_MM = (200, 4500)
_SOUND = (0.93, 1.05)  # speed of sound at -20 and +50 °C against 20 °C; the sensor may not know its temperature
_BAD_FLOOR_SHARE = 0.05  # of vehicles: slanting sheets, a soft lining
_LOST = (0.02, 0.35)  # share of echoes lost under a good floor, and at most under a bad one
_UNEVEN_MM = 60  # a floor's lowest place need not be over the sensor


@dataclass(frozen=True, slots=True)
class Floor:
    """A vehicle above the sensor."""

    start_s: float
    end_s: float
    height_mm: int
    lost_share: float = _LOST[0]


@dataclass(frozen=True, slots=True)
class Cover:
    """Something on the window, or a living being above it."""

    start_s: float
    end_s: float
    kind: str  # a key of KINDS


@dataclass(frozen=True, slots=True)
class _Echo:
    """How a kind of cover echoes: share of readings from the window itself, of none, heights of the others."""

    near: float
    lost: float
    low_mm: int = 0  # 0: the others go through to what is above
    high_mm: int = 0
    still: float = 0.0  # share of looks at which it keeps still


KINDS = {
    "leaf": _Echo(near=0.97, lost=0.03),
    "water": _Echo(near=0.75, lost=0.20),
    "snow": _Echo(near=0.70, lost=0.30),
    "person": _Echo(near=0.15, lost=0.20, low_mm=250, high_mm=900, still=0.10),
    "trolley": _Echo(near=0.0, lost=0.35, low_mm=120, high_mm=350, still=0.30),
    "dog": _Echo(near=0.15, lost=0.25, low_mm=80, high_mm=500, still=0.10),
}
OBSTRUCTIONS = ("leaf", "water", "snow")  # those that lie on the window
LIVING = ("person", "trolley", "dog")


def draw_floor(rng: np.random.Generator, start_s: float, end_s: float, height_mm: int) -> Floor:
    """Make one vehicle's floor up, as it shows above the sensor while the vehicle stands there."""
    lost_share = _LOST[0] if rng.random() >= _BAD_FLOOR_SHARE else float(rng.uniform(*_LOST))
    return Floor(start_s, end_s, height_mm + int(rng.integers(_UNEVEN_MM)), lost_share)


class RangeSensor:
    """One sensor through the whole time of a site; implements `Ranger`."""

    def __init__(self, floors: Sequence[Floor], covers: Sequence[Cover] = ()) -> None:
        """Take what is above when; of floors that overlap the latest counts, covers of one kind may not."""
        self._floors = sorted(floors, key=lambda floor: floor.start_s)
        self._starts_s = [floor.start_s for floor in self._floors]
        self._covers = sorted(covers, key=lambda cover: cover.start_s)

    def vehicle_above(self, t_s: float, rng: np.random.Generator) -> tuple[bool | None, bool]:
        """Return whether a vehicle is above, None when it cannot say, and whether its window is blocked."""
        word = confirm.ultrasonic(self.readings(t_s, rng))
        above = {confirm.PRESENT: True, confirm.ABSENT: False}.get(word)
        return above, word == confirm.BLOCKED

    def readings(self, t_s: float, rng: np.random.Generator) -> list[int | None]:
        """Return what it reads from that moment on [mm], 0 = no echo, None = no valid frame."""
        sound = float(rng.uniform(*_SOUND))
        pose = float(rng.random())  # the height at which a living being keeps, should it keep still
        still = float(rng.random())
        times_s = [t_s + place * _APART_S for place in range(_READINGS)]
        return [
            self._reading(time_s, sound, pose if still < self._still(time_s) else None, rng) for time_s in times_s
        ]

    def _reading(self, t_s: float, sound: float, pose: float | None, rng: np.random.Generator) -> int | None:
        chance = rng.random()
        if chance < _NO_FRAME_SHARE:
            return None
        if chance < _NO_FRAME_SHARE + _STRAY_SHARE:
            return int(rng.integers(*_STRAY_MM))
        height_mm = self._height_mm(t_s, pose, rng)
        if not height_mm:
            return 0
        return max(_NEAREST_MM, round(height_mm * sound + rng.normal(0.0, _NOISE_MM)))

    def _height_mm(self, t_s: float, pose: float | None, rng: np.random.Generator) -> int:
        """Return the height of what echoes, 0 when nothing does."""
        cover = self._cover(t_s)
        if cover is not None:
            echo, chance = KINDS[cover.kind], rng.random()
            if pose is not None:
                return round(echo.low_mm + pose * (echo.high_mm - echo.low_mm))
            if chance < echo.near:
                return _NEAREST_MM
            if chance < echo.near + echo.lost:
                return 0
            if echo.high_mm:
                return int(rng.integers(echo.low_mm, echo.high_mm))
        begun = self._floors[: bisect_right(self._starts_s, t_s)]
        floor = next((floor for floor in reversed(begun) if t_s < floor.end_s), None)
        if floor is None or rng.random() < floor.lost_share:
            return 0
        return floor.height_mm

    def _cover(self, t_s: float) -> Cover | None:
        return next((cover for cover in self._covers if cover.start_s <= t_s < cover.end_s), None)

    def _still(self, t_s: float) -> float:
        cover = self._cover(t_s)
        return KINDS[cover.kind].still if cover is not None else 0.0
