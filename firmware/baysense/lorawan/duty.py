"""Air time as credit: it grows with time up to a cap, and what is sent is paid from it.

Cap and growth of an hour together are what is allowed in an hour, so no hour, wherever it begins, holds more. Credit
outlives deep sleep; a power cut loses it and the time that passed, and then it starts at nothing.
"""

import struct
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense.lorawan.contract import Channels

# Air time of the longest frame that a region allows at SF12, 64 bytes: 2,793,472 us.
_LEAST_CAP_US = 2_800_000
_FULL_S = 3600 * 48  # by then every cap is reached: at the least growth, 30 us/s, it takes 26 h
_UNIT_US = 1024  # in which credit is retained
_SLOTS = 7  # the bands of EU868, and one for all together
_FORMAT = "<I7H"
SIZE_BYTES = struct.calcsize(_FORMAT)

NEVER_S = 1 << 24


class Duty:
    """Credits of a region's bands, and of all its air time together once the network limits that."""

    def __init__(self, bands: "tuple[tuple[int, int, int], ...]", full: bool, now_s: int) -> None:
        self._bands = bands
        self._seen_s = now_s
        self._most = 0
        self._credit_us = array("i", [0] * _SLOTS)
        if full:
            self._grow(_FULL_S)

    def limit(self, most: int) -> None:
        """Keep all air time together to one part in 2^most, as DutyCycleReq says; 0: no limit."""
        self._most = most

    def wait_s(self, hz: int, airtime: int, now_s: int) -> int:
        """Return how long to wait before so much air time [us] may be used on a frequency; NEVER_S if never."""
        self._pass(now_s)
        wait_s = self._short_s(_SLOTS - 1, airtime) if self._most else 0
        if self._bands:
            band = self._band(hz)
            wait_s = max(wait_s, NEVER_S if band < 0 else self._short_s(band, airtime))
        return wait_s

    def free(self, channels: "Channels", rate: int, airtime: int, now_s: int) -> "tuple[list[int], int]":
        """Return the channels for a data rate that have so much air time left [us], and how long the first takes."""
        ready, least_s = [], NEVER_S
        for i in range(channels.count):
            if channels.carries(i, rate, channels.mask):
                wait_s = self.wait_s(channels.hz(i), airtime, now_s)
                least_s = min(least_s, wait_s)
                if wait_s == 0:
                    ready.append(i)
        return ready, least_s

    def pay(self, hz: int, airtime: int) -> None:
        """Take air time [us] that is about to be used from the credits."""
        band = self._band(hz)
        if band >= 0:
            self._credit_us[band] -= airtime
        if self._most:
            self._credit_us[_SLOTS - 1] -= airtime

    def dump(self) -> bytes:
        """Return SIZE_BYTES for load()."""
        return struct.pack(_FORMAT, self._seen_s, *[max(0, credit) // _UNIT_US for credit in self._credit_us])

    def load(self, data: bytes, now_s: int) -> None:
        """Take up what dump() returned."""
        found = struct.unpack(_FORMAT, data)
        self._seen_s = found[0]
        for slot in range(_SLOTS):
            self._credit_us[slot] = found[1 + slot] * _UNIT_US
        self._pass(now_s)

    def _band(self, hz: int) -> int:
        for band in range(len(self._bands)):
            if self._bands[band][0] <= hz < self._bands[band][1]:
                return band
        return -1

    def _cap_us(self, slot: int) -> int:
        if slot == _SLOTS - 1:
            return _LEAST_CAP_US
        return max(_LEAST_CAP_US, self._bands[slot][2] * 100)  # a tenth of the hour's

    def _growth_us(self, slot: int) -> int:
        """Return credit a second; that of one second less, since seconds are counted whole."""
        if slot == _SLOTS - 1:
            return 1_000_000 >> self._most
        return (self._bands[slot][2] * 1000 - self._cap_us(slot)) // 3601

    def _short_s(self, slot: int, airtime: int) -> int:
        if airtime > self._cap_us(slot):
            return NEVER_S
        growth_us = self._growth_us(slot)
        return max(0, (airtime - self._credit_us[slot] + growth_us - 1) // growth_us)

    def _pass(self, now_s: int) -> None:
        elapsed_s, self._seen_s = now_s - self._seen_s, now_s
        if elapsed_s > 0:  # else nothing, or the clock restarted
            self._grow(elapsed_s)

    def _grow(self, elapsed_s: int) -> None:
        elapsed_s = min(elapsed_s, _FULL_S)  # the product may pass 31 bits
        for slot in range(_SLOTS):
            if slot < len(self._bands) or slot == _SLOTS - 1:
                grown_us = self._credit_us[slot] + elapsed_s * self._growth_us(slot)
                self._credit_us[slot] = min(self._cap_us(slot), grown_us)
