"""How the frozen classifier does on the sweeps that did not tune it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from baysense.core.confirm import ABSENT, PRESENT, UNSURE
from baysense.core.radar import burst, vehicle
from baysense_host.bench.detection.bootstrap import Ratio, ratio
from baysense_host.bench.detection.radar.blocks import unseen
from baysense_host.bench.detection.radar.passages import passages
from baysense_host.bench.detection.radar.sweeps import EMPTY, LABELS, Sweeps

WORDS = (PRESENT, ABSENT, UNSURE)  # columns of the counts
ONE, TWO_OF_THREE, TOGETHER = "one sweep", "two of three sweeps", "three sweeps together"
STRONGEST_GATE = "strongest gate only"  # the baseline
WAYS = (ONE, TWO_OF_THREE, TOGETHER, STRONGEST_GATE)

_OFTEN = 3  # sweeps on end that a node takes when it asks
Words = NDArray[np.int64]


@dataclass(frozen=True)
class Said:
    """What was said in one way of the sweeps of one label."""

    way: str
    label: int
    counts: NDArray[np.int64]  # [passage, WORDS]: copies of one passage are one row

    def share(self, word: int) -> Ratio:
        """Return how often this was said, with its interval by passages drawn anew."""
        found = ratio(list(self.counts[:, WORDS.index(word)]), list(self.counts.sum(1)), share=True)
        if 0 < found.count < found.of:
            return found
        whole = [1.0] * len(self.counts)  # all or none of n: n is passages, whose sweeps are alike
        return replace(found, ci95=ratio(whole if found.count else [0.0] * len(whole), whole, share=True).ci95)


def judge(sweeps: Sweeps) -> list[Said]:
    """Return what was said of the unseen sweeps of a recording, every way and label."""
    judged, passage = unseen(sweeps), passages(sweeps)
    one_by_one = _each(sweeps, vehicle)
    first = _first_of_three(sweeps.runs)
    each = np.arange(len(sweeps.labels))
    said = (
        (ONE, each, one_by_one),
        (TWO_OF_THREE, first, _two_of_three(one_by_one, first)),
        (TOGETHER, first, _together(sweeps, first)),
        (STRONGEST_GATE, each, _strongest(sweeps)),
    )
    return [
        Said(way, label, _counts(words[kept], passage[rows[kept]]))
        for way, rows, words in said
        for label in LABELS
        if (kept := judged[rows] & (sweeps.labels[rows] == label)).any()
    ]


def pooled(said: Sequence[Said], way: str, label: int) -> Said:
    """Return what was said of one label in all recordings."""
    counts = [one.counts for one in said if (one.way, one.label) == (way, label)]
    return Said(way, label, np.concatenate(counts) if counts else np.zeros((0, len(WORDS)), np.int64))


def _each(sweeps: Sweeps, say: Callable[[list[int]], int]) -> Words:
    return np.array([say(gates) for gates in sweeps.gates.tolist()])


def _first_of_three(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of the sweeps that the next two go on from without a change of label."""
    return np.flatnonzero(runs[: -_OFTEN + 1] == runs[_OFTEN - 1 :])


def _two_of_three(words: Words, first: NDArray[np.int64]) -> Words:
    """Return what most of three sweeps say; unsure when they disagree."""
    three = words[first[:, None] + np.arange(_OFTEN)]
    most = [(three == word).sum(1) * 2 > _OFTEN for word in (PRESENT, ABSENT)]
    return np.select(most, [PRESENT, ABSENT], UNSURE)


def _together(sweeps: Sweeps, first: NDArray[np.int64]) -> Words:
    gates = sweeps.gates.tolist()
    return np.array([burst(gates[place : place + _OFTEN]) for place in first], np.int64)


def _strongest(sweeps: Sweeps) -> Words:
    """Return what one threshold says: above everything that the undisturbed empty bay shows, known in hindsight."""
    strongest = sweeps.gates.max(axis=1)
    highest = strongest[sweeps.labels == EMPTY].max(initial=0)
    return np.where(strongest > highest, PRESENT, ABSENT)


def _counts(words: Words, passage: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the words of each passage."""
    numbers, place = np.unique(passage, return_inverse=True)
    counts = np.zeros((len(numbers), len(WORDS)), np.int64)
    for column, word in enumerate(WORDS):
        np.add.at(counts[:, column], place[words == word], 1)
    return counts
