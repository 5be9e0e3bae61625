"""Wake budget: deviation wakes that found nothing raise the wake threshold stepwise; calm lowers it.

A wake costs some 50 mC, so 1000 cars a day in the lane would double the consumption of a node.
Pure: the caller gives the time [s].
"""

import struct

_FACTORS_PERCENT = (100, 140, 200, 280, 400)  # 2 uT up to 8 uT; an arrival peaks above 12 uT
_SCORE_UP = 8  # fruitless wakes in excess of the allowance that cost one step
_PARDON_S = 1800  # one fruitless wake in half an hour is within the allowance (48 a day)
_CALM_S = 7200  # so long without a fruitless wake takes one step back
_FORMAT = "<BBIIH"
_VERSION = 1


class WakeBudget:
    """Count deviation wakes and say which threshold they justify."""

    level: int  # step reached, 0 = base threshold
    fruitless: int  # fruitless wakes ever, wraps at 2^16

    def __init__(self, retained: bytes | None = None) -> None:
        """Take up a dump() again, or start fresh when there is none that fits."""
        self.level = self._score = self._pardoned_s = self._last_s = self.fruitless = 0
        if retained and len(retained) == struct.calcsize(_FORMAT) + 1 and retained[0] == _VERSION:
            fields = struct.unpack_from(_FORMAT, retained, 1)
            self.level, self._score, self._pardoned_s, self._last_s, self.fruitless = fields
            self.level = min(self.level, len(_FACTORS_PERCENT) - 1)

    @property
    def storm(self) -> bool:
        """Tell whether the highest threshold still lets too many wakes through."""
        return self.level == len(_FACTORS_PERCENT) - 1 and self._score >= _SCORE_UP

    def wake(self, fruitful: bool, clock_s: int) -> None:
        """Count one deviation wake at device time [s]."""
        self.decay(clock_s)
        if fruitful:
            return
        self.fruitless = (self.fruitless + 1) & 0xFFFF
        self._last_s = clock_s
        self._score = min(self._score + 1, _SCORE_UP)
        if self._score >= _SCORE_UP and self.level < len(_FACTORS_PERCENT) - 1:
            self.level += 1
            self._score = 0

    def decay(self, clock_s: int) -> None:
        """Forgive what lies back long enough; call at every wake with device time [s]."""
        if clock_s < self._last_s or clock_s < self._pardoned_s:  # the clock restarted
            self._last_s = self._pardoned_s = clock_s
        pardons = (clock_s - self._pardoned_s) // _PARDON_S
        self._pardoned_s += pardons * _PARDON_S
        self._score = max(0, self._score - pardons)
        steps = min(self.level, (clock_s - self._last_s) // _CALM_S)
        self.level -= steps
        self._last_s += steps * _CALM_S

    def threshold_nt(self, base_nt: int) -> int:
        """Return the wake threshold to set now [nT]."""
        return base_nt * _FACTORS_PERCENT[self.level] // 100

    def dump(self) -> bytes:
        """Return 13 bytes for the constructor of the next wake."""
        body = (self.level, self._score, self._pardoned_s, self._last_s, self.fruitless)
        return bytes((_VERSION,)) + struct.pack(_FORMAT, *body)
