"""Movements as the detector met them, with what was true when the field had settled."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from baysense.core import judge
from baysense.core.detector import Detector
from baysense.core.odds import SEEN_ONLY
from baysense.core.state import OCCUPIED
from baysense.core.tracker import Tracker
from baysense_host.bench.detection.events import EARLY_S
from baysense_host.bench.detection.field.bays import Bay
from baysense_host.bench.detection.field.radar_rule import SURE, VEHICLE
from baysense_host.bench.detection.held import Truth
from baysense_host.bench.detection.node import watch
from baysense_host.bench.detection.site import Site
from baysense_host.bench.detection.tuning.sites import drawn, first_weeks


class Meeting(NamedTuple):
    """One movement: what was believed before, the bins of its features, what was true after it."""

    believed: bool
    bins: tuple[int, ...]
    true: bool

    @property
    def seen(self) -> bool:
        """Say whether the node was awake during the movement."""
        return self.bins[SEEN_ONLY[0]] > 0


Met = list[tuple[float, bool, tuple[int, ...]]]  # time [s], what was believed, bins


def from_site(site: Site) -> Counter[Meeting]:
    """Let the node watch a simulated site, with and without its range sensor.

    A vehicle that will stand, or be gone, within the time that a decision may be early is both there and not: such a
    movement teaches nothing.
    """
    site, truth = drawn(site), Truth(site.changes, site.occupied_at_start)
    found: Counter[Meeting] = Counter()
    for use_range in (False, True):
        for t_s, believed, bins in _met(site, use_range):
            if truth.at(t_s) == truth.at(t_s + EARLY_S):
                found[Meeting(believed, bins, truth.at(t_s) == "occupied")] += 1
    return found


def from_bay(bay: Bay) -> Counter[Meeting]:
    """Let the node watch the first weeks of a recorded bay; true is what its radar says, where that is sure."""
    found: Counter[Meeting] = Counter()
    for t_s, believed, bins in _met(first_weeks(bay), False):
        said = bay.radar[int(np.searchsorted(bay.t_s, t_s, side="right")) - 1]
        if said in SURE:
            found[Meeting(believed, bins, bool(said == VEHICLE))] += 1
    return found


def _met(site: Site, use_range: bool) -> Met:
    with _listening() as met:
        watch(site, use_range)
    return met


@contextmanager
def _listening() -> Iterator[Met]:
    """Note every movement when it is judged; device time is the site's, cut to whole seconds at each wake."""
    met: Met = []
    plain = judge.weigh

    def noting(detector: Detector, tracker: Tracker) -> int:
        if not tracker.asks:  # judged again after an answer: the same movement
            t_s = detector.now_s(0) + tracker.window.t_ms / 1000
            met.append((t_s, detector.held == OCCUPIED, judge.features(detector, tracker)))
        return plain(detector, tracker)

    judge.weigh = noting
    try:
        yield met
    finally:
        judge.weigh = plain
