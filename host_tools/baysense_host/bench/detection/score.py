"""What a contender's watch of a site is worth, in counts and seconds that can be added over sites."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.events import EARLY_S, LATE_S, Event, Pairing, pair, told_events, true_events
from baysense_host.bench.detection.held import STATES, Held, Truth
from baysense_host.bench.detection.scene import Scene, scene
from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE, Site
from baysense_host.bench.detection.watch import Decision, Watch

_DAY_S = 86_400.0
NO_EXCUSE = "calibrating"  # every node tells it when it gets its supply
_SCENES = 3  # pictures of one site's failures: more of the same teach nothing


@dataclass(frozen=True)
class Failure:
    """What went wrong at a site, when, and how the field was around it."""

    t_s: float
    what: str
    scene: Scene | None = None  # None: not kept


@dataclass
class Score:
    """One contender at one site."""

    scenario: str
    scale: float
    site: str
    contender: str
    days: float
    noise_seed: int = 0
    true_events: int = 0
    matched_true: int = 0
    missed_wrong: int = (
        0  # of those missed: the wrong state was held on; else it was `unknown`, or right without an event
    )
    told_events: int = 0
    matched_told: int = 0
    late: int = 0  # told after the window: neither matched nor a false change
    false_free: int = 0  # false changes while the bay was free; a flip there and back is two
    false_occupied: int = 0
    true_kinds: dict[str, int] = field(default_factory=dict)  # true events by kind
    false_kinds: dict[str, int] = field(default_factory=dict)  # false changes by kind
    latencies_s: dict[str, list[float]] = field(
        default_factory=dict
    )  # by kind: known less happened, of those matched
    confusion_s: NDArray[np.float64] = field(
        default_factory=lambda: np.zeros((1, 2, 3))
    )  # hour, truth, state: STATES
    wrong_longest_s: float = 0.0
    silently_wrong_s: float = 0.0  # the same from a day after the site's accident on, until a fault is told
    neighbour_movements: int = 0
    cross_talk: int = 0  # false changes within the window of a neighbour's movement
    flipped_movements: int = 0  # neighbours' movements that some false change followed: each once, however many did
    messages: int = 0
    asked: int = 0
    wakes: int = 0
    reliability: list[tuple[float, bool]] = field(default_factory=list)  # each known state told: confidence, right
    beats: list[tuple[float, bool]] = field(default_factory=list)  # the same of each heartbeat
    failures: list[Failure] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # code names of all that were told
    faults_missing: list[str] = field(default_factory=list)

    @property
    def missed(self) -> int:
        """Return how many true events were not told within the window."""
        return self.true_events - self.matched_true

    @property
    def false_changes(self) -> int:
        """Return how many told events answer nothing."""
        return self.false_free + self.false_occupied

    @property
    def total_s(self) -> dict[str, float]:
        """Return how long the bay was free and occupied."""
        return {state: float(self.confusion_s[:, i].sum()) for i, state in enumerate(STATES[:2])}

    @property
    def right_s(self) -> dict[str, float]:
        """Return how long of that the contender said so."""
        return {state: float(self.confusion_s[:, i, i].sum()) for i, state in enumerate(STATES[:2])}

    @property
    def unknown_s(self) -> float:
        """Return how long the contender did not know."""
        return float(self.confusion_s[:, :, STATES.index("unknown")].sum())


def judge(site: Site, watch: Watch, contender: str, scenes: bool = False) -> Score:
    """Score a watch of a site whose truth is known; `scenes` keeps the field around its first failures."""
    true, told = true_events(site.changes), told_events(watch.decisions)
    pairing = pair(true, told)
    truth, held = Truth(site.changes, site.occupied_at_start), Held(watch.decisions)
    score = Score(
        scenario=site.scenario,
        scale=site.scale,
        site=site.name,
        contender=contender,
        days=site.days,
        noise_seed=site.noise_seed,
        true_events=len(true),
        matched_true=len(pairing.pairs),
        told_events=len(told),
        matched_told=len(pairing.pairs),
        late=len(pairing.late),
        true_kinds=_kinds(true),
        false_kinds=_kinds(pairing.false),
        latencies_s=_latencies_s(pairing),
        neighbour_movements=len(site.neighbours_s),
        messages=watch.messages,
        asked=watch.asked,
        wakes=watch.wakes,
        faults=sorted({name for _, name in watch.faults}),
    )
    end_s = site.days * _DAY_S
    score.confusion_s, score.wrong_longest_s = held.against(truth, end_s)
    score.reliability = [
        (decision.confidence, _right(decision, truth, pairing))
        for decision in watch.decisions
        if decision.state != "unknown"
    ]
    score.beats = [
        (sure, held.at(t_s) == truth.at(t_s)) for t_s, sure in watch.confidences if held.at(t_s) != "unknown"
    ]
    _blame(score, site, truth, held, pairing)
    _miss_faults(score, site, watch)
    _stay_wrong(score, site, watch, truth, held)
    if scenes:
        score.failures = _pictured(score.failures, site, watch)
    return score


def _kinds(events: Sequence[Event]) -> dict[str, int]:
    return {kind: sum(event.kind == kind for event in events) for kind in (ARRIVAL, DEPARTURE)}


def _latencies_s(pairing: Pairing) -> dict[str, list[float]]:
    return {
        kind: [told.t_s - true.t_s for true, told in pairing.pairs if true.kind == kind]
        for kind in (ARRIVAL, DEPARTURE)
    }


def _right(decision: Decision, truth: Truth, pairing: Pairing) -> bool:
    """Return whether a known state was right when told; one about to become so is, a swap that was none is not."""
    if decision.swap and any(event.swap and event.t_s == decision.told_s for event in pairing.false):
        return False
    return decision.state in (truth.at(decision.told_s), truth.at(decision.told_s + EARLY_S))


def _blame(score: Score, site: Site, truth: Truth, held: Held, pairing: Pairing) -> None:
    """Note what was missed and what was told falsely."""
    neighbours_s = sorted(site.neighbours_s)
    for event in pairing.missed:
        state, wanted = held.at(event.t_s + LATE_S), truth.at(event.t_s)
        # A next vehicle within the window hides how this one ended; then the state just before it counts.
        follows_s = truth.next_s(event.t_s)
        if follows_s <= event.t_s + LATE_S:
            state = held.at(follows_s - 0.001)
        score.missed_wrong += state not in (wanted, "unknown")
        score.failures.append(Failure(event.t_s, f"missed {_named(event)}, held {state}"))
    followed = set()
    for event in pairing.false:
        followed.add(bisect_right(neighbours_s, event.t_s + EARLY_S))  # the movement before, however long ago
        beside = _near(neighbours_s, event.t_s)
        score.cross_talk += beside
        free = truth.at(event.t_s) == "free"
        score.false_free += free
        score.false_occupied += not free
        cause = " at a neighbour's movement" if beside else ""
        score.failures.append(Failure(event.t_s, f"false {_named(event)}{cause}"))
    score.flipped_movements = len(followed)
    score.failures.sort(key=lambda failure: failure.t_s)


def _named(event: Event) -> str:
    return f"{event.kind} of a swap" if event.swap else event.kind


def _near(neighbours_s: Sequence[float], t_s: float) -> bool:
    """Return whether a neighbour moved so shortly before that it may be the reason."""
    place = bisect_right(neighbours_s, t_s + EARLY_S)
    return place > 0 and neighbours_s[place - 1] >= t_s - LATE_S


def _miss_faults(score: Score, site: Site, watch: Watch) -> None:
    """Note the faults that should have been reported in time and were not."""
    in_time = {name for t_s, name in watch.faults if t_s <= site.fault_within_s}
    score.faults_missing = [name for name in site.expected_faults if name not in in_time]
    for name in score.faults_missing:
        score.failures.append(Failure(site.fault_within_s, f"fault {name} not reported"))


def _stay_wrong(score: Score, site: Site, watch: Watch, truth: Truth, held: Held) -> None:
    """Note how long on end a wrong state is held from a day after the accident on while no fault was told."""
    if site.accident_s is None:
        return
    told_s = [t_s for t_s, name in watch.faults if t_s >= site.accident_s and name != NO_EXCUSE]
    from_s, until_s = site.accident_s + _DAY_S, min([*told_s, site.days * _DAY_S])
    start_s, score.silently_wrong_s = held.wrong_longest(truth, from_s, until_s)
    if score.silently_wrong_s > LATE_S:
        score.failures.append(Failure(start_s, "silently wrong, a day and more after the accident"))


def _pictured(failures: Sequence[Failure], site: Site, watch: Watch) -> list[Failure]:
    """Return the failures, the first ones with their scenes."""
    kept = [failure.t_s for failure in failures[:_SCENES]]
    scenes = scene(site, watch, kept)
    return [Failure(one.t_s, one.what, view) for one, view in zip(failures, scenes, strict=False)] + list(
        failures[_SCENES:]
    )
