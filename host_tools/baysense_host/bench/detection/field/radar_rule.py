"""When the radar of the recorded bays is sure (the recordings' own rule)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EMPTY, VEHICLE, UNSURE = 0, 1, 2  # as in held.STATES
SURE = (EMPTY, VEHICLE)
_VEHICLE_GATE, _EMPTY_GATE = 25, 12  # strongest gate: a vehicle from here on, an empty bay below


def words(gates: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return what each row's gates say."""
    strongest = gates.max(axis=1)
    said: NDArray[np.int8] = np.select(
        [strongest >= _VEHICLE_GATE, strongest < _EMPTY_GATE], [VEHICLE, EMPTY], UNSURE
    )
    return said.astype(np.int8)


def changes(said: NDArray[np.int8]) -> int:
    """Return how often the word changes; between the two thresholds the last sure one holds."""
    sure = said[said != UNSURE]
    return int((np.diff(sure) != 0).sum())


@dataclass(frozen=True)
class GateRanger:
    """The recorded radar as a range sensor."""

    t_s: NDArray[np.float64]
    said: NDArray[np.int8]

    def vehicle_above(self, t_s: float, rng: np.random.Generator) -> tuple[bool | None, bool]:
        """Return what the row says that holds at a time."""
        said = self.said[max(int(np.searchsorted(self.t_s, t_s, side="right")) - 1, 0)]
        return (None if said == UNSURE else bool(said == VEHICLE)), False
