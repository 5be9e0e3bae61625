"""JSON payloads of what is published; docs/mqtt.md says what they mean. Pure."""

import json

from baysense.core import faults
from baysense.core.event import Event, as_dict
from baysense.core.state import STATE_NAMES


def event_payload(event: Event, bay: str, zone: str, now_ms: int, epoch: int, wake: int) -> bytes:
    """Return the JSON of one event."""
    fields = as_dict(event, now_ms, epoch, wake)
    fields["bay"], fields["zone"] = bay, zone
    return json.dumps(fields).encode()


def state_payload(event: Event, bay: str, zone: str, now_ms: int, epoch: int, wake: int) -> bytes:
    """Return the JSON of the present state, from the event that last reported it."""
    fields = as_dict(event, now_ms, epoch, wake)
    del fields["event"]
    fields["bay"], fields["zone"] = bay, zone
    return json.dumps(fields).encode()


def health_payload(state: int, mask: int, battery_mv: int, temp_cdeg: int, others: dict) -> bytes:
    """Return the JSON of the device's health; battery 0 mV means mains.

    `others` is what else the node knows: firmware, detector and config (their hashes), wakes, journal ...
    """
    fields = {
        "state": STATE_NAMES[state],
        "faults": faults.names(mask),
        "battery_voltage": battery_mv / 1000 if battery_mv else None,
        "temperature": temp_cdeg / 100,
    }
    fields.update(others)
    return json.dumps(fields).encode()


def config_payload(digest: str, shown: dict, refusal: str | None) -> bytes:
    """Return the JSON of the settings as they are, and why the desired ones were refused if they were."""
    fields = {"hash": digest, "config": shown, "accepted": refusal is None, "error": refusal}
    return json.dumps(fields).encode()
