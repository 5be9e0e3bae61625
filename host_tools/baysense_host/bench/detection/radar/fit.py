"""Fit the firmware's radar classifier: logistic regression over limited gates, frozen as whole numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baysense.core.radar import NEAR_GATES, UNIT
from baysense_host.bench.detection.radar.blocks import blocks, is_tuning
from baysense_host.bench.detection.radar.sweeps import EMPTY_DISTURBED, LABELS, VEHICLE_DISTURBED, VEHICLES, Sweeps
from baysense_host.errors import ToolError

# A gate is limited to this part of what it reads when the bay is empty under interference [percent]: above, it is a
# vehicle anyway, and a regression that looks at strong echoes loses the weak ones.
_LOWEST_PERCENT, _HIGHEST_PERCENT = 50, 140
_RIDGE = 50.0  # pull of every weight towards zero, in sweeps; 5 to 200 do alike on tuning blocks left out
_STEPS = 12  # Newton's method is there after eight
_FALSE_SHARE = 0.02  # of empty sweeps under interference may be called a vehicle: the mark
_MISSED_SHARE = 0.03  # of vehicles under interference may be called empty: the mark

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """The numbers of `baysense.core.radar`, in the order in which they stand there."""

    lowest: tuple[int, ...]
    highest: tuple[int, ...]
    weights: tuple[int, ...]
    strongest: int
    second: int
    weakest: int
    bias: int
    vehicle_from: int
    empty_below: int

    def text(self) -> str:
        """Return the lines that belong into core/radar.py."""
        return "\n".join(
            (
                f"LOWEST = {self.lowest}",
                f"HIGHEST = {self.highest}",
                f"WEIGHTS = {self.weights}",
                f"STRONGEST, SECOND, WEAKEST = {self.strongest}, {self.second}, {self.weakest}",
                f"BIAS = {self.bias}",
                f"VEHICLE_FROM = {self.vehicle_from}",
                f"EMPTY_BELOW = {self.empty_below}",
            )
        )


def fit(sweeps: Sweeps) -> Table:
    """Fit to the tuning blocks of a recording.

    Raises:
        ToolError: A label has no sweeps in the tuning blocks.
    """
    block = blocks(sweeps)
    tuning = is_tuning(block)
    gates, labels, block = sweeps.gates[tuning], sweeps.labels[tuning], block[tuning]
    if not np.isin(LABELS, labels).all():
        raise ToolError(f"{sweeps.name} lacks one of the labels {LABELS}", "tune on a recording that has all four")
    lowest, highest = _limits(gates[labels == EMPTY_DISTURBED])
    shown = _features(gates, lowest, highest)
    vehicle_from, empty_below = _thresholds(_left_out(shown, labels, block), labels)
    *weights, strongest, second, weakest, bias = (int(value) for value in np.rint(UNIT * _regression(shown, labels)))
    return Table(
        lowest, highest, tuple(weights), strongest, second, weakest, bias, vehicle_from, empty_below
    )  # fmt: skip


def _limits(empty: NDArray[np.int32]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the lowest and the highest value of each gate that counts."""
    usual = np.median(empty, axis=0).astype(int)
    return (
        tuple(int(value) for value in usual * _LOWEST_PERCENT // 100),
        tuple(int(value) for value in usual * _HIGHEST_PERCENT // 100),
    )


def _features(gates: NDArray[np.int32], lowest: tuple[int, ...], highest: tuple[int, ...]) -> Array:
    """Return what the firmware weighs: limited gates, the two strongest and the weakest of the far ones."""
    limited = np.clip(gates, lowest, highest).astype(float)
    far = np.sort(limited[:, NEAR_GATES:], axis=1)
    return np.column_stack((limited, far[:, -1], far[:, -2], far[:, 0]))


def _regression(shown: Array, labels: NDArray[np.int8]) -> Array:
    """Return the weights and, last, the bias; all four labels count alike."""
    centre, spread = shown.mean(0), shown.std(0)
    scaled = np.column_stack(((shown - centre) / spread, np.ones(len(shown))))
    weight = _label_weights(labels)
    vehicle = np.isin(labels, VEHICLES)
    pull = np.append(np.full(shown.shape[1], _RIDGE), 0.0)
    found = np.zeros(scaled.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-scaled @ found))
        slope = scaled.T @ (weight * (chance - vehicle)) + pull * found
        curve = (scaled * (weight * chance * (1 - chance))[:, None]).T @ scaled + np.diag(pull)
        found -= np.linalg.solve(curve, slope)
    weights = found[:-1] / spread
    return np.append(weights, found[-1] - weights @ centre)


def _label_weights(labels: NDArray[np.int8]) -> Array:
    """Return weights with which all labels have the same sum, one a sweep on average."""
    counts = np.bincount(labels, minlength=max(LABELS) + 1)
    weights: Array = len(labels) / len(LABELS) / counts[labels]
    return weights


def _left_out(shown: Array, labels: NDArray[np.int8], block: NDArray[np.int64]) -> Array:
    """Return the score of every sweep by a fit that did not see its block [UNIT]."""
    scores = np.zeros(len(labels))
    for number in np.unique(block):
        out = block == number
        found = _regression(shown[~out], labels[~out])
        scores[out] = UNIT * (shown[out] @ found[:-1] + found[-1])
    return scores


def _thresholds(scores: Array, labels: NDArray[np.int8]) -> tuple[int, int]:
    """Return from where on it is a vehicle and below what empty, so that both errors stay below their marks."""
    vehicle_from = int(np.quantile(scores[labels == EMPTY_DISTURBED], 1 - _FALSE_SHARE)) + 1
    empty_below = int(np.quantile(scores[labels == VEHICLE_DISTURBED], _MISSED_SHARE))
    if empty_below > vehicle_from:  # parted better than the marks want: nothing needs to be left open
        vehicle_from = empty_below = (empty_below + vehicle_from) // 2
    return vehicle_from, empty_below
