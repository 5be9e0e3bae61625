"""What other values of the detector's numbers do to the tuning sites and to the first weeks of recorded bays."""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from typing import Any

from baysense.core import tuning
from baysense_host.bench.detection.contenders import CONTENDERS, OWN
from baysense_host.bench.detection.field.bays import balanced, compared, read_bay
from baysense_host.bench.detection.metrics import (
    ASKED,
    CROSS_TALK,
    FALSE,
    OURS,
    PRECISION,
    RECALL,
    UNKNOWN,
    Metric,
    chosen,
)
from baysense_host.bench.detection.score import Score, judge
from baysense_host.bench.detection.tuning.collect import recorded_bays, tell_of_recordings
from baysense_host.bench.detection.tuning.sites import drawn, first_weeks, scales, simulated
from baysense_host.bench.report import Tell, silent
from baysense_host.errors import ToolError

Numbers = dict[str, int]  # what is different from core/tuning.py; nothing is the detector as it is

MEASURES: dict[str, tuple[str | None, Metric]] = {
    "S1 recall": ("S1", RECALL),
    "S1 precision": ("S1", PRECISION),
    "S2 cross-talk": ("S2", CROSS_TALK),
    "S3 false": ("S3", FALSE),
    "S8 recall": ("S8", RECALL),
    "unknown": (None, UNKNOWN),
    "asked": (None, ASKED),
}
_SCENARIOS = ("S1", "S2", "S3", "S8")
_ASKED = re.compile(r"(?P<name>\w+)=(?P<low>-?\d+):(?P<high>-?\d+):(?P<step>\d+)")


@dataclass
class Effect:
    """What came of one trial."""

    numbers: Numbers
    scores: list[Score] = field(default_factory=list)
    agreements: dict[str, float] = field(default_factory=dict)  # balanced, by recorded bay; magnetometer only

    @property
    def agreement(self) -> float | None:
        """Return the mean over the recorded bays, None without any."""
        return mean(self.agreements.values()) if self.agreements else None

    def measured(self, contender: str) -> dict[str, float | None]:
        """Return all measures of one of ours, in their units."""
        found = {}
        for what, (scenario, metric) in MEASURES.items():
            value = metric.over(chosen(self.scores, contender, scenario)).value
            found[what] = None if value is None else value * metric.factor
        return found

    def as_record(self) -> dict[str, Any]:
        """Return it as it stands in the file."""
        return {
            "numbers": self.numbers,
            "simulated": {contender: self.measured(contender) for contender in OWN},
            "agreements": self.agreements,
            "agreement": self.agreement,
        }


def asked(text: str) -> list[Numbers]:
    """Return the trials of NAME=LOW:HIGH:STEP, both ends included.

    Raises:
        ToolError: It is no such text, or core/tuning.py has no such number.
    """
    found = _ASKED.fullmatch(text)
    if found is None or int(found["low"]) > int(found["high"]) or not int(found["step"]):
        raise ToolError(f"{text} is not NAME=LOW:HIGH:STEP.", "For example SURE_Q4=40:60:4.")
    name, known = found["name"], _numbers()
    if name not in known:
        near = get_close_matches(name, known, 3)
        hint = f"Perhaps {' or '.join(near)}?" if near else "firmware/baysense/core/tuning.py lists them."
        raise ToolError(f"The detector has no number {name}.", hint)
    values = range(int(found["low"]), int(found["high"]) + 1, int(found["step"]))
    return [{name: value} for value in values]


def sweep(trials: Sequence[Numbers], tell: Tell = silent, quick: bool = False) -> list[Effect]:
    """Try the detector as it is and with each trial's numbers; the tables stay those frozen."""
    tell_of_recordings(tell)
    effects = [Effect({}), *[Effect(numbers) for numbers in trials]]
    tasks = [*_recorded_tasks(effects), *_simulated_tasks(effects, quick)]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for task, found in zip(tasks, pool.map(_tried, tasks), strict=True):
            for effect, (scores, agreements) in zip(effects, found, strict=True):
                effect.scores += scores
                effect.agreements |= agreements
            tell(f"{task}: {len(effects)} trials")
    return effects


_Outcome = tuple[list[Score], dict[str, float]]


@dataclass(frozen=True)
class _Simulated:
    """The sites of one scenario and scale, drawn once for all trials."""

    scenario: str
    scale: float
    quick: bool
    trials: list[Numbers]

    def __str__(self) -> str:
        return f"{self.scenario}, moments x {self.scale:g}"

    def __call__(self) -> list[_Outcome]:
        outcomes: list[_Outcome] = [([], {}) for _ in self.trials]
        for site in map(drawn, simulated(self.scenario, self.scale, self.quick)):
            for numbers, (scores, _) in zip(self.trials, outcomes, strict=True):
                with using(numbers):
                    for name in OWN:
                        contender, use_range = CONTENDERS[name]
                        scores.append(judge(site, contender(site, use_range), name))
        return outcomes


@dataclass(frozen=True)
class _Recorded:
    """The first weeks of a recorded bay."""

    path: Path
    trials: list[Numbers]

    def __str__(self) -> str:
        return f"the first weeks of {self.path.stem}"

    def __call__(self) -> list[_Outcome]:
        bay = read_bay(self.path)
        contender, use_range = CONTENDERS[OURS]
        outcomes: list[_Outcome] = []
        for numbers in self.trials:
            with using(numbers):
                watch = contender(first_weeks(bay), use_range)
            outcomes.append(([], {bay.name: balanced(compared(bay, watch, bay.tuning).sum(0))}))
        return outcomes


@contextmanager
def using(numbers: Numbers) -> Iterator[None]:
    """Let the detector have other numbers."""
    before = {name: getattr(tuning, name) for name in numbers}
    try:
        for name, value in numbers.items():
            setattr(tuning, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(tuning, name, value)


def _numbers() -> list[str]:
    return [name for name, value in vars(tuning).items() if type(value) is int and name.isupper()]


def _recorded_tasks(effects: Sequence[Effect]) -> list[_Recorded]:
    return [_Recorded(path, [effect.numbers for effect in effects]) for path in recorded_bays()]


def _simulated_tasks(effects: Sequence[Effect], quick: bool) -> list[_Simulated]:
    trials = [effect.numbers for effect in effects]
    return [_Simulated(scenario, scale, quick, trials) for scenario in _SCENARIOS for scale in scales(quick)]


def _tried(task: _Simulated | _Recorded) -> list[_Outcome]:
    return task()
