"""What the chips at one bay can sense. Time is integer µs since the start of the simulation."""

from typing import Protocol

FOREVER_US = 1 << 62  # "nothing moves any more": later than any simulation ends

Vector = tuple[float, float, float]


class Environment(Protocol):
    """The true surroundings of one sensor; chips add their own errors."""

    def field_ut(self, t_us: int) -> Vector:
        """Return the field along the bay, across it and down [µT]."""

    def temperature_c(self, t_us: int) -> float:
        """Return the temperature of the die in its housing [°C]."""

    def quiet_until_us(self, t_us: int) -> int:
        """Return until when the field only drifts [µs]; `t_us` itself while something moves."""

    def clearance_mm(self, t_us: int) -> int | None:
        """Return the height of the vehicle floor above the sensor window [mm], None = open sky."""
