"""LoRaWAN uplinks: few bytes for what happened, so that a receiver rebuilds a gapless history over lost frames.

Pure. Numbers are big-endian, bits are counted from the highest. Durations and ages have 10 bits: up to 127 the
seconds themselves, then six bits of mantissa, right to 1 s or 0.8 %; 1022 is 24 days or more, 1023 is not known.
A change told in the wake in which it happened takes 4 bytes, as long on air at SF9 as one.

FPort 1, a change. Its age is that of the frame: build it anew for each attempt.

| byte | bits | field |
|---|---|---|
| 0 | 8 | sequence number, its low 8 bits |
| 1 | 4 | confidence, index of LEVELS, rounded down |
| 1 | 4 | not late: age in steps of 2 s. Late: 2 more bits of the number (bits 8 and 9), then the age's upper 2 |
| 2–3 | 2 | state: free, occupied, unknown, occupied by another vehicle (a swap) |
| | 3 | cause, index of WHY of that state |
| | 1 | late: of another wake, or older than 30 s; the age is known to 2 % and 1 s |
| | 10 | how long the state before lasted |
| 4 | 8 | if late: the age's lower 8 bits |
| then | 16 | each older transition, newest first: state 2, cause 3, apart 1, duration 10 |

An older transition has the number before that of the next newer one, and happened where that one's state before
began; its duration is that of its own state before. With *apart* its duration is the time to the next newer one
instead, and that of its state before is not told. Two bytes with the five upper bits set are no transition: the
lower 11 say how many numbers between its neighbours belong to no change, 254 at most.

FPort 2, a heartbeat:

| byte | bits | field |
|---|---|---|
| 0–1 | 2 | state |
| | 4 | confidence |
| | 10 | how long it has lasted |
| 2–3 | 16 | number of the latest event |
| 4 | 8 | battery, 2.00 V + 10 mV each; 0 is mains |
| 5 | 8 | temperature, -40 °C + 0.5 °C each |
| 6–8 | 12 | first three hex digits of the hash of the settings |
| | 8 | first two of that of the detector's tables |
| | 4 | which bytes of the mask of faults follow, the highest bit is for bits 24–31 of the mask |
| then | 8 | each of these bytes, highest first |

FPort 3, by its first three bits: 0 a start, 1 what became of a command of FPort 10 (downlink.py):

| byte | bits | field of a start |
|---|---|---|
| 0 | 3 | 0 |
| | 5 | cause, index of event.CAUSES |
| 1–2 | 16 | as in a heartbeat; the duration is the age |
| 3–4 | 16 | number of the event |
| 5–6 | 4, 6, 6 | version of the firmware |
| 7– | | hashes and faults, as in a heartbeat |

| byte | bits | field of an answer |
|---|---|---|
| 0 | 3 | 1 |
| | 5 | index of downlink.REASONS, 0 is done |
| 1 | 8 | number of the setting or command that was refused, 255 is none |
| 2– | | hashes and faults, as in a heartbeat |
"""

from baysense.core.event import CAUSES, DWELL, SWAP, Event
from baysense.core.state import OCCUPIED

CHANGE_PORT = 1
HEARTBEAT_PORT = 2
STATUS_PORT = 3

LEVELS = (0, 30, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 93, 95, 97, 98)  # [%]; the detector claims 98 at most

WHY = (  # append only, seven in a row at most: the eighth of the last row marks numbers without a change
    ("unknown", "departure", "range", "calibrated", "healed"),
    ("unknown", "arrival", "range", "calibrated", "healed", "dwell"),
    ("unknown", "doubt", "range", "stale", "saturated", "magnet"),
    ("unknown", "swap", "range"),
)

HEARTBEAT_BYTES = 9  # without faults
ROUTINE_BYTES = 11  # what a change frame needs no more than; also all that US915 carries at its slowest rate

_ROOMY = 51  # what EU868 carries at its slowest rate
_LATE_MS = 31_000  # what four bits of 2 s cannot say
_ANOTHER = 3  # state of a swap
_NO_CHANGE = 0xF800
_MOST_SKIPPED = 254  # numbers are told modulo 256
_NOT_KNOWN = 1023


def change(events: "list[Event]", now_ms: int, epoch: int, wake: int, most_bytes: int) -> tuple[bytes, int]:
    """Return a frame of FPort 1 with the first of the changes given, newest first, and how many are in it.

    Between them no change may be left out; what else has a number in between may.
    """
    newer = events[0]
    previous_s: int | None = newer.previous_s or None
    age_ms = _age_ms(newer, now_ms, epoch)
    level = _level(newer) << 4
    if age_ms is None or age_ms >= _LATE_MS or newer.wake != wake & 0xFFFFFFFF:
        age = _code(_seconds(age_ms))
        frame = bytearray((newer.seq & 255, level | newer.seq >> 6 & 12 | age >> 8))
        frame += _transition(newer, 1, previous_s)
        frame.append(age & 255)
    else:
        frame = bytearray((newer.seq & 255, level | (age_ms + 1000) // 2000))
        frame += _transition(newer, 0, previous_s)
    count = 1
    for older in events[1:]:
        skipped = newer.seq - older.seq - 1
        if len(frame) + (4 if skipped else 2) > most_bytes or skipped > _MOST_SKIPPED:
            break
        if skipped:
            frame += (_NO_CHANGE | skipped).to_bytes(2, "big")
        apart_s = _apart_s(newer, older)
        usual = previous_s is not None and apart_s is not None and abs(previous_s - apart_s) <= 1
        previous_s = (older.previous_s or None) if usual else None
        frame += _transition(older, 0, previous_s) if usual else _transition(older, 1, apart_s)
        newer = older
        count += 1
    return bytes(frame), count


def heartbeat(
    present: Event, now_ms: int, epoch: int, battery_mv: int, temp_cdeg: int, most_bytes: int = _ROOMY
) -> bytes:
    """Return a frame of FPort 2: the present state, dated by when it began; 0 mV is mains.

    Where there is no room for all faults, those with the lower bits are told.
    """
    battery = min(max((battery_mv - 1995) // 10, 1), 255) if battery_mv else 0
    temperature = min(max((temp_cdeg + 4025) // 50, 0), 255)
    head = _state(present, now_ms, epoch) + _number(present) + bytes((battery, temperature))
    return head + _condition(present, most_bytes - len(head))


def boot(event: Event, now_ms: int, epoch: int, most_bytes: int = _ROOMY) -> bytes:
    """Return a frame of FPort 3 for a start; faults as in a heartbeat."""
    cause = CAUSES.index(event.cause) if event.cause in CAUSES else 0
    head = bytes((cause,)) + _state(event, now_ms, epoch) + _number(event) + _version(event)
    return head + _condition(event, most_bytes - len(head))


def answer(reason: int, number: int, present: Event) -> bytes:
    """Return a frame of FPort 3 that says what became of a command; see downlink.reason()."""
    return bytes((0x20 | reason, number)) + _condition(present, _ROOMY)


def _transition(event: Event, flag: int, seconds: int | None) -> bytes:
    swap = event.flags & SWAP and event.state == OCCUPIED  # in doubt, whose vehicle it is counts less
    state = _ANOTHER if swap else event.state
    cause = "dwell" if event.flags & DWELL else event.cause
    why = WHY[state].index(cause) if cause in WHY[state] else 0
    return (state << 14 | why << 11 | flag << 10 | _code(seconds)).to_bytes(2, "big")


def _state(event: Event, now_ms: int, epoch: int) -> bytes:
    age = _code(_seconds(_age_ms(event, now_ms, epoch)))
    return (event.state << 14 | _level(event) << 10 | age).to_bytes(2, "big")


def _number(event: Event) -> bytes:
    return (event.seq & 0xFFFF).to_bytes(2, "big")


def _condition(event: Event, room: int) -> bytes:
    """Return hashes and faults in so many bytes."""
    hashes = (event.runs_on.split() + ["", "", ""])[1:3]
    told = fitting(event.faults, room - 3)
    found = b""
    present = 0
    for place in range(4):
        part = told >> 8 * place & 255
        if part:
            found = bytes((part,)) + found
            present |= 1 << place
    word = _hex(hashes[1], 3) << 12 | _hex(hashes[0], 2) << 4 | present
    return word.to_bytes(3, "big") + found


def fitting(faults: int, room: int) -> int:
    """Return the faults that so many bytes can tell, those with the lower bits first."""
    told = 0
    for place in range(4):
        part = faults & 255 << 8 * place
        if part and room > 0:
            told |= part
            room -= 1
    return told


def _hex(text: str, digits: int) -> int:
    try:
        return int(text[:digits], 16) & (1 << 4 * digits) - 1
    except ValueError:
        return 0  # a record of another firmware has none


def _version(event: Event) -> bytes:
    word = 0
    parts = (event.runs_on.split() + [""])[0].split(".") + ["", "", ""]
    for part, bits in zip(parts, (4, 6, 6)):
        number = 0
        for character in part:
            if not character.isdigit():
                break
            number = 10 * number + int(character)
        word = word << bits | min(number, (1 << bits) - 1)
    return word.to_bytes(2, "big")


def _level(event: Event) -> int:
    level = 0
    while level < 15 and LEVELS[level + 1] <= event.confidence:
        level += 1
    return level


def _age_ms(event: Event, now_ms: int, epoch: int) -> int | None:
    """Return how long ago it happened, None when the clock restarted since."""
    return max(0, now_ms - event.clock_ms) if event.epoch == epoch & 0xFFFF else None


def _apart_s(newer: Event, older: Event) -> int | None:
    """Return the time between two events, None when the clock restarted, or the newer one dates from before."""
    if newer.epoch != older.epoch or newer.clock_ms < older.clock_ms:
        return None
    return _seconds(newer.clock_ms - older.clock_ms)


def _seconds(ms: int | None) -> int | None:
    return None if ms is None else (ms + 500) // 1000


def _code(seconds: int | None) -> int:
    """Return a duration in 10 bits."""
    if seconds is None:
        return _NOT_KNOWN
    shift = 0
    while seconds >> shift > 127:
        shift += 1
    return min(shift * 64 + ((seconds + (1 << shift >> 1)) >> shift), _NOT_KNOWN - 1)
