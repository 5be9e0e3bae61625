"""A node that lives without sensor and radio: the real code above them, on files in a folder."""

from baysense import commands, recording, sensing, stages
from baysense.core.ratelimit import RateLimit
from baysense.node import Node
from baysense.uplink import Uplink
from baysense_host.bench.mutate.inside.chip import Chip, factory_values

SECRETS = ("S3cr3T of the yard", "S3cr3T of the broker", "SECRETPOSSESSION", "73656372657420617070206b65798182")
DEV_EUI = "02005efffe100001"
_BASE = "baysense"
_CHANGES = {
    "uplink": "mqtt", "wifi_ssid": "yard", "mqtt_host": "broker",
    "wifi_password": SECRETS[0], "mqtt_password": SECRETS[1],
}  # fmt: skip


def living(folder: str) -> Node:
    """Return a node that has started and is at somebody's service."""
    node = Node(Chip(factory_values()), folder)  # type: ignore[arg-type]  # what a module board has, as far as asked
    stages.configure(node, _CHANGES)
    node.recall.adopt(stages.config(node))
    sensing.begin(node, stages.config(node))
    for _ in range(3):
        recording.record_boot(node)
    return node


def told(node: Node, leaf: str, payload: bytes) -> "list[tuple[str, bytes, bool]]":
    """Let the node hear one message and carry it out; return what it answers, as (leaf, payload, retained)."""
    return obeyed(node, Link(leaf, payload, 1).heard())


def obeyed(node: Node, messages: "list[tuple[str, bytes]]") -> "list[tuple[str, bytes, bool]]":
    """Let the node carry out messages that are in; return what it answers."""
    node.limit = _Always()
    return commands.carry_out(node, messages)


class _Always(RateLimit):
    """No limit to the rate of commands."""

    def take(self, now_ms: int) -> bool:
        """Take one more."""
        return True


class Link(Uplink):
    """A connection whose broker has so many copies of a message waiting."""

    def __init__(self, leaf: str, payload: bytes, count: int) -> None:
        """Connect to nobody."""
        self.config = {"mqtt_base": _BASE, "dev_eui": bytes.fromhex(DEV_EUI)}
        self.broker = self  # type: ignore[assignment]
        self.oversized = False
        self._leaf, self._payload, self._waiting = leaf, payload, count

    def receive(self, wait_ms: int) -> "tuple[str, bytes] | None":
        """Return the next message, in memory of its own."""
        if not self._waiting:
            return None
        self._waiting -= 1
        return self.topic(self._leaf), bytes(bytearray(self._payload))
