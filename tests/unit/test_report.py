"""Topics and JSON payloads."""

import json
from binascii import unhexlify

from baysense.core import config, event, faults, report, topics, tuning
from baysense.core.event import Event
from baysense.core.state import FREE, OCCUPIED

EUI = unhexlify("70B3D5FFFE012345")


def arrival() -> Event:
    return Event(
        event.CHANGE, OCCUPIED, "arrival", clock_ms=5_000_000_000, epoch=7, wake=70_000, previous_s=3600,
        confidence=91, faults=faults.BATTERY_LOW, flags=event.SWAP, seq=12,
    )  # fmt: skip


def test_topics() -> None:
    assert topics.topic("baysense", EUI, topics.STATE) == "baysense/70b3d5fffe012345/state"
    assert topics.topic("city/bays", EUI, topics.REPORTED) == "city/bays/70b3d5fffe012345/config/reported"
    leaves = (
        topics.STATE, topics.EVENT, topics.HEALTH, topics.STATUS, topics.COMMAND, topics.REPLY, topics.DESIRED,
        topics.REPORTED,
    )  # fmt: skip
    assert len(set(leaves)) == len(leaves)


def test_event_and_state() -> None:
    body = json.loads(report.event_payload(arrival(), "A1", "loading", 5_000_000_000, 7, 70_000))
    assert (body["bay"], body["zone"], body["seq"], body["event"]) == ("A1", "loading", 12, "swap")
    body = json.loads(report.state_payload(arrival(), "A1", "bay", 5_000_000_000, 7, 70_000))
    assert body["state"] == "occupied" and "event" not in body


def test_a_journaled_heartbeat_says_so() -> None:
    beat = event.unpack(event.pack(Event(event.HEARTBEAT, FREE, "timer", 0, 1, 1)))
    assert json.loads(report.event_payload(beat, "A1", "bay", 0, 1, 1))["event"] == "heartbeat"


def test_health() -> None:
    body = json.loads(report.health_payload(FREE, faults.WATCHDOG, 3612, -750, {"firmware": "0.1.0"}))
    assert body["battery_voltage"] == 3.612 and body["temperature"] == -7.5
    assert body["faults"] == ["watchdog"] and body["firmware"] == "0.1.0"
    assert json.loads(report.health_payload(FREE, 0, 0, 0, {}))["battery_voltage"] is None


def test_configuration_is_accepted_or_refused_in_words() -> None:
    shown = config.public(config.defaults())
    body = json.loads(report.config_payload("0a1b2c3d", shown, None))
    assert body == {"hash": "0a1b2c3d", "config": shown, "accepted": True, "error": None}
    body = json.loads(report.config_payload("0a1b2c3d", shown, "bay: must have 0 to 32 bytes"))
    assert body["accepted"] is False and body["error"].startswith("bay: ")


def test_detector_digest_follows_the_table() -> None:
    digest = tuning.digest()
    assert 0 < digest < 1 << 32 and digest == tuning.digest()
    before = tuning.SETTLE_MS
    tuning.SETTLE_MS = before + 1
    try:
        assert tuning.digest() != digest
    finally:
        tuning.SETTLE_MS = before
