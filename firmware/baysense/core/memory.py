"""What a detector remembers over a sleep: the state and its history, the vehicle, the baseline.

Pure. Field [nT], temperature [cdeg], time of the device clock [s]. A clock that restarted is met by
starting the count anew.
"""

import struct
from array import array

from baysense.core import tuning
from baysense.core.baseline import SIZE_BYTES as _BASELINE_BYTES
from baysense.core.baseline import Baseline
from baysense.core.geometry import QUANTUM_SHIFT, clamp, root, size_nt
from baysense.core.state import UNKNOWN

COMMISSIONED = 1  # flags
STALE = 2  # unknown because occupied for too long; the car vector holds the long-standing field
ELSEWHERE = 4  # since then the field has settled somewhere else

_VERSION = 1
_FORMAT = "<BBBB3ih3hHIIHB"  # in the order of dump()
_HEAD_BYTES = struct.calcsize(_FORMAT)


class Memory:
    """State of the bay with everything that outlives a sleep."""

    state: int
    confidence: int  # [%]
    cause: str
    event_ms: int  # t_ms at which the vehicle stood, or was clear of the bay
    previous_s: int  # how long the state before the last change had lasted
    settled: "array[int]"  # last settled field [nT]: what the magnetometer's offset registers get

    swap: bool  # the last change was a vehicle taking another's place
    flags: int
    field: list[int]  # present field, as far as it is settled [nT]
    temp_cdeg: int

    def __init__(self, retained: bytes | None, clock_s: int) -> None:
        self._clock_s = clock_s  # device time at t_ms = 0
        self.baseline = Baseline()
        self.settled = array("i", (0, 0, 0))
        self._car = array("h", (0, 0, 0))  # residual of the parked vehicle [q]
        self.noise_q2 = tuning.NOISE_START_Q2
        self.state, self.confidence, self.cause = UNKNOWN, 0, "power"
        self.event_ms = self.previous_s = self._settled_cdeg = self.flags = 0
        self._since_s = self._checked_s = self._hour = self._changes = 0
        self.field = [0, 0, 0]
        self.temp_cdeg = 0
        self.swap = False
        if retained:
            self._load(retained)

    @property
    def chatter(self) -> bool:
        """Tell whether the state changed oftener in this hour than vehicles do."""
        return self._changes > tuning.CHATTER_CHANGES

    def dump(self) -> bytes:
        """Return at most 96 bytes for the constructor of the next wake."""
        head = struct.pack(
            _FORMAT, _VERSION, self.state, self.confidence, self.flags, *self.settled, self._settled_cdeg,
            *self._car, self.noise_q2, self._since_s, self._checked_s, self._hour, self._changes,
        )  # fmt: skip
        return head + self.baseline.dump()

    def _load(self, data: bytes) -> None:
        if len(data) != _HEAD_BYTES + _BASELINE_BYTES or data[0] != _VERSION:
            return
        v = struct.unpack_from(_FORMAT, data)
        self.state, self.confidence, self.flags, self.cause = v[1], v[2], v[3], "retained"
        for axis in range(3):
            self.settled[axis] = v[4 + axis]
            self._car[axis] = v[8 + axis]
        self._settled_cdeg, self.noise_q2 = v[7], v[11]
        self._since_s, self._checked_s, self._hour, self._changes = v[12:16]
        self.baseline.load(data, _HEAD_BYTES)

    def now_s(self, t_ms: int) -> int:
        """Return device time [s] at t_ms."""
        return self._clock_s + t_ms // 1000

    def change(self, state: int, confidence: int, cause: str, swap: bool = False) -> None:
        """Enter a state at event_ms; the same state again is another vehicle."""
        now_s = self.now_s(self.event_ms)
        self.swap = swap
        self.previous_s = max(0, now_s - self._since_s)
        self.state, self.confidence, self.cause = state, confidence, cause
        self._since_s = self._checked_s = now_s
        self.count_hour(now_s)
        self._changes = min(255, self._changes + 1)

    def settle(self) -> None:
        """Take the present field as settled."""
        self._settled_cdeg = self.temp_cdeg
        for axis in range(3):
            self.settled[axis] = self.field[axis]

    def stale(self, now_s: int) -> bool:
        """Tell, once a day, that the state has lasted another day."""
        if now_s < self._checked_s:  # the clock restarted
            self._checked_s = now_s
        if now_s - self._checked_s < tuning.STALE_S:
            return False
        self._checked_s = now_s
        return True

    def count_hour(self, now_s: int) -> None:
        """Start counting changes anew in a new hour."""
        hour = now_s // 3600 & 0xFFFF
        if hour != self._hour:
            self._hour, self._changes = hour, 0

    def set_noise(self, variance_q2: int) -> None:
        """Take this variance for that of the noise, within reason [q^2]."""
        self.noise_q2 = min(max(variance_q2, tuning.NOISE_FLOOR_Q2), tuning.NOISE_CEILING_Q2)

    def learn_noise(self, variance_q2: int) -> None:
        """Follow the variance of a quiet window by one part in 16, by one unit at least."""
        away = variance_q2 - self.noise_q2
        self.set_noise(self.noise_q2 + away // 16 + (1 if away > 0 else 0))

    def noise_nt(self) -> int:
        """Return the rms noise of the filtered field, three axes together [nT]."""
        return root(self.noise_q2) << QUANTUM_SHIFT

    def step_nt(self) -> int:
        """Return how far the present field is from the last settled one, temperature taken out [nT]."""
        now = self.baseline.residual_nt(self.field, self.temp_cdeg)
        before = self.baseline.residual_nt(self.settled, self._settled_cdeg)
        return size_nt(now[0] - before[0], now[1] - before[1], now[2] - before[2])

    def allowance_nt(self) -> int:
        """Return how far the field may have drifted since it settled [nT]."""
        return tuning.DRIFT_NT + tuning.DRIFT_NT_PER_C * abs(self.temp_cdeg - self._settled_cdeg) // 100

    def distances(self) -> tuple[int, int, int]:
        """Return the present field's distance to baseline, empty bay and vehicle [nT]."""
        x, y, z = self.baseline.residual_nt(self.field, self.temp_cdeg)
        near, car = self.baseline.nearby_nt, self._car
        size = size_nt(x, y, z)
        return (
            size,
            min(size, size_nt(x - near[0], y - near[1], z - near[2])),
            size_nt(*(v - (car[i] << QUANTUM_SHIFT) for i, v in enumerate((x, y, z)))),
        )

    def car_nt(self) -> int:
        """Return the size of the parked vehicle's vector [nT]."""
        return size_nt(*(part << QUANTUM_SHIFT for part in self._car))

    def remember_car(self, residual_nt: list[int]) -> None:
        """Take a residual for the parked vehicle's vector [nT]."""
        for axis in range(3):
            self._car[axis] = clamp(residual_nt[axis] >> QUANTUM_SHIFT)
