"""The city's platform at a broker: it hears everything from the start on, sends commands, sees what is retained."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

_WAIT_S = 5.0
_PASS_ON_S = 0.01  # from the broker's acknowledgement until a message lies in its receiver's socket


@dataclass(frozen=True)
class Heard:
    """One message; `retained`: it is older than the subscription."""

    topic: str
    payload: bytes
    retained: bool


class City:
    """A persistent session with QoS 1, which survives its broker's restarts."""

    def __init__(self, address: tuple[str, int], login: tuple[str, str] | None = None) -> None:
        self.address = address
        self.heard: list[Heard] = []
        self._fence = "fence/" + secrets.token_hex(4)
        self._passed = 0
        self._fences = 0
        self._online = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, self._fence, clean_session=False)
        if login is not None:
            self._client.username_pw_set(*login)
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.on_subscribe = lambda *_: self._online.set()
        self._client.on_disconnect = lambda *_: self._online.clear()
        self._client.on_message = self._hear
        self._client.connect(*address)
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """Publish with QoS 1; returns when the broker has passed it on."""
        assert self._online.wait(_WAIT_S), "the city does not get to its broker"
        self._client.publish(topic, payload, 1, retain).wait_for_publish(_WAIT_S)
        time.sleep(_PASS_ON_S)

    def call(self, device: str, number: int, method: str, **params: object) -> None:
        """Send a device a command."""
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.publish(f"baysense/{device}/cmd", json.dumps(request).encode())

    def settle(self) -> None:
        """Wait until everything is here that the broker took before."""
        self._fences += 1
        self.publish(self._fence, str(self._fences).encode())
        end_s = time.monotonic() + _WAIT_S
        while self._passed < self._fences:
            assert time.monotonic() < end_s, "the broker has swallowed a message"
            time.sleep(0.001)

    def raw(self, end: str) -> list[bytes]:
        """Return every payload on topics that end so, without what was there before."""
        self.settle()
        return [message.payload for message in self.heard if message.topic.endswith(end) and not message.retained]

    def got(self, leaf: str) -> list[Any]:
        """Return the JSON on a topic of the devices; a retained message taken back is none."""
        return [json.loads(payload) for payload in self.raw("/" + leaf) if payload]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        if message.topic == self._fence:
            self._passed = max(self._passed, int(message.payload))
        elif not message.topic.startswith("fence/"):
            self.heard.append(Heard(message.topic, message.payload, message.retain))


@contextmanager
def city(address: tuple[str, int], login: tuple[str, str] | None = None) -> Iterator[City]:
    """Let the city listen."""
    listening = City(address, login)
    try:
        yield listening
    finally:
        listening.close()


def retained(address: tuple[str, int], login: tuple[str, str] | None = None) -> dict[str, bytes]:
    """Return what somebody gets who subscribes only now."""
    with city(address, login) as late:
        late.settle()
        return {message.topic: message.payload for message in late.heard if message.retained}
