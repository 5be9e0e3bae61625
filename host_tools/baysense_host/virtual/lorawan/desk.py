"""A city on LoRaWAN: air, one gateway, a network server, and an application that keeps each bay's history.

What it learns is told as messages with the topics and names that a node has on MQTT: whoever reads the one can read
the other.
"""

import json
from typing import Any

from baysense_host.lorawan.receiver import BayEvent, Receiver
from baysense_host.virtual.air import Air, Gateway
from baysense_host.virtual.clock import Clock
from baysense_host.virtual.lorawan.server import NetworkServer
from baysense_host.virtual.lorawan.uplinks import AppUplink
from baysense_host.virtual.net.listener import Message

GATEWAY = "gateway"


class Desk:
    """Hear the devices that are registered; `loss` is the share of frames that the air swallows."""

    def __init__(self, clock: Clock, seed: int, loss: float = 0.0) -> None:
        self.messages: list[Message] = []
        self.air = Air(clock, seed)
        self.air.loss = loss
        self.gateway = Gateway(self.air, GATEWAY, clock)
        self.server = NetworkServer([self.gateway], clock, seed=seed)
        self.server.on_uplink(self._take)
        self.receivers: dict[str, Receiver] = {}

    def register(self, dev_eui: str, join_eui: str, app_key: bytes, name: str) -> None:
        """Make a device known before it asks to join."""
        self.server.add_device(dev_eui, join_eui, app_key, {"bay": name})
        self.receivers[dev_eui] = Receiver()

    def collect(self) -> None:
        """Take in what is there: nothing waits here."""

    def stop(self) -> None:
        """End; nothing runs by itself."""

    def _take(self, uplink: AppUplink) -> None:
        receiver = self.receivers[uplink.dev_eui]
        beat = receiver.health
        end_s = uplink.end_us / 1e6
        for event in receiver.take(uplink.fport, uplink.payload, uplink.fcnt_up, end_s):
            self._tell(uplink, "event", _body(event, end_s))
        if receiver.health is not beat:
            self._tell(uplink, "health", receiver.health)

    def _tell(self, uplink: AppUplink, leaf: str, body: dict[str, Any]) -> None:
        topic = f"baysense/{uplink.dev_eui}/{leaf}"
        self.messages.append(Message(uplink.end_us, topic, json.dumps(body).encode(), False))


def _body(event: BayEvent, received_s: float) -> dict[str, Any]:
    """Return an event as docs/mqtt.md has it; what no frame told is null."""
    return {
        "seq": event.seq,
        "event": event.type,
        "state": event.state,
        "cause": event.cause,
        "confidence": event.confidence,
        "previous_s": event.previous_s,
        "age_s": None if event.time_s is None else max(0.0, received_s - event.time_s),
        "age_uncertainty_s": event.uncertainty_s,
    }
