"""What a contender tells of a site."""

from collections.abc import Callable
from dataclasses import dataclass, field

from baysense_host.bench.detection.site import Site


@dataclass(frozen=True, slots=True)
class Decision:
    """One state from `event_s` on, known at `told_s`."""

    told_s: float
    event_s: float
    state: str  # free | occupied | unknown
    confidence: float  # 0-1
    cause: str
    swap: bool = False


@dataclass
class Watch:
    """All that a contender told; the first decision is the state in which it began."""

    decisions: list[Decision] = field(default_factory=list)
    faults: list[tuple[float, str]] = field(default_factory=list)  # when each fault was first reported [s], code name
    confidences: list[tuple[float, float]] = field(default_factory=list)  # every heartbeat: time [s], confidence
    messages: int = 0  # radio messages beyond the heartbeats
    asked: int = 0  # times the range sensor was asked
    wakes: int = 0
    samples: int = 0


Contender = Callable[[Site, bool], Watch]  # the site, and whether to use its range sensor
