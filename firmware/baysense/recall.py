"""What the node remembers from one wake to the next, in RTC memory.

Survives deep sleep and every reset; a power cut loses it, and then flash has what must not be lost (settings,
identity, events, the state of the bay). A quiet wake needs nothing but this.
"""

import struct
import time

from micropython import const

from baysense.core import retained
from baysense.core.state import OCCUPIED, UNKNOWN

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from contract import Board

PHASE_NONE = retained.PHASE_NONE
PHASE_WIFI = retained.PHASE_WIFI
PHASE_FLASH = retained.PHASE_FLASH

_VERSION = const(2)
# version, epoch, wake, when this was written, heartbeat, retry, since [s], wake of that change, its event, faults,
# failed reports in a row, wakes in a row without an armed pin, unsent, alarm told, state; then the settings of a
# quiet wake: heartbeat period, dwell [s], wake threshold, occupied, free [nT], range sensor; lengths of detector and
# budget
_FORMAT = "<BHIIIIIIIIBBBBBIIHHHBBB"
_NO_ALARM_S = const(0xFFFFFFFF)
_LONGEST_AWAKE_S = const(86400)  # a mains node writes at least once a day


class Recall:
    """The retained values; `fresh` when there were none."""

    def __init__(self, memory: bytes) -> None:
        self._memory = memory
        payload, self.phase, _ = retained.load(memory)
        self.fresh = not self._take(payload)
        if self.fresh:
            self._begin()

    @property
    def clock_restarted(self) -> bool:
        """Tell whether device time does not go on from where it was: lost, or set by somebody.

        No sleep is longer than a heartbeat period, so that a longer gap is no sleep.
        """
        if self.fresh:
            return True
        gone_s = time.time() - self.written_s
        return not 0 <= gone_s <= 2 * self.heartbeat_s + _LONGEST_AWAKE_S

    @property
    def since_epoch(self) -> int:
        """Return the epoch of the last change; before the first of this epoch another one: its age is unknown."""
        return self.epoch if self.since_wake else self.epoch - 1 & 0xFFFF

    def alarm_due_s(self) -> int | None:
        """Return when a keep-clear zone will have been occupied for too long [s]; None if told, or no matter."""
        if self.state != OCCUPIED or self.alarmed or self.dwell_s == _NO_ALARM_S:
            return None
        return self.since_s + self.dwell_s

    def settings(self) -> dict:
        """Return the settings that a quiet wake works with."""
        return {
            "wake_threshold_nt": self.wake_threshold_nt,
            "occupied_nt": self.occupied_nt,
            "free_nt": self.free_nt,
            "confirm_range": bool(self.confirm_range),
        }

    def adopt(self, config: dict) -> None:
        """Take over the settings that a quiet wake works with."""
        self.heartbeat_s = config["heartbeat_s"]
        self.dwell_s = config["dwell_s"] if config["zone"] == "keep_clear" else _NO_ALARM_S
        self.wake_threshold_nt = config["wake_threshold_nt"]
        self.occupied_nt = config["occupied_nt"]
        self.free_nt = config["free_nt"]
        self.confirm_range = int(config["confirm_range"])

    def save(self, board: "Board", phase: int = PHASE_NONE) -> None:
        """Write everything to RTC memory; the older copy is replaced, the newer one stays until the write is done."""
        self.written_s = int(time.time())  # no integer where the tests run
        head = struct.pack(
            _FORMAT, _VERSION, self.epoch, self.wake, self.written_s, self.heartbeat_due_s, self.retry_due_s,
            self.since_s, self.since_wake, self.last_seq, self.faults, self.failures, self.unarmed, self.unsent,
            self.alarmed, self.state, self.heartbeat_s, self.dwell_s, self.wake_threshold_nt, self.occupied_nt,
            self.free_nt, self.confirm_range, len(self.detector), len(self.budget),
        )  # fmt: skip
        self._memory = retained.store(self._memory, head + self.detector + self.budget, phase)
        board.retain(self._memory)

    def _begin(self) -> None:
        self.epoch = self.wake = self.written_s = self.heartbeat_due_s = self.retry_due_s = 0
        self.since_s = self.since_wake = self.last_seq = self.faults = 0
        self.failures = self.unarmed = self.unsent = self.alarmed = 0
        self.state = UNKNOWN
        self.heartbeat_s = self.wake_threshold_nt = self.occupied_nt = self.free_nt = self.confirm_range = 0
        self.dwell_s = _NO_ALARM_S
        self.detector = self.budget = b""

    def _take(self, payload: bytes | None) -> bool:
        size = struct.calcsize(_FORMAT)
        if payload is None or len(payload) < size or payload[0] != _VERSION:
            return False
        (
            _, self.epoch, self.wake, self.written_s, self.heartbeat_due_s, self.retry_due_s,
            self.since_s, self.since_wake, self.last_seq, self.faults, self.failures, self.unarmed, self.unsent,
            self.alarmed, self.state, self.heartbeat_s, self.dwell_s, self.wake_threshold_nt, self.occupied_nt,
            self.free_nt, self.confirm_range, detector_bytes, budget_bytes,
        ) = struct.unpack_from(_FORMAT, payload)  # fmt: skip
        self.detector = payload[size : size + detector_bytes]
        self.budget = payload[size + detector_bytes : size + detector_bytes + budget_bytes]
        return True
