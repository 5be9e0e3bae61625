"""How vehicles move: arriving, putting the position right, leaving, passing by.

A motion is a line and a row of legs of constant acceleration; speed never jumps.
"""

from dataclasses import dataclass
from math import sqrt
from random import Random
from typing import Generic, TypeVar

from baysense_host.virtual.world.layout import BayLine, LaneLine, Pose

Line = TypeVar("Line", bound=BayLine | LaneLine)

# How long drivers take, from coming into sight to standstill and from standstill to out of sight [s]
_ARRIVAL_S = (10.0, 25.0)
_DEPARTURE_S = (6.0, 15.0)
_CORRECTION_SHARE = 0.3  # of arrivals stop, set back and pull in once more
_HESITATION_SHARE = 0.15  # of arrivals stop and go before they turn into the bay


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch of constant acceleration along the line."""

    duration_s: float
    place_m: float
    speed_mps: float
    accel_mps2: float

    def place_after_m(self, seconds: float) -> float:
        """Return the place on the line after some time [m]."""
        return self.place_m + seconds * (self.speed_mps + 0.5 * self.accel_mps2 * seconds)


class Motion(Generic[Line]):
    """One vehicle following one line from `start_us` to `end_us`; it stands before and after."""

    def __init__(self, line: Line, legs: tuple[Leg, ...], start_us: int) -> None:
        """Put the legs on the clock."""
        self.line = line
        self.start_us = start_us
        self._legs = legs
        self.end_us = start_us + round(1e6 * sum(leg.duration_s for leg in legs))

    def pose(self, t_us: int) -> Pose:
        """Return where the vehicle is and where its nose points."""
        return self.line.pose(self.place_m(t_us))

    def place_m(self, t_us: int) -> float:
        """Return the distance from the start of the line [m]."""
        seconds = max(t_us - self.start_us, 0) / 1e6
        for leg in self._legs:
            if seconds < leg.duration_s:
                return leg.place_after_m(seconds)
            seconds -= leg.duration_s
        last = self._legs[-1]
        return last.place_after_m(last.duration_s)

    def time_at_us(self, place_m: float) -> int:
        """Return when a motion that never turns back reaches a place, start or end if beyond [µs]."""
        seconds = 0.0
        for leg in self._legs:
            if place_m < leg.place_after_m(leg.duration_s):
                return self.start_us + round(1e6 * (seconds + _seconds_to(leg, place_m)))
            seconds += leg.duration_s
        return self.end_us


def _seconds_to(leg: Leg, place_m: float) -> float:
    ahead_m = max(place_m - leg.place_m, 0.0)
    root = sqrt(max(leg.speed_mps**2 + 2 * leg.accel_mps2 * ahead_m, 0.0))
    return 2 * ahead_m / (leg.speed_mps + root) if ahead_m else 0.0


class _Drive:
    """Legs in the making; what a driver does, one act after the other."""

    def __init__(self, place_m: float, speed_mps: float) -> None:
        self.legs: list[Leg] = []
        self.place_m = place_m
        self.speed_mps = speed_mps

    def _add(self, duration_s: float, accel_mps2: float) -> None:
        leg = Leg(duration_s, self.place_m, self.speed_mps, accel_mps2)
        self.legs.append(leg)
        self.place_m = leg.place_after_m(duration_s)
        self.speed_mps += accel_mps2 * duration_s

    def wait(self, duration_s: float) -> None:
        """Stand."""
        self._add(duration_s, 0.0)

    def reach(self, place_m: float, speed_mps: float, accel_mps2: float) -> None:
        """Keep the speed, then change it so as to have `speed_mps` at `place_m`."""
        span_m = abs(self.speed_mps**2 - speed_mps**2) / (2 * accel_mps2)
        ahead_m = abs(place_m - self.place_m)
        if span_m > ahead_m:
            accel_mps2, span_m = accel_mps2 * span_m / ahead_m, ahead_m
        if ahead_m > span_m:
            self._add((ahead_m - span_m) / abs(self.speed_mps), 0.0)
        change_mps = speed_mps - self.speed_mps
        if change_mps:
            self._add(abs(change_mps) / accel_mps2, accel_mps2 if change_mps > 0 else -accel_mps2)

    def start(self, place_m: float, speed_mps: float, accel_mps2: float) -> None:
        """Gather speed from standstill at once and keep it up to `place_m`."""
        ahead_m = place_m - self.place_m
        speed_mps = min(speed_mps, sqrt(2 * accel_mps2 * abs(ahead_m)))
        signed = 1 if ahead_m > 0 else -1
        self._add(speed_mps / accel_mps2, signed * accel_mps2)
        rest_m = abs(place_m - self.place_m)
        if rest_m > 1e-9:
            self._add(rest_m / speed_mps, 0.0)

    def shift(self, place_m: float, accel_mps2: float) -> None:
        """Go from standstill to standstill: half the way faster, half the way slower."""
        self.start((self.place_m + place_m) / 2, 9.9, accel_mps2)
        self.reach(place_m, 0.0, accel_mps2)
        self.speed_mps = 0.0  # exactly: rounding must not creep

    def within(self, limits_s: tuple[float, float]) -> tuple[Leg, ...]:
        """Return the legs, all slowed or hastened alike if they took too short or too long."""
        total_s = sum(leg.duration_s for leg in self.legs)
        k = min(max(total_s, limits_s[0]), limits_s[1]) / total_s
        return tuple(
            Leg(leg.duration_s * k, leg.place_m, leg.speed_mps / k, leg.accel_mps2 / k**2) for leg in self.legs
        )


def arrive(rng: Random, line: BayLine, standstill_us: int) -> Motion[BayLine]:
    """Drive in from the aisle so that the vehicle stands at the given time."""
    drive = _Drive(line.length_m, -rng.uniform(3.5, 5.0))
    turn_m, turn_mps = line.length_m - 12.0, rng.uniform(0.9, 1.6)
    if rng.random() < _HESITATION_SHARE:
        drive.reach(turn_m, 0.0, 1.5)
        drive.wait(rng.uniform(1.0, 3.0))
        drive.start(turn_m - 1.0, turn_mps, 0.8)
    else:
        drive.reach(turn_m, -turn_mps, 1.5)
    first_m = rng.uniform(0.3, 0.8) if rng.random() < _CORRECTION_SHARE else 0.0
    drive.reach(first_m, 0.0, rng.uniform(0.6, 1.2))
    if first_m:
        _correct(rng, drive, first_m)
    legs = drive.within(_ARRIVAL_S)
    return Motion(line, legs, standstill_us - round(1e6 * sum(leg.duration_s for leg in legs)))


def _correct(rng: Random, drive: _Drive, first_m: float) -> None:
    """Set back and pull in again, all the way."""
    drive.speed_mps = 0.0
    drive.wait(rng.uniform(0.8, 2.0))
    drive.shift(first_m + rng.uniform(0.5, 1.2), 0.6)
    drive.wait(rng.uniform(0.5, 1.5))
    drive.shift(0.0, 0.6)


def leave(rng: Random, line: BayLine, start_us: int) -> Motion[BayLine]:
    """Drive out and away; a vehicle that backs out stands a moment to change gear."""
    drive = _Drive(0.0, 0.0)
    out_m = line.length_m - 12.0
    speed_mps = rng.uniform(1.8, 2.8)
    drive.start(out_m - 1.0, speed_mps, rng.uniform(0.5, 1.0))
    if line.nose_in:
        drive.reach(out_m, 0.0, 1.5)
        drive.speed_mps = 0.0
        drive.wait(rng.uniform(0.8, 2.0))
        drive.start(line.length_m, 5.0, 1.5)
    else:
        drive.reach(out_m + 8.0, 5.0, 1.5)
        drive.reach(line.length_m, 5.0, 1.5)
    return Motion(line, drive.within(_DEPARTURE_S), start_us)


def pass_by(line: LaneLine, start_us: int, length_m: float, speed_mps: float) -> Motion[LaneLine]:
    """Go along the lane at one speed."""
    return Motion(line, (Leg(length_m / speed_mps, 0.0, speed_mps, 0.0),), start_us)


def stop_and_go(
    line: LaneLine, start_us: int, length_m: float, speed_mps: float, stop_m: float, stop_s: float
) -> Motion[LaneLine]:
    """Go along the lane, stand at a place for some time and go on."""
    drive = _Drive(0.0, speed_mps)
    drive.reach(stop_m, 0.0, 1.5)
    drive.speed_mps = 0.0
    drive.wait(stop_s)
    drive.start(length_m, speed_mps, 1.5)
    return Motion(line, tuple(drive.legs), start_us)
