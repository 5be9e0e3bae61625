"""Join back-off of LoRaWAN 1.0.4 section 7: 36 s of air in the first hour, 36 s in the ten after, then 8.7 s a day.

Credit as in `duty`, full at the beginning of each of these times, so that requests spread over it: a network that is
back is found. It begins with power-on: the first hour holds a whole round of data rates at once.
"""

import struct

# (until [s] since the first request, cap [us], growth [us/s]): cap and growth make up what is allowed. The first cap
# is a round of SF7 to SF12, 3.06 s; later ones are one request at SF12, 1,482,752 us. Time counts in whole seconds:
# in the one in which a stage ends nothing is sent, so that it is clear on whose account it goes.
_STAGES = (
    (3600, 3_058_000, (36_000_000 - 3_058_000) // 3601),
    (3600 + 1, 0, 1),
    (11 * 3600, 1_483_000, (36_000_000 - 1_483_000) // 36001),
    (11 * 3600 + 1, 0, 1),
    (1 << 29, 1_483_000, (8_700_000 - 1_483_000) // 86401),
)
_UNIT_US = 1024
_FORMAT = "<iIHB"  # the first request may lie before a clock that restarted
SIZE_BYTES = struct.calcsize(_FORMAT)


class Backoff:
    """The join-requests so far, as dump() packed them; SIZE_BYTES of 0 when there was none."""

    def __init__(self, packed: bytes) -> None:
        self._first_s, self._seen_s, units, self.trials = struct.unpack(_FORMAT, packed)
        self._credit_us = units * _UNIT_US

    def wait_s(self, airtime: int, now_s: int) -> int:
        """Return how long to wait before a join-request of so much air time [us]."""
        if self.trials == 0:
            self._first_s = self._seen_s = now_s
            self._credit_us = _STAGES[0][1]
        self._pass(now_s)
        stage = self._stage(now_s)
        wait_s = max(0, -(-(airtime - self._credit_us) // stage[2]))
        return min(wait_s, stage[0] - (now_s - self._first_s))

    def pay(self, airtime: int) -> None:
        """Count a join-request that is about to be sent."""
        self._credit_us -= airtime
        self.trials = self.trials + 1 if self.trials < 255 else 1

    def dump(self) -> bytes:
        """Return SIZE_BYTES for the constructor."""
        return struct.pack(_FORMAT, self._first_s, self._seen_s, max(0, self._credit_us) // _UNIT_US, self.trials)

    def _stage(self, now_s: int) -> "tuple[int, int, int]":
        for stage in _STAGES:
            if now_s - self._first_s < stage[0]:
                return stage
        return _STAGES[-1]

    def _pass(self, now_s: int) -> None:
        """Let time pass, stage by stage; a clock that restarted starts the present stage's count anew."""
        if now_s < self._seen_s:
            self._first_s += now_s - self._seen_s
            self._seen_s = now_s
        while self._seen_s < now_s:
            until_s, cap_us, growth_us = self._stage(self._seen_s)
            ends_s = self._first_s + until_s
            to_s = min(now_s, ends_s)
            grown_us = self._credit_us + min(to_s - self._seen_s, 3600 * 24) * growth_us
            self._credit_us = self._stage(to_s)[1] if to_s == ends_s else min(cap_us, grown_us)
            self._seen_s = to_s
