"""What a broker may send: only OSError comes of it, and nothing is believed that was not said."""

import random
import struct

from baysense.net import mqtt
from baysense_host.bench.mutate.inside import wire
from baysense_host.bench.mutate.inside.broker import TOPICS, Broker, Clock
from baysense_host.bench.mutate.inside.finding import ACCEPTED, HANG, REFUSED, expect
from baysense_host.bench.mutate.inside.targets.target import Target

_PATIENCE_MS = 3 * 1000 * mqtt.ACK_S  # of one call: it waits for one answer, and may have to send before
_TOPIC = TOPICS[0].decode()
_PING_MS = 31_000  # more than half the keep-alive time


class Fuzz(Target):
    """See the module."""

    def attempt(self) -> None:
        """See Target."""
        self._clock = Clock()
        honest = random.getrandbits(4) == 0
        self._broker = Broker(self._clock, 0 if honest else random.randrange(1, 4))
        for name, stand_in in (("time", self._clock), ("select", self._clock), ("socket", self._broker)):
            setattr(mqtt, name, stand_in)
        self._link: mqtt.Mqtt | None = None
        self._taken = 0
        try:
            self._session()
        except OSError as error:
            expect(not honest or "104" in str(error), REFUSED, f"an honest broker: {error}")
        finally:
            self.tried = self._broker.sent
        if self._link is not None:
            self._link.abandon()

    def _session(self) -> None:
        self._begin()
        link = self._link = mqtt.Mqtt("broker", 1883, "bay-1", "user", "password", will=(_TOPIC, b"offline"))
        self._end()
        connected = any(body[1:] == b"\0" for _, body in self._heard(wire.CONNACK))
        expect(connected, ACCEPTED, "connected without a CONNACK that says so")
        self._subscribe(link)
        for _ in range(2):
            self._publish(link)
            self._receive(link)
        self._clock.sleep_ms(_PING_MS)
        link.tick()
        self._receive(link)
        link.close()
        expect(self._broker.closed, REFUSED, "the socket is still open")

    def _begin(self) -> None:
        self._begun_ms, self._clock.looks = self._clock.now_ms, 0

    def _end(self) -> None:
        took_ms = self._clock.now_ms - self._begun_ms
        expect(took_ms <= _PATIENCE_MS, HANG, f"took {took_ms} ms")

    def _subscribe(self, link: mqtt.Mqtt) -> None:
        self._begin()
        link.subscribe(_TOPIC)
        self._end()
        codes = []
        for _, body in self._heard(wire.SUBACK):
            if struct.unpack_from(">H", body + b"\0\0")[0] in self._broker.subscribed:
                codes.append(body[2:])
        granted = any(code and max(code) <= 2 for code in codes)
        expect(granted, ACCEPTED, f"subscribed without a SUBACK that says so: {codes}")

    def _publish(self, link: mqtt.Mqtt) -> None:
        self._begin()
        link.publish(_TOPIC, b"x" * random.choice((0, 10, 300)), False)
        self._end()
        number = struct.pack(">H", self._broker.published)
        acknowledged = any(body[:2] == number for _, body in self._heard(wire.PUBACK))
        expect(acknowledged, ACCEPTED, f"published as {number!r} without a PUBACK")

    def _receive(self, link: mqtt.Mqtt) -> None:
        for _ in range(random.randrange(3)):
            self._broker.send_message()
        self._begin()
        received = link.receive(300)
        while received:
            topic, payload = received
            said = [wire.message(frame)[:2] for frame in self._heard(wire.PUBLISH)]
            expect((topic.encode(), payload) in said, ACCEPTED, f"never sent: {received}")
            expect(len(payload) <= mqtt.PAYLOAD_BYTES, ACCEPTED, f"{len(payload)} bytes were taken in")
            received = link.receive(0)
        self._end()

    def _heard(self, kind: int) -> "list[wire.Frame]":
        return [frame for frame in wire.frames(self._broker.sent)[0] if frame[0] & 0xF0 == kind]
