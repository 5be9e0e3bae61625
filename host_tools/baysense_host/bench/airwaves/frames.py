"""What the nodes put on the air, judged by the frames alone: nonces, counters, air time.

A tap on the air. Nothing here knows what a sender thinks of itself.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from baysense_host.virtual.air import Emission
from baysense_host.virtual.air.subband import eu868_bands

_JOIN_REQUEST, _UNCONFIRMED, _CONFIRMED = 0, 2, 4
_HOUR_US = 3_600_000_000


@dataclass
class _SubBand:
    """What one node sent in one sub-band within the last hour."""

    frames: deque[tuple[int, int]] = field(default_factory=deque)
    used_us: int = 0

    def add(self, start_us: int, end_us: int) -> int:
        """Return the time on air in the hour that ends with this frame; what began before it counts in part."""
        self.frames.append((start_us, end_us))
        self.used_us += end_us - start_us
        while self.frames[0][1] <= end_us - _HOUR_US:
            begun_us, ended_us = self.frames.popleft()
            self.used_us -= ended_us - begun_us
        return self.used_us - max(0, end_us - _HOUR_US - self.frames[0][0])


class Frames:
    """A tap for `Air.taps` that looks at uplinks."""

    def __init__(self) -> None:
        self.by_kind: Counter[str] = Counter()
        self.by_sf: Counter[int] = Counter()
        self.airtime_us = 0
        self.nonces_reused: list[str] = []
        self.counters_reused: list[str] = []
        self.breaches: list[str] = []
        self.worst_share = 0.0  # of what a sub-band allows in an hour
        self._nonces: set[tuple[str, int]] = set()
        self._counters: dict[tuple[int, int], tuple[str, bytes]] = {}
        self._bands = eu868_bands()
        self._sent: dict[tuple[str, int], _SubBand] = {}

    def __call__(self, emission: Emission, outcomes: Mapping[str, str]) -> None:
        """Take a frame at its end."""
        if emission.inverted_iq:
            self.by_kind["downlink"] += 1
            return
        self._count_airtime(emission)
        kind = emission.data[0] >> 5
        if kind == _JOIN_REQUEST:
            self.by_kind["join_request"] += 1
            self._check_nonce(emission.data)
        elif kind in (_UNCONFIRMED, _CONFIRMED):
            self.by_kind["confirmed" if kind == _CONFIRMED else "unconfirmed"] += 1
            self._check_counter(emission)
        else:
            self.by_kind["unknown"] += 1

    def _check_nonce(self, frame: bytes) -> None:
        used = frame[16:8:-1].hex(), int.from_bytes(frame[17:19], "little")
        if used in self._nonces:
            self.nonces_reused.append(f"{used[0]}: DevNonce {used[1]}")
        self._nonces.add(used)

    def _check_counter(self, emission: Emission) -> None:
        """A counter belongs to one frame, which may be repeated as it is; no session here outlives 16 bits."""
        frame = emission.data
        used = int.from_bytes(frame[1:5], "little"), int.from_bytes(frame[6:8], "little")
        known = self._counters.setdefault(used, (emission.sender, frame))
        if known != (emission.sender, frame):
            self.counters_reused.append(f"{emission.sender}: DevAddr {used[0]:08x} FCntUp {used[1]}")
        elif known[1] is not frame:
            self.by_kind["repeated"] += 1

    def _count_airtime(self, emission: Emission) -> None:
        self.by_sf[emission.sf] += 1
        self.airtime_us += emission.end_us - emission.start_us
        for number, band in enumerate(self._bands):
            if band.holds(emission.freq_hz):
                sent = self._sent.setdefault((emission.sender, number), _SubBand())
                used_us = sent.add(emission.start_us, emission.end_us)
                allowed_us = _HOUR_US // 1000 * band.permille
                self.worst_share = max(self.worst_share, used_us / allowed_us)
                if used_us > allowed_us:
                    self.breaches.append(
                        f"{emission.sender} at {emission.end_us / 1e6:.0f} s: {used_us / 1e6:.3f} s within an hour "
                        f"from {band.low_hz / 1e6} MHz on"
                    )
                return
        self.breaches.append(f"{emission.sender}: {emission.freq_hz} Hz lies in no sub-band")
