"""MQTT topics and JSON payloads. Pure; what a topic means stands in DESIGN section 6.

Topics are `<base>/<dev_eui>/<leaf>` with the EUI in lower-case hex: `state` and `health` are
retained, `event` is every event once, in order.
"""

import json
from binascii import hexlify

from baysense.core import faults
from baysense.core.event import Event, as_dict
from baysense.core.state import STATE_NAMES

STATE = "state"
EVENT = "event"
HEALTH = "health"


def topic(base: str, dev_eui: bytes, leaf: str) -> str:
    """Return the topic of one kind of message."""
    return base + "/" + hexlify(dev_eui).decode() + "/" + leaf


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

    `others` is what else the node knows: firmware, config (its digest), wakes, journal ...
    """
    fields = {
        "state": STATE_NAMES[state],
        "faults": faults.names(mask),
        "battery_voltage": battery_mv / 1000 if battery_mv else None,
        "temperature": temp_cdeg / 100,
    }
    fields.update(others)
    return json.dumps(fields).encode()
