"""What a contender watches: one bay for some time, as its magnetometer reads it, with the truth beside it.

Integers of the device: field [nT], die temperature [cdeg]. Time in seconds from the start of the site.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

ARRIVAL, DEPARTURE, SWAP = "arrival", "departure", "swap"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Readings in order of time: 100 ms apart while something moves (`dense`), minutes apart while the field drifts.

    Between two rows that are not dense the first one holds; a stretch begins where the last one ended.
    """

    t_s: NDArray[np.float64]  # [n]
    field_nt: NDArray[np.int32]  # [n, 3], errors and noise of the sensor in it; clipped where the sensor clips
    temp_cdeg: NDArray[np.int32]  # [n]
    dense: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What a perfect node would report. A swap is one change here and counts as two events."""

    t_s: float  # the vehicle stands, or its outline has left the bay
    kind: str  # ARRIVAL, DEPARTURE, SWAP
    vehicle: str = ""


class Ranger(Protocol):
    """The range sensor of a site; robust or not, its words are those of `baysense.core.confirm`."""

    def vehicle_above(self, t_s: float, rng: np.random.Generator) -> tuple[bool | None, bool]:
        """Return whether a vehicle is above, None when it cannot say, and whether its window is blocked."""


@dataclass(frozen=True)
class Site:
    """One bay of one scenario; the unit of the bootstrap."""

    name: str
    scenario: str  # S1 … S16
    stretches: Callable[[], Iterator[Stretch]]  # anew at each call, the same each time
    changes: tuple[Change, ...]
    days: float
    scale: float = 1.0  # of the vehicles' moments
    occupied_at_start: bool = False
    neighbours_s: tuple[float, ...] = ()  # movements in the bays beside, or passes: a change then is cross-talk
    ranger: Ranger | None = None
    noise_nt: int = 300  # rms an axis; what a node sees between rows minutes apart
    restarts_s: tuple[
        float, ...
    ] = ()  # the node loses its supply: RTC memory gone, flash keeps the last event's snapshot
    settings: dict[str, int | bool] = field(default_factory=dict)  # beside the defaults
    truth_known: bool = True  # False: recordings without human truth
    expected_faults: tuple[str, ...] = ()  # code names that must be reported, within `fault_within_s`
    fault_within_s: float = 600.0
    accident_s: float | None = None  # from a day after it on, a node must be right or have told a fault
    noise_seed: int = 0  # of the node's own chance: recordings are watched again with others
