"""The share of time a gateway may be on air in each sub-band, counted over the last hour."""

from collections import deque
from dataclasses import dataclass, field

_HOUR_US = 3_600_000_000


@dataclass
class SubBand:
    """One sub-band and what was sent in it."""

    low_hz: int
    high_hz: int
    permille: int
    sent: deque[tuple[int, int]] = field(default_factory=deque)  # start, airtime [µs]

    def holds(self, freq_hz: int) -> bool:
        """Tell whether a frequency lies in it."""
        return self.low_hz <= freq_hz < self.high_hz

    def used_us(self, at_us: int) -> int:
        """Return the time on air in the hour before a time [µs]."""
        while self.sent and self.sent[0][0] <= at_us - _HOUR_US:
            self.sent.popleft()
        return sum(airtime_us for _, airtime_us in self.sent)

    def allows(self, at_us: int, airtime_us: int) -> bool:
        """Tell whether a frame more stays within the share."""
        return self.used_us(at_us) + airtime_us <= _HOUR_US // 1000 * self.permille


def eu868_bands() -> list[SubBand]:
    """Return the sub-bands of EN 300 220-2 as LoRaMac's RegionEU868.c has them (lorawan.md §5)."""
    return [
        SubBand(863_000_000, 865_000_000, 1),
        SubBand(865_000_000, 868_000_000, 10),
        SubBand(868_000_000, 868_600_000, 10),
        SubBand(868_700_000, 869_200_000, 1),
        SubBand(869_400_000, 869_650_000, 100),
        SubBand(869_700_000, 870_000_000, 10),
    ]
