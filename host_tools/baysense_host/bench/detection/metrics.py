"""What is read off scores: each metric is a ratio of two sums over sites (detection.md §6.1)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from baysense_host.bench.detection.bootstrap import Ratio, ratio
from baysense_host.bench.detection.score import Score

_DAY_S = 86_400.0
OURS, CONFIRMED, FIXED, ATDA = "ours, magnetometer only", "ours, with confirmation", "fixed threshold", "ATDA"
CONTENDERS = (CONFIRMED, OURS, FIXED, ATDA)  # in the order of the page


@dataclass(frozen=True)
class Metric:
    """One number of a group of sites."""

    what: str
    count: Callable[[Score], float]
    of: Callable[[Score], float]
    unit: str
    factor: float = 1.0
    share: bool = False
    better: Literal["low", "high", ""] = "low"

    def over(self, scores: Sequence[Score]) -> Ratio:
        """Return the ratio of the sums and its interval, not multiplied by the factor."""
        return ratio([self.count(score) for score in scores], [self.of(score) for score in scores], self.share)


def _watched(score: Score) -> float:
    return sum(score.total_s.values()) / _DAY_S


def _right(score: Score) -> float:
    return sum(score.right_s.values()) / _DAY_S


def _days(score: Score) -> float:
    return score.days


def _true(score: Score) -> float:
    return score.true_events


def _extra_messages(score: Score) -> float:
    return max(score.messages - score.true_events, 0)


RECALL = Metric("recall of events", lambda score: score.matched_true, _true, "%", 100, True, "high")
PRECISION = Metric(
    "precision of events", lambda score: score.matched_told, lambda score: score.told_events, "%", 100, True, "high"
)
MISSED = Metric("missed events", lambda score: score.missed, _true, "%", 100, True)
WRONG_MISSES = Metric("missed, wrong state held", lambda score: score.missed_wrong, _true, "%", 100, True)
FALSE = Metric("false changes a bay-day", lambda score: score.false_changes, _days, "/d")
FALSE_FREE = Metric("… while free", lambda score: score.false_free, _days, "/d")
FALSE_OCCUPIED = Metric("… while occupied", lambda score: score.false_occupied, _days, "/d")
CROSS_TALK = Metric(
    "false changes per 100 neighbour movements",
    lambda score: score.cross_talk,
    lambda score: score.neighbour_movements,
    "/100",
    100,
)
# The movement before a false change bears the blame, however long ago; a visit that flips there and back counts once.
FLIPPED = Metric(
    "movements beside that flipped the state",
    lambda score: score.flipped_movements,
    lambda score: score.neighbour_movements,
    "%",
    100,
    True,
)
RIGHT = Metric("time told rightly", _right, _watched, "%", 100, True, "high")
UNKNOWN = Metric("time told unknown", lambda score: score.unknown_s / _DAY_S, _watched, "%", 100, True, "")
FALSE_A_SITE = Metric("false changes a window", lambda score: score.false_changes, lambda score: 1, "")
EXTRA = Metric("messages a bay-day beyond true changes", _extra_messages, _days, "/d")
ASKED = Metric("range sensor asked, a bay-day", lambda score: score.asked, _days, "/d", better="")
WAKES = Metric("wakes a bay-day", lambda score: score.wakes, _days, "/d", better="")

SHOWN = (
    RECALL, PRECISION, WRONG_MISSES, FALSE, FALSE_FREE, FALSE_OCCUPIED, CROSS_TALK, RIGHT, UNKNOWN, EXTRA, ASKED,
    WAKES,
)  # fmt: skip
SHOWN_OF_WINDOWS = (RECALL, PRECISION, WRONG_MISSES, FALSE_A_SITE, RIGHT, UNKNOWN)
SHOWN_BY_SCALE = (RECALL, PRECISION, FALSE, CROSS_TALK, RIGHT)


def chosen(
    scores: Iterable[Score],
    contender: str | None = None,
    scenario: str | None = None,
    scale: float | None = None,
) -> list[Score]:
    """Return the scores of a contender, a scenario, a scale; None: of any."""
    return [
        score
        for score in scores
        if contender in (None, score.contender)
        and scenario in (None, score.scenario)
        and scale in (None, score.scale)
    ]


def scenarios(scores: Iterable[Score]) -> list[str]:
    """Return the scenarios there are, in order of their numbers."""
    return sorted({score.scenario for score in scores}, key=in_order)


def in_order(name: str) -> tuple[str, int, str]:
    """Return what sorts scenarios: S2 before S10, and the S of detection.md before our own X."""
    return name[0], int(name.split()[0][1:]), name
