"""How much of a signal arrives: path loss, fading, and the shadow under a vehicle."""

from random import Random
from typing import Protocol

_DEFAULT_LOSS_DB = 115.0  # some 1.5 km in a town at 868 MHz with the sensor in the ground [assumed]
_FADING_DB = 2.0  # standard deviation from frame to frame for a sensor that does not move [assumed]
# hardware-notes: 10-15 dB under a car. The lower the floor above the antenna, the more.
_LOW_FLOOR_MM, _HIGH_FLOOR_MM = 120, 320
_MOST_SHADOW_DB, _LEAST_SHADOW_DB = 15.0, 10.0


class Covered(Protocol):
    """Surroundings that know whether a vehicle stands above: world.environment.Environment."""

    def clearance_mm(self, t_us: int) -> int | None:
        """Return the height of the vehicle floor above the sensor window [mm], None = open sky."""


class PathLoss:
    """Loss between two places by a table, else the default; the same both ways."""

    def __init__(self, seed: int) -> None:
        self.default_db = _DEFAULT_LOSS_DB
        self.fading_db = _FADING_DB
        self._seed = seed
        self._table: dict[frozenset[str], float] = {}

    def set(self, one: str, other: str, loss_db: float) -> None:
        """Set the loss between two places [dB]."""
        self._table[frozenset((one, other))] = loss_db

    def db(self, sender: str, receiver: str) -> float:
        """Return the loss without fading [dB]."""
        return self._table.get(frozenset((sender, receiver)), self.default_db)

    def fading(self, sender: str, receiver: str, t_us: int) -> float:
        """Return what fading adds for the frame that began then [dB]: log-normal, the same in every run."""
        if not self.fading_db:
            return 0.0
        return Random(f"fading {self._seed} {sender} {receiver} {t_us}").gauss(0.0, self.fading_db)


def vehicle_shadow_db(place: Covered, t_us: int) -> float:
    """Return what a vehicle above a sensor takes from its signal [dB]."""
    clearance_mm = place.clearance_mm(t_us)
    if clearance_mm is None:
        return 0.0
    share = (clearance_mm - _LOW_FLOOR_MM) / (_HIGH_FLOOR_MM - _LOW_FLOOR_MM)
    return _MOST_SHADOW_DB - min(max(share, 0.0), 1.0) * (_MOST_SHADOW_DB - _LEAST_SHADOW_DB)
