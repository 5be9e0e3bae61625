"""Payloads of a device as public values; the layouts stand in `baysense.core.payload` and `downlink`.

`host_tools/codecs/baysense.js` does the same in a network server; tests hold the two together.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from baysense.core import downlink, faults, payload
from baysense.core.event import CAUSES
from baysense.core.state import OCCUPIED, STATE_NAMES, UNKNOWN
from baysense_host.errors import ToolError

Fields = dict[str, Any]

_NOT_KNOWN = 1023
_ANOTHER = 3  # state of a swap
_NO_CHANGE = 31


def decode(fport: int, data: bytes, received_at: datetime | None = None) -> Fields:
    """Return what a payload says, a downlink of FPort 10 included; with a time of arrival also when it was."""
    decoders: dict[int, Callable[[bytes], Fields]] = {
        payload.CHANGE_PORT: _change,
        payload.HEARTBEAT_PORT: _heartbeat,
        payload.STATUS_PORT: _status,
        downlink.PORT: _commands,
    }
    if fport not in decoders:
        raise ToolError(f"unknown FPort {fport}", "Devices send on FPort 1, 2 and 3 and take commands on 10.")
    fields = decoders[fport](data)
    if received_at is not None:
        _date(fields, received_at)
        for transition in fields.get("history", []):
            _date(transition, received_at)
    return fields


def seconds(code: int) -> int | None:
    """Return a duration of 10 bits [s], None when it is not known."""
    if code == _NOT_KNOWN:
        return None
    if code < 128:
        return code
    shift = code // 64 - 1
    return code - shift * 64 << shift


def _change(data: bytes) -> Fields:
    late = len(data) > 2 and data[2] >> 2 & 1
    _check_length(data, 4 + late, len(data) - (len(data) - late) % 2)
    head = data[1]
    if late:
        age = seconds((head & 3) << 8 | data[4])
        uncertainty = None if age is None else age // 50 + 1
    else:
        age, uncertainty = (head & 15) * 2, 1
    modulo = 1024 if late else 256
    number = data[0] | (head >> 2 & 3) << 8 if late else data[0]
    word = int.from_bytes(data[2:4], "big")
    previous = seconds(word & _NOT_KNOWN)
    fields = {"seq": number, "seq_modulo": modulo, **_transition(word, previous)}
    fields |= {"age": age, "age_uncertainty": uncertainty, "confidence": payload.LEVELS[head >> 4] / 100}
    fields["history"] = _history(data[4 + late :], number, modulo, previous, age)
    return fields


def _history(data: bytes, number: int, modulo: int, previous: int | None, age: int | None) -> list[Fields]:
    found = []
    for at in range(0, len(data), 2):
        word = int.from_bytes(data[at : at + 2], "big")
        if word >> 11 == _NO_CHANGE:
            number -= word & 0x7FF
            continue
        told = seconds(word & _NOT_KNOWN)
        apart = word >> 10 & 1
        elapsed = told if apart else previous
        previous = None if apart else told
        number -= 1
        age = None if age is None or elapsed is None else age + elapsed
        found.append({"seq": number % modulo, **_transition(word, previous), "age": age})
    return found


def _transition(word: int, previous: int | None) -> Fields:
    said, why = word >> 14, word >> 11 & 7
    causes = payload.WHY[said]
    cause = causes[why] if why < len(causes) else "unknown"
    kind = "swap" if said == _ANOTHER else "dwell" if cause == "dwell" else "change"
    fields = {"type": kind, **_state(OCCUPIED if said == _ANOTHER else said)}
    fields["cause"] = "arrival" if cause == "dwell" else cause
    fields["previous_state_duration"] = previous
    return fields


def _heartbeat(data: bytes) -> Fields:
    _check_condition(data, 6)
    battery, temperature = data[4], data[5]
    return {
        "type": "heartbeat",
        **_state_word(data[0:2], "state_duration"),
        "seq": int.from_bytes(data[2:4], "big"),
        "seq_modulo": 65536,
        "battery_voltage": (200 + battery) / 100 if battery else None,
        "temperature": temperature / 2 - 40,
        **_condition(data[6:]),
    }


def _status(data: bytes) -> Fields:
    kind = data[0] >> 5 if data else 0
    if kind == 0:
        return _boot(data)
    if kind == 1:
        return _answer(data)
    raise ToolError(f"unknown kind {kind} of FPort 3", "Is the device's firmware newer than this tool?")


def _boot(data: bytes) -> Fields:
    _check_condition(data, 7)
    cause = data[0] & 31
    version = int.from_bytes(data[5:7], "big")
    fields = {
        "type": "boot",
        **_state_word(data[1:3], "age"),
        "reset_cause": CAUSES[cause] if cause < len(CAUSES) else "unknown",
        "seq": int.from_bytes(data[3:5], "big"),
        "seq_modulo": 65536,
        "firmware_version": f"{version >> 12}.{version >> 6 & 63}.{version & 63}",
        **_condition(data[7:]),
    }
    fields["age_uncertainty"] = None if fields["age"] is None else fields["age"] // 50 + 1
    return fields


def _answer(data: bytes) -> Fields:
    _check_condition(data, 2)
    reason, number = data[0] & 31, data[1]
    known = reason < len(downlink.REASONS)
    return {
        "type": "answer",
        "accepted": reason == downlink.DONE,
        "error": None if reason == downlink.DONE else downlink.REASONS[reason] if known else f"reason {reason}",
        "setting": None if number == downlink.NONE else _meant(number),
        **_condition(data[2:]),
    }


def _meant(number: int) -> str:
    if number < len(downlink.SETTINGS):
        return downlink.SETTINGS[number][0]
    return f"number {number}"


def _commands(data: bytes) -> Fields:
    try:
        calls = downlink.command(data)
    except downlink.Refused as error:
        raise ToolError(str(error), "docs/lorawan.md has the table of commands.") from error
    fields: Fields = {}
    for method, params in calls:
        fields |= params if method == "config" else {method: True}
    return fields


def _state(state: int) -> Fields:
    return {"state": STATE_NAMES[state], "occupied": None if state == UNKNOWN else state == OCCUPIED}


def _state_word(data: bytes, duration: str) -> Fields:
    word = int.from_bytes(data, "big")
    state = _state(min(word >> 14, UNKNOWN))
    return {**state, "confidence": payload.LEVELS[word >> 10 & 15] / 100, duration: seconds(word & _NOT_KNOWN)}


def _condition(data: bytes) -> Fields:
    word = int.from_bytes(data[0:3], "big")
    mask, at = 0, 3
    for bit in (3, 2, 1, 0):
        mask <<= 8
        if word >> bit & 1:
            mask |= data[at]
            at += 1
    hashes = {"config_hash": f"{word >> 12:03x}", "detector_hash": f"{word >> 4 & 255:02x}"}
    return {**hashes, "fault": faults.names(mask)}


def _check_condition(data: bytes, at: int) -> None:
    """Hold the length against the hashes at `at` and what they say follows."""
    present = data[at + 2] & 15 if len(data) > at + 2 else 0
    length = at + 3 + present.bit_count()
    _check_length(data, length, length)


def _check_length(data: bytes, least: int, most: int) -> None:
    if not least <= len(data) <= most:
        raise ToolError(f"wrong length: {len(data)} bytes", "Is the payload whole, and the FPort the right one?")


def _date(fields: Fields, received_at: datetime) -> None:
    """Add when it was: arrival minus age, or minus how long the state has lasted."""
    since = fields.get("state_duration") if fields["type"] == "heartbeat" else fields.get("age")
    name = "since" if fields["type"] == "heartbeat" else "time"
    if since is not None:
        fields[name] = _text(received_at - timedelta(seconds=since))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
