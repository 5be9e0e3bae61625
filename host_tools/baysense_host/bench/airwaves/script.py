"""What happens: vehicles at each bay, failures of each supply, the outage of the gateway. All of it from the seed."""

from bisect import bisect_right
from dataclasses import dataclass
from random import Random

from baysense_host.bench.airwaves.extent import DAY_S, HOUR_S, SECOND_US, Extent

_SESSIONS_PER_DAY = 20, 30
_BURSTS_PER_DAY = 0.15
_BURST_S = 40 * 60
_BURST_SESSIONS = 6  # as many as an hour may have before the detector calls it chatter (tuning.CHATTER_CHANGES)
_LEAST_S = 150  # between two changes: a vehicle needs that long to come, to be left and to go
_START_S = 600  # within which all nodes are switched on
_POWER_CUT_S = 10.0, 1200.0  # how long the supply is away
_BROWN_OUT_S = 0.5, 5.0
_MOST_OPERATIONS = 60  # of a wake; most have some twenty
_ON_AIR_S = 8.0  # a frame with both windows


@dataclass(frozen=True)
class Cut:
    """A failure of the supply; all but `asleep` wait for the next wake."""

    at_us: int
    kind: str  # asleep, storage (between two operations), air (while a frame or a window is on)
    brown_out: bool  # RTC memory survives
    operations: int
    after_us: int  # the begin of the frame
    away_us: int


@dataclass
class Story:
    """What befalls one node."""

    starts_us: int
    changes_us: list[int]  # the bay is free before the first
    cuts: list[Cut]

    def state(self, at_us: int) -> int:
        """Return the state of the bay: 0 free, 1 occupied."""
        return bisect_right(self.changes_us, at_us) % 2

    def next_change_us(self, after_us: int) -> int | None:
        """Return when the bay changes next."""
        at = bisect_right(self.changes_us, after_us)
        return self.changes_us[at] if at < len(self.changes_us) else None


def story(extent: Extent, name: str) -> Story:
    """Return the story of a node."""
    random = Random(f"{extent.seed} {name}")
    starts_us = round(random.uniform(1, _START_S) * SECOND_US)
    return Story(starts_us, _changes(extent, random), _cuts(extent, random, starts_us))


def outage_us(extent: Extent) -> tuple[int, int]:
    """Return begin and end of the gateway's outage, a good half into the time."""
    begin_us = round(extent.ends_us * 0.55)
    return begin_us, begin_us + round(extent.outage_s * SECOND_US)


def _changes(extent: Extent, random: Random) -> list[int]:
    moments: list[float] = []
    day_s = 0.0
    while day_s < extent.days * DAY_S:
        bursts = random.random() < _BURSTS_PER_DAY
        sessions = random.randint(*_SESSIONS_PER_DAY) - (_BURST_SESSIONS if bursts else 0)
        moments += [day_s + random.uniform(HOUR_S, DAY_S) for _ in range(2 * sessions)]
        if bursts:
            begin_s = day_s + random.uniform(HOUR_S, DAY_S - _BURST_S)
            moments += [begin_s + random.uniform(0, _BURST_S) for _ in range(2 * _BURST_SESSIONS)]
        day_s += DAY_S
    found: list[int] = []
    for moment_s in sorted(moments):
        t_us = round(moment_s * SECOND_US)
        if moment_s < extent.days * DAY_S and (not found or t_us - found[-1] >= _LEAST_S * SECOND_US):
            found.append(t_us)
    return found


def _cuts(extent: Extent, random: Random, starts_us: int) -> list[Cut]:
    found = []
    at_s = starts_us / SECOND_US
    while extent.cuts_per_day:
        at_s += random.expovariate(extent.cuts_per_day / DAY_S)
        if at_s > extent.days * DAY_S - HOUR_S:
            break
        brown_out = random.random() < 0.5
        away_s = random.uniform(*_BROWN_OUT_S) if brown_out else random.uniform(*_POWER_CUT_S)
        cut = Cut(
            round(at_s * SECOND_US),
            random.choices(("asleep", "storage", "air"), (1, 5, 4))[0],
            brown_out,
            random.randint(1, _MOST_OPERATIONS),
            round(random.uniform(0, _ON_AIR_S) * SECOND_US),
            round(away_s * SECOND_US),
        )
        found.append(cut)
    return found
