"""What a detector remembers over a sleep: belief and state, where the field rests, the frame, the places it was at.

Pure. Field [nT], temperature [cdeg], time of the device clock [s]. A clock that restarted is met by starting the
count anew. `held` is what is believed, free or occupied; `state` is what is told, which may be unknown.
"""

import struct
from array import array

from baysense.core import tuning
from baysense.core.frame import SIZE_BYTES as _FRAME_BYTES
from baysense.core.frame import Frame
from baysense.core.geometry import QUANTUM_SHIFT, clamp, root, size_nt
from baysense.core.state import FREE, UNKNOWN

COMMISSIONED = 1  # flags
LOST = 8  # a magnet or a broken sensor hid the field; where it rested is remembered
PROVEN = 4  # the bay was seen empty again after a vehicle, or a range sensor said so: it is where we think

_VERSION = 2
_PLACES = 16  # numbers of places.py
_FORMAT = "<BBBBB3ih3h3hHIIIIHBBBH16h"  # in the order of dump()
_HEAD_BYTES = struct.calcsize(_FORMAT)
_FAR_NT = 160000  # so that weighted squares stay small


class Memory:
    """State of the bay with everything that outlives a sleep."""

    state: int
    held: int
    confidence: int  # [%]
    cause: str
    event_ms: int  # t_ms at which the vehicle stood, or was clear of the bay
    previous_s: int  # how long the state before the last change had lasted
    settled: "array[int]"  # last settled field [nT]: what the magnetometer's offset registers get
    place: (
        "array[int]"  # where the field rests in the frame: 0 in an empty bay, a vehicle's vector, a neighbour's [nT]
    )
    free_place: "array[int]"  # where it rested, or would rest by now, without the parked vehicle [nT]

    places: "array[int]"  # where it rested before: places.py

    swap: bool  # the last change was a vehicle taking another's place
    flags: int
    typical_nt: int  # what a vehicle of this bay usually shows
    empty_s: int  # when the bay was last seen empty
    returns: int  # how often a vehicle left the bay as it is taken to be when empty, up to 255
    rested_s: int  # since when the field rests where it does, as far as that was judged
    field: list[int]  # present field, as far as it is settled [nT]
    temp_cdeg: int

    def __init__(self, retained: bytes | None, clock_s: int) -> None:
        self._clock_s = clock_s  # device time at t_ms = 0
        self.frame = Frame()
        self.places = array("h", [0] * _PLACES)
        self.settled = array("i", (0, 0, 0))
        self.place, self.free_place = array("i", (0, 0, 0)), array("i", (0, 0, 0))
        self.noise_q2 = tuning.NOISE_START_Q2
        self.state, self.held, self.confidence, self.cause = UNKNOWN, FREE, 0, "power"
        self.event_ms = self.previous_s = self.settled_cdeg = self.flags = 0
        self._since_s = self._checked_s = self.empty_s = self.rested_s = self._hour = self._changes = 0
        self._contradicted = self.returns = 0
        self.field = [0, 0, 0]
        self.temp_cdeg = 0
        self.swap = False
        self.typical_nt = 0
        if retained:
            self._load(retained)

    @property
    def chatter(self) -> bool:
        """Tell whether the state changed oftener in this hour than vehicles do."""
        return self._changes > tuning.CHATTER_CHANGES

    def dump(self) -> bytes:
        """Return 126 bytes for the constructor of the next wake."""
        places = [clamp(part >> QUANTUM_SHIFT) for place in (self.place, self.free_place) for part in place]
        head = struct.pack(
            _FORMAT, _VERSION, self.state, self.held, self.confidence, self.flags, *self.settled, self.settled_cdeg,
            *places, self.noise_q2, self._since_s, self._checked_s, self.empty_s, self.rested_s, self._hour,
            self._changes, self._contradicted, self.returns, self.typical_nt >> QUANTUM_SHIFT, *self.places,
        )  # fmt: skip
        return head + self.frame.dump()

    def _load(self, data: bytes) -> None:
        if len(data) != _HEAD_BYTES + _FRAME_BYTES or data[0] != _VERSION:
            return
        v = struct.unpack_from(_FORMAT, data)
        self.state, self.held, self.confidence, self.flags, self.cause = v[1], v[2], v[3], v[4], "retained"
        for axis in range(3):
            self.settled[axis] = v[5 + axis]
            self.place[axis] = v[9 + axis] << QUANTUM_SHIFT
            self.free_place[axis] = v[12 + axis] << QUANTUM_SHIFT
        self.settled_cdeg, self.noise_q2 = v[8], v[15]
        self._since_s, self._checked_s, self.empty_s, self.rested_s, self._hour, self._changes = v[16:22]
        self._contradicted, self.returns, self.typical_nt = v[22], v[23], v[24] << QUANTUM_SHIFT
        self.places = array("h", v[25:])
        self.frame.load(data, _HEAD_BYTES)

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
        self.settled_cdeg = self.temp_cdeg
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

    def count_hour(self, now_s: int) -> bool:
        """Start counting changes anew in a new hour; return whether it is one."""
        hour = now_s // 3600 & 0xFFFF
        new = hour != self._hour
        if new:
            self._hour, self._changes = hour, 0
        return new

    def support(self, now_s: int) -> None:
        """Note that something else than the field says the same."""
        self._checked_s = now_s
        self._contradicted = 0

    def contradict(self) -> int:
        """Note that something else than the field says otherwise; return how often it did in a row."""
        self._contradicted = min(255, self._contradicted + 1)
        return self._contradicted

    def away_s(self, now_s: int) -> int:
        """Return for how long the bay has not been seen empty [s]."""
        if now_s < self.empty_s:  # the clock restarted
            self.empty_s = now_s
        return now_s - self.empty_s

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

    def expected_nt(self) -> list[int]:
        """Return the field that should be here now, were nothing to happen [nT]."""
        return [self.frame.empty_nt(axis, self.temp_cdeg) + self.place[axis] for axis in range(3)]

    def residual_nt(self) -> list[int]:
        """Return where the present field is in the frame [nT]."""
        return self.frame.residual_nt(self.field, self.temp_cdeg)

    def step_nt(self) -> list[int]:
        """Return how far the present field is from where it rested [nT]."""
        now = self.residual_nt()
        return [now[axis] - self.place[axis] for axis in range(3)]

    def spread_nt(self) -> list[int]:
        """Return how far the expectation may be off, three axes [nT]."""
        allowed_nt = tuning.DRIFT_NT_PER_C * abs(self.temp_cdeg - self.settled_cdeg) // 100
        return [self.frame.spread_nt(axis) + allowed_nt for axis in range(3)]

    def weighed_nt(self, vector_nt: "list[int] | array[int]", spread_nt: list[int]) -> int:
        """Return the length of a vector [nT] in which an axis counts the less the more it drifts."""
        own_nt = self.frame.less_lag_nt(vector_nt)
        weighed = [own_nt[axis] * tuning.SPREAD_NT // spread_nt[axis] for axis in range(3)]
        return size_nt(*[max(-_FAR_NT, min(_FAR_NT, part)) for part in weighed])

    def learn_typical(self) -> None:
        """Follow what vehicles of this bay show by one part in 8."""
        size_nt = self.weighed_nt(self.place, self.spread_nt())
        self.typical_nt += (size_nt - self.typical_nt) // 8

    def rest_at(self, place_nt: list[int]) -> None:
        """Take this for the place where the field rests [nT]."""
        for axis in range(3):
            self.place[axis] = place_nt[axis]
