"""Recorded sweeps of a pulsed coherent radar: ten range gates and what stood over the sensor."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baysense.core.radar import GATES
from baysense_host.bench.detection.data import recordings
from baysense_host.errors import ToolError

EMPTY, VEHICLE, EMPTY_DISTURBED, VEHICLE_DISTURBED = 1, 2, 3, 4  # labels of the recordings
LABELS = (EMPTY, VEHICLE, EMPTY_DISTURBED, VEHICLE_DISTURBED)
LABEL_NAMES = ("empty", "vehicle", "empty, interference", "vehicle, interference")
VEHICLES = (VEHICLE, VEHICLE_DISTURBED)
_COLUMNS = [*(f"gate{number}" for number in range(GATES)), "label"]
_HINT = f"a recording of sweeps has the columns {', '.join(_COLUMNS)} and nothing but numbers in them"


@dataclass(frozen=True)
class Sweeps:
    """One recording, in order of time."""

    name: str
    gates: NDArray[np.int32]  # [n, GATES]
    labels: NDArray[np.int8]  # [n]

    @property
    def runs(self) -> NDArray[np.int64]:
        """Return for each sweep the number of its run: the sweeps on end of one label."""
        return np.concatenate(([0], np.cumsum(np.diff(self.labels) != 0)))


def all_sweeps() -> list[Sweeps]:
    """Return every recording of sweeps at hand."""
    return [read_sweeps(path) for path in recordings("radar_sweeps*.csv")]


def read_sweeps(path: Path) -> Sweeps:
    """Read a recording.

    Raises:
        ToolError: The file is no recording of sweeps.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        try:
            table = np.array([[float(row[column]) for column in _COLUMNS] for row in rows])
        except (KeyError, TypeError, ValueError, UnicodeDecodeError) as e:
            raise ToolError(f"{path} is no recording of radar sweeps", _HINT) from e
    if not len(table) or not np.isin(table[:, -1], LABELS).all() or not np.isfinite(table).all():
        raise ToolError(f"{path} has no sweeps, or labels other than 1 to {len(LABELS)}", _HINT)
    return Sweeps(path.name, np.rint(table[:, :-1]).astype(np.int32), table[:, -1].astype(np.int8))
