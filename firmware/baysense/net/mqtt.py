"""MQTT over chumicro-mqtt: every publish waits for its acknowledgement or fails, the caller keeps what failed."""

import errno
import select
import socket
import time

from chumicro_mqtt.client import MQTTClient, MQTTError, ProtocolState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ACK_S = 5
_KEEP_ALIVE_S = 60


class _Transport:
    """A MicroPython socket with the face chumicro-mqtt expects."""

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self.close = raw.close
        self.send = raw.send
        self.setblocking = raw.setblocking

    def recv_into(self, buffer: memoryview, count: int) -> int:
        """Read what is there; raise OSError(EAGAIN) when nothing is."""
        got = self.raw.readinto(buffer, count)
        if got is None:
            raise OSError(errno.EAGAIN)
        return got


class Mqtt:
    """One connection to a broker."""

    def __init__(self, host: str, port: int, client_id: str, user: str, password: str) -> None:
        """Connect and log in; raise OSError when the broker is not reached or refuses."""
        raw = socket.socket()
        try:
            raw.settimeout(ACK_S)
            raw.connect(socket.getaddrinfo(host, port)[0][-1])
        except OSError:
            raw.close()
            raise
        self._poll = select.poll()
        self._poll.register(raw, select.POLLIN)
        self._raw = raw
        self._client = MQTTClient(
            _Transport(raw),
            client_id=client_id,
            username=user or None,
            password=password or None,
            keep_alive_seconds=_KEEP_ALIVE_S,
            ack_timeout_seconds=ACK_S,
            publish_retry_max=1,
            rx_buffer_size=512,
            when_disconnected="raise",
            ticks=time,
        )
        self._client.connect()
        self._until(lambda: self._client.state == ProtocolState.CONNECTED)

    def publish(self, topic: str, payload: bytes, retain: bool) -> None:
        """Publish with QoS 1 and wait for the PUBACK; raise OSError without it."""
        acknowledged: list = []
        try:
            self._client.publish(
                topic, payload, qos=1, retain=retain, on_publish=lambda topic, payload: acknowledged.append(1)
            )
        except MQTTError as error:  # not connected any more, or its queue is full
            raise OSError(f"MQTT: {error}") from error
        self._until(lambda: acknowledged)

    def close(self) -> None:
        """Say goodbye and close; everything published is acknowledged, so nothing can be lost."""
        self._client.disconnect()

    def _until(self, done: "Callable[[], object]") -> None:
        # chumicro-mqtt bounds every step by ACK_S and then enters FAILED
        while not done():
            self._client.handle(time.ticks_ms())
            self._check()
            if not done():
                self._poll.poll(100)

    def _check(self) -> None:
        if self._client.state == ProtocolState.FAILED:
            self._raw.close()
            raise OSError(f"MQTT: {self._client.last_error}")
