"""What the node remembers from one wake to the next, in RTC memory.

Survives deep sleep and every reset; a power cut loses it, and then flash has what must not be lost (settings,
identity, events, the state of the bay). A quiet wake needs nothing but this.
"""

import struct

from baysense.core import retained

PHASE_WIFI = retained.PHASE_WIFI

_VERSION = 1
# version, epoch, wake, heartbeat, retry, since [s], wake of that change, its event, faults, failures, unsent, then the settings of a quiet wake:
# heartbeat period [s], wake threshold, occupied, free [nT], range sensor; lengths of detector and budget
_FORMAT = "<BHIIIIIIIBBIHHHBBB"


class Recall:
    """The retained values; `fresh` when there were none."""

    def __init__(self, memory: bytes) -> None:
        self._memory = memory
        payload, self.phase, _ = retained.load(memory)
        self.fresh = not self._take(payload)
        if self.fresh:
            self._begin()

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
        self.wake_threshold_nt = config["wake_threshold_nt"]
        self.occupied_nt = config["occupied_nt"]
        self.free_nt = config["free_nt"]
        self.confirm_range = int(config["confirm_range"])

    def save(self, board: object, phase: int = retained.PHASE_NONE) -> None:
        """Write everything to RTC memory; the older copy is replaced, the newer one stays until the write is done."""
        head = struct.pack(
            _FORMAT,
            _VERSION,
            self.epoch,
            self.wake,
            self.heartbeat_due_s,
            self.retry_due_s,
            self.since_s,
            self.since_wake,
            self.last_seq,
            self.faults,
            self.failures,
            self.unsent,
            self.heartbeat_s,
            self.wake_threshold_nt,
            self.occupied_nt,
            self.free_nt,
            self.confirm_range,
            len(self.detector),
            len(self.budget),
        )
        self._memory = retained.store(self._memory, head + self.detector + self.budget, phase)
        board.retain(self._memory)

    def _begin(self) -> None:
        self.epoch = self.wake = self.heartbeat_due_s = self.retry_due_s = 0
        self.since_s = self.since_wake = self.last_seq = self.faults = self.failures = self.unsent = 0
        self.heartbeat_s = self.wake_threshold_nt = self.occupied_nt = self.free_nt = self.confirm_range = 0
        self.detector = self.budget = b""

    def _take(self, payload: bytes | None) -> bool:
        size = struct.calcsize(_FORMAT)
        if payload is None or len(payload) < size or payload[0] != _VERSION:
            return False
        (
            _,
            self.epoch,
            self.wake,
            self.heartbeat_due_s,
            self.retry_due_s,
            self.since_s,
            self.since_wake,
            self.last_seq,
            self.faults,
            self.failures,
            self.unsent,
            self.heartbeat_s,
            self.wake_threshold_nt,
            self.occupied_nt,
            self.free_nt,
            self.confirm_range,
            detector_bytes,
            budget_bytes,
        ) = struct.unpack_from(_FORMAT, payload)
        self.detector = payload[size : size + detector_bytes]
        self.budget = payload[size + detector_bytes : size + detector_bytes + budget_bytes]
        return True
