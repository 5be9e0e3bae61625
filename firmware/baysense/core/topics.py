"""MQTT topics: `<base>/<dev_eui>/<leaf>` with the EUI in lower-case hex; docs/mqtt.md says what they mean. Pure."""

from binascii import hexlify

STATE = "state"  # retained
EVENT = "event"  # every event once, in order
HEALTH = "health"  # retained
STATUS = "status"  # retained: online and offline of a mains node, decommissioned of any
COMMAND = "cmd"  # in: JSON-RPC 2.0
REPLY = "reply"
DESIRED = "config"  # in, retained by whoever wants it: an object of settings
REPORTED = "config/reported"  # retained
DOWNLINK = "downlink"  # no topic: a command over LoRaWAN


def topic(base: str, dev_eui: bytes, leaf: str) -> str:
    """Return the topic of one kind of message."""
    return base + "/" + hexlify(dev_eui).decode() + "/" + leaf
