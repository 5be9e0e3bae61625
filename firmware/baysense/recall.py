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

GOODBYE = 2  # `reporting`: this boot tells the broker that the device is decommissioned, and wipes it
WIPING = 3  # `reporting`: a wipe is under way, go on with it

_VERSION = const(6)  # another one with every change here, or of what a blob holds
# Layout: version u8, these numbers in this order, the length u8 of each of _BLOBS, the blobs.
_SETTINGS = ("heartbeat_s", "dwell_s", "wake_threshold_nt", "occupied_nt", "free_nt", "confirm_range")
_NUMBERS = (
    "epoch", "wake", "written_s",  # when this was written, device time
    "heartbeat_due_s", "retry_due_s", "since_s", "since_wake", "last_seq",  # of the last change
    "faults", "logged",  # faults that the log already tells of
    "base_s", "synced_s",  # system time at device time 0 [s since 2000]; device time of the last network time
    "announced", "desired",  # checksums of what was announced to the broker, and of the last desired configuration
    "tables",  # checksum of the numbers that the detector works with
    "done_urgent", "done_routine",  # numbers up to which events and heartbeats are sent; the journal learns it later
    "unarmed",  # wakes in a row without an armed pin
    "unsent", "alarmed", "state", "confidence",
    "reporting",  # this boot is for a report; the measuring is done
    "fruitless",  # wakes
    "temp_cdeg",
    "spurned", "commands_until_s",  # checksum of a retained command told of; until when core.ratelimit is busy
    "check_due_s",  # when the range sensor is looked through next
    "sent_seq",  # number of the last event that went out without an answer
) + _SETTINGS  # fmt: skip
_CODES = "HIIIIIIIIIIIIIIIIBBBBBBHhIIIIIIHHHB"  # of struct, one a number
_FORMAT = "<B" + _CODES
_BLOBS = (
    "detector", "budget", "because", "retry", "hint",  # because: the cause of the state; hint: of net.wifi
    "held_back",  # record of a change that is told with the next heartbeat
    "radio",  # what changes with every LoRaWAN frame
)  # fmt: skip
_NO_ALARM_S = const(0xFFFFFFFF)
_LONGEST_AWAKE_S = const(86400)  # a mains node writes at least once a day


class Recall:
    """The retained values; `fresh` when there were none."""

    epoch: int
    wake: int
    written_s: int
    heartbeat_due_s: int
    retry_due_s: int
    since_s: int
    since_wake: int
    last_seq: int
    faults: int
    logged: int
    base_s: int
    synced_s: int
    announced: int
    desired: int
    tables: int
    done_urgent: int
    done_routine: int
    heartbeat_s: int
    dwell_s: int
    wake_threshold_nt: int
    occupied_nt: int
    free_nt: int
    confirm_range: int
    unarmed: int
    unsent: int
    alarmed: int
    state: int
    confidence: int
    reporting: int
    fruitless: int
    temp_cdeg: int
    spurned: int
    commands_until_s: int
    check_due_s: int
    sent_seq: int
    because: bytes
    detector: bytes
    budget: bytes
    retry: bytes
    hint: bytes
    held_back: bytes
    radio: bytes

    def __init__(self, memory: bytes | bytearray) -> None:
        self._memory = retained.whole(memory)
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
        gone_s = self.clock_s() - self.written_s
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
        return {name: getattr(self, name) for name in _SETTINGS}

    def adopt(self, config: dict) -> None:
        """Take over the settings that a quiet wake works with."""
        for name in _SETTINGS:
            setattr(self, name, int(config[name]))
        if config["zone"] != "keep_clear":
            self.dwell_s = _NO_ALARM_S
        if config["uplink"] != "lorawan":
            self.radio = b""

    def save(self, board: "Board", phase: int = PHASE_NONE) -> None:
        """Write everything to RTC memory; the older copy is replaced, the newer one stays until the write is done."""
        self.written_s = self.clock_s()
        lengths = struct.calcsize(_FORMAT)
        at = lengths + len(_BLOBS)
        record = bytearray(at + sum(len(getattr(self, name)) for name in _BLOBS))
        self._pack_numbers(record)
        for place, name in enumerate(_BLOBS):
            blob = getattr(self, name)
            record[lengths + place] = len(blob)
            record[at : at + len(blob)] = blob
            at += len(blob)
        retained.replace(self._memory, record, phase)
        board.retain(self._memory)

    def clock_s(self) -> int:
        """Return device time: since this epoch's power-on [s]."""
        return int(time.time()) - self.base_s  # no integer where the tests run

    def _pack_numbers(self, record: bytearray) -> None:
        """Write the numbers one by one: late in a report there is no room for a list of them."""
        record[0] = _VERSION
        at = 1
        for name, code in zip(_NUMBERS, _CODES):
            struct.pack_into("<" + code, record, at, getattr(self, name))
            at += struct.calcsize(code)

    def _begin(self) -> None:
        for name in _NUMBERS:
            setattr(self, name, 0)
        for name in _BLOBS:
            setattr(self, name, b"")
        self.state = UNKNOWN
        self.dwell_s = _NO_ALARM_S

    def _take(self, payload: bytes | None) -> bool:
        lengths = struct.calcsize(_FORMAT)
        at = lengths + len(_BLOBS)
        if payload is None or len(payload) < at or payload[0] != _VERSION:
            return False
        if at + sum(payload[lengths:at]) != len(payload):
            return False
        numbers = struct.unpack_from(_FORMAT, payload)
        for place, name in enumerate(_NUMBERS):
            setattr(self, name, numbers[place + 1])
        for place, name in enumerate(_BLOBS):
            size = payload[lengths + place]
            setattr(self, name, payload[at : at + size])
            at += size
        return True
