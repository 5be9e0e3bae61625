"""Things that come, stand and go: a body and its motions, and what follows from them at the bay's sensor."""

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from baysense_host.bench.detection.simulate.tracks import Array, Track
from baysense_host.bench.detection.simulate.vehicles import Body, field_ut
from baysense_host.virtual.world.layout import overlaps_bay

FELT_UT = 1.0  # a motion that lifts the field by more is sampled densely
_BEFORE_S, _AFTER_S = 5.0, 25.0
_LOOK_S = 0.2  # between looks for the moment at which a motion is felt
_CLEAR_S = 0.05  # to which the end of a departure is exact

Span = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Actor:
    """A body that appears with its first track, stands between two, and is gone after the last."""

    body: Body
    tracks: tuple[Track, ...]
    parks: bool = False  # it comes to use the bay: two tracks, arrival and departure

    @property
    def start_s(self) -> float:
        """Return when it appears [s]."""
        return self.tracks[0].start_s

    @property
    def end_s(self) -> float:
        """Return when it is gone [s]."""
        return self.tracks[-1].end_s

    def poses(self, t_s: Array) -> tuple[Array, Array, Array]:
        """Return x [m], y [m] and heading [rad] at times in order."""
        bounds = [0, *np.searchsorted(t_s, [track.start_s for track in self.tracks[1:]]), len(t_s)]
        parts = [track.poses(t_s[a:b]) for track, a, b in zip(self.tracks, bounds, bounds[1:], strict=False)]
        x_m, y_m, heading_rad = (np.concatenate(axis) for axis in zip(*parts, strict=True))
        return x_m, y_m, heading_rad

    def add_to(self, total_ut: Array, t_s: Array, earth: Array) -> None:
        """Add its field at times in order to `total_ut` [n, 3]."""
        a, b = np.searchsorted(t_s, (self.start_s, self.end_s))
        if a < b:
            total_ut[a:b] += field_ut(self.body, *self.poses(t_s[a:b]), earth)

    def felt(self, earth: Array) -> list[Span]:
        """Return the spans to sample densely, one for each motion that is felt; parking counts in any case."""
        spans = [self._felt(track, earth) for track in self.tracks]
        return [span for span in spans if span is not None]

    def _felt(self, track: Track, earth: Array) -> Span | None:
        t_s = np.append(np.arange(track.start_s, track.end_s, _LOOK_S), track.end_s)
        ut = field_ut(self.body, *track.poses(t_s), earth)
        leaves = np.linalg.norm(ut - ut[0], axis=1) > FELT_UT
        settles = np.linalg.norm(ut - ut[-1], axis=1) > FELT_UT
        moving = [t_s[leaves][0], t_s[settles][-1]] if leaves.any() and settles.any() else []
        if self.parks:
            moving += [self.stands_s if track is self.tracks[0] else self.clear_s]
        return (min(moving) - _BEFORE_S, max(moving) + _AFTER_S) if moving else None

    @property
    def stands_s(self) -> float:
        """Return when it has arrived [s]."""
        return self.tracks[0].end_s

    @cached_property
    def clear_s(self) -> float:
        """Return when its outline has left the bay for good [s]."""
        last = self.tracks[-1]
        t_s = np.arange(last.start_s, last.end_s, _CLEAR_S)
        poses = list(zip(*(axis.tolist() for axis in last.poses(t_s)), strict=True))
        size = self.body.length_m, self.body.width_m
        return float(t_s[bisect_left(poses, True, key=lambda pose: not overlaps_bay(pose, *size))])

    def above(self) -> list[Span]:
        """Return the spans during which it is above the sensor."""
        spans: list[Span] = []
        for track, until_s in zip(self.tracks, [*(t.start_s for t in self.tracks[1:]), self.end_s], strict=True):
            t_s = np.append(np.arange(track.start_s, track.end_s, _LOOK_S), track.end_s)
            over = self.body.covers(*track.poses(t_s))
            ends_s = np.append(t_s[1:], max(until_s, t_s[-1]))
            spans += zip(t_s[over].tolist(), ends_s[over].tolist(), strict=True)
        return merged(spans)


def merged(spans: list[Span], gap_s: float = 0.0) -> list[Span]:
    """Return the union of spans in order; those at most `gap_s` apart become one."""
    union: list[Span] = []
    for start_s, end_s in sorted(spans):
        if union and start_s <= union[-1][1] + gap_s:
            union[-1] = union[-1][0], max(union[-1][1], end_s)
        else:
            union.append((start_s, end_s))
    return union
