"""What happened at the bay: the record that is journaled, sent and acknowledged.

Pure. Record layout, little-endian, 29 bytes (the journal keeps the sequence number beside it); a boot or heartbeat
has more, which says what the device ran on then:

| bytes | field | unit |
|---|---|---|
| 1 | version of this table, 1 | |
| 1 | kind (3 bits), state (2 bits from bit 3), flags (3 bits from bit 5) | |
| 1 | cause, index of CAUSES | |
| 1 | confidence | % |
| 2 | epoch, counts power-ups | |
| 4 | wake, counts wakes in the epoch | |
| 8 | clock, device time at which it happened | ms |
| 4 | previous_s, how long the state before lasted | s |
| 4 | faults, bit mask | |
| 3 | reserved, 0 | |
| rest | runs_on, as text | |
"""

import struct

from baysense.core import faults as fault_codes
from baysense.core.state import OCCUPIED, STATE_NAMES, UNKNOWN

CHANGE = "change"
HEARTBEAT = "heartbeat"
BOOT = "boot"
KINDS = (CHANGE, HEARTBEAT, BOOT)

CAUSES = (  # append only: records on flash hold the index
    "unknown", "arrival", "departure", "swap", "range", "calibrated", "healed", "stale", "saturated",
    "retained", "power", "reset", "watchdog", "soft", "timer", "deviation", "service", "brown_out",
    "doubt", "magnet",
)  # fmt: skip

SWAP = 1  # flags: a vehicle took another's place
DWELL = 2  # no change: a keep-clear zone has been occupied for its dwell time, since the time of the event

_VERSION = 1
_FORMAT = "<BBBBHIQII"
SIZE_BYTES = struct.calcsize(_FORMAT) + 3
_RUNS_ON = ("firmware", "detector", "config")


class Event:
    """One change, heartbeat or boot.

    `runs_on`: firmware version, hash of the detector's table, hash of the settings, with blanks between.
    """

    runs_on = ""

    def __init__(
        self,
        kind: str,
        state: int,
        cause: str,
        clock_ms: int,
        epoch: int,
        wake: int,
        previous_s: int = 0,
        confidence: int = 0,
        faults: int = 0,
        flags: int = 0,
        seq: int = 0,
    ) -> None:
        self.seq = seq  # given by the journal
        self.kind, self.state, self.cause, self.flags = kind, state, cause, flags
        self.clock_ms, self.epoch, self.wake = clock_ms, epoch, wake
        self.previous_s, self.confidence, self.faults = previous_s, confidence, faults


def pack(event: Event) -> bytes:
    """Return the record of an event without its sequence number."""
    packed = KINDS.index(event.kind) | event.state << 3 | event.flags << 5
    cause = CAUSES.index(event.cause) if event.cause in CAUSES else 0
    body = struct.pack(
        _FORMAT, _VERSION, packed, cause, event.confidence, event.epoch & 0xFFFF, event.wake & 0xFFFFFFFF,
        event.clock_ms, min(event.previous_s, 0xFFFFFFFF), event.faults,
    )  # fmt: skip
    return body + bytes(3) + event.runs_on.encode()


def unpack(record: bytes, seq: int = 0) -> Event:
    """Return the event of a record; raise ValueError when it is none of this version."""
    if len(record) < SIZE_BYTES or record[0] != _VERSION:
        raise ValueError("event record of unknown layout")
    v = struct.unpack_from(_FORMAT, record)
    kind, state = v[1] & 7, v[1] >> 3 & 3
    if kind >= len(KINDS) or state > UNKNOWN or v[2] >= len(CAUSES) or v[3] > 100:
        raise ValueError("event record with unknown kind, state or cause")
    event = Event(
        KINDS[kind], state, CAUSES[v[2]], v[6], v[4], v[5],
        previous_s=v[7], confidence=v[3], faults=v[8], flags=v[1] >> 5, seq=seq,
    )  # fmt: skip
    if any(byte > 126 for byte in record[SIZE_BYTES:]):
        raise ValueError("event record with text that is none")
    event.runs_on = record[SIZE_BYTES:].decode()
    return event


def as_dict(event: Event, now_ms: int, epoch: int, wake: int) -> dict:
    """Return the public form of an event at device time `now_ms` of this epoch and wake.

    The age is known to 1 % and 1 s once the node has slept, and not at all after a power-up.
    """
    result = {
        "seq": event.seq,
        "event": _name(event),
        "state": STATE_NAMES[event.state],
        "occupied": None if event.state == UNKNOWN else event.state == OCCUPIED,
        "confidence": event.confidence / 100,
        "cause": event.cause,
        "previous_s": event.previous_s,
        "faults": fault_codes.names(event.faults),
    }
    result["age_s"], result["age_uncertainty_s"] = _age(event, now_ms, epoch, wake)
    for name, value in zip(_RUNS_ON, event.runs_on.split()):
        result[name] = value
    return result


def _name(event: Event) -> str:
    if event.flags & DWELL:
        return "dwell"
    return "swap" if event.flags & SWAP else event.kind


def _age(event: Event, now_ms: int, epoch: int, wake: int) -> tuple[float | None, int | None]:
    """Return age and its uncertainty [s]; tenths of a second are what a decision is worth."""
    if event.epoch != epoch & 0xFFFF:
        return None, None
    age_ms = max(0, now_ms - event.clock_ms)
    if event.wake == wake & 0xFFFFFFFF:
        return age_ms // 100 / 10, 0
    return age_ms // 100 / 10, age_ms // 100000 + 1
