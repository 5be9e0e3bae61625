"""When to try again to report: back-off with jitter, and a bound on the energy that failed tries may cost. Pure.

Back-off from 60 s, doubling to an hour, each time a quarter more or less: devices that lost their network together
do not come back together. Radio time of failed tries fills a leaky bucket: 84 s in a row and 84 s a day on average,
so that no day costs more than 168 s or some 24 C at the 130 mA of Wi-Fi: 0.2 % of a cell of 3 Ah. The next try
waits until the bucket has room for one as long as the last, but never longer than four hours, whatever it costs:
a network that is back is found. So the bound holds for tries of up to 14 s, what leaks in four hours; with longer
ones a day costs six of them on top of the 84 s.

Layout, little-endian, 13 bytes: due_s u32, when the bucket was looked at [s] u32, its level [ms] u32, failures u8.
"""

import struct

_FIRST_S = 60
_LONGEST_S = 3600
_MOST_S = 4 * 3600
_BUCKET_MS = 84_000
_DAY_S = 86_400  # in which a full bucket runs empty
_FORMAT = "<IIIB"


class Retry:
    """The tries that failed so far; `due_s` is when the next one may be."""

    def __init__(self, packed: bytes = b"") -> None:
        self.due_s = self.failures = self._seen_s = self._level_ms = 0
        if len(packed) == struct.calcsize(_FORMAT):
            self.due_s, self._seen_s, self._level_ms, self.failures = struct.unpack(_FORMAT, packed)

    def failed(self, now_s: int, radio_ms: int, random: int) -> None:
        """Count a try that had the radio on for so long; `random` is a byte of chance."""
        self._leak(now_s)
        self._level_ms = min(self._level_ms + radio_ms, 2 * _BUCKET_MS)  # what is beyond is not made up for
        self.failures = min(self.failures + 1, 255)
        wait_s = min(_FIRST_S << min(self.failures - 1, 6), _LONGEST_S)
        wait_s = wait_s * (192 + (random & 0xFF) // 2) // 256  # 3/4 to 5/4
        room_ms = max(0, _BUCKET_MS - radio_ms)
        over_ms = max(0, self._level_ms - room_ms)
        self.due_s = now_s + min(max(wait_s, (over_ms * _DAY_S + _BUCKET_MS - 1) // _BUCKET_MS), _MOST_S)

    def succeeded(self, now_s: int) -> None:
        """Forget the failures; what they cost stays in the bucket."""
        self._leak(now_s)
        self.failures = self.due_s = 0

    def allows(self, now_s: int) -> bool:
        """Tell whether it is time for the next try; a clock that restarted delays it by an hour at most."""
        if now_s < self._seen_s:
            self._restart(now_s)
        return now_s >= self.due_s

    def dump(self) -> bytes:
        """Return what has to be remembered; nothing when there is nothing to remember."""
        if not self.failures and not self._level_ms:
            return b""
        return struct.pack(_FORMAT, self.due_s, self._seen_s, self._level_ms, self.failures)

    def _leak(self, now_s: int) -> None:
        if now_s < self._seen_s:
            self._restart(now_s)
        self._level_ms = max(0, self._level_ms - (now_s - self._seen_s) * _BUCKET_MS // _DAY_S)
        self._seen_s = now_s

    def _restart(self, now_s: int) -> None:
        self._seen_s = now_s
        self.due_s = min(self.due_s, now_s + _LONGEST_S)
