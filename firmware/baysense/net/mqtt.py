"""MQTT over chumicro-mqtt: every publish waits for its acknowledgement or fails, the caller keeps what failed.

The session is persistent: what is published to a subscribed topic while the device sleeps comes at the next
connection. A message that was not acknowledged comes again, so a command can arrive twice. The payload of a message
that the broker had retained is a bytearray, of any other it is bytes.
"""

import errno
import select
import socket
import time

from chumicro_mqtt._wire import PacketDecoder
from chumicro_mqtt.client import MQTTClient, MQTTConnectError, ProtocolState
from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT_S = 5  # TCP
ACK_S = 10  # every answer of the broker; the first includes the TLS handshake, 1 to 3 s of computing on an ESP32
PAYLOAD_BYTES = 1024  # longest message taken in
_INBOX_BYTES = const(2048)  # of messages that wait for `receive`
_RX_BYTES = PAYLOAD_BYTES + 128  # with the header and a topic of ours
_POLL_MS = const(100)


# Of no use to a client that is given its socket and is never reconnected: given back to the heap, 4 KB of 37.
for _name in (
    "from_config", "hold", "set_will", "unsubscribe", "next_message", "_inbound_stream_ended", "check", "io_socket",
    "io_interest", "io_error", "next_deadline", "_start_transport", "_advance_connector", "_attempt_self_heal",
    "_check_transport_deadline", "_arm_self_heal_backoff",
):  # fmt: skip
    setattr(MQTTClient, _name, None)

_parsed = PacketDecoder._parse_publish


def _parse(decoder: PacketDecoder, first_byte: int, *rest: object) -> object:
    """Mark what was retained, which chumicro-mqtt parses and does not hand on: bit 0, MQTT 3.1.1 section 3.3.1."""
    packet = _parsed(decoder, first_byte, *rest)
    if first_byte & 1:
        packet.payload = bytearray(packet.payload)
    return packet


PacketDecoder._parse_publish = _parse


class LoginRefused(OSError):
    """The broker refused the client id, the user or the password."""

    reason = "login"


class _Transport:
    """A socket, plain or TLS, with the face chumicro-mqtt expects.

    It takes every packet whole and sends the rest itself: mbedTLS goes on with an unfinished write only if the
    same bytes are given to it again.
    """

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self._unsent = memoryview(b"")
        self.error: Exception | None = None
        self.close = raw.close

    def send(self, packet: bytes) -> int:
        """Take a packet, or 0 bytes of it while the one before is not sent yet."""
        if not self._flush():
            return 0
        self._unsent = memoryview(packet)
        self._flush()
        return len(packet)

    def recv_into(self, buffer: memoryview, count: int) -> int:
        """Read what is there; raise OSError(EAGAIN) when nothing is."""
        got = self._call(self._raw.readinto, buffer, count) if self._flush() else None
        if got is None:
            raise OSError(errno.EAGAIN)
        return got

    def _flush(self) -> bool:
        if self._unsent:
            self._unsent = self._unsent[self._call(self._raw.write, self._unsent) or 0 :]
        return not self._unsent

    def _call(self, operation: "Callable", *args: object) -> "int | None":
        try:
            return operation(*args)
        except (OSError, ValueError) as error:  # mbedTLS says with a ValueError what it has against a certificate
            self.error = error
            raise


class Mqtt:
    """One connection to a broker; `socket` is there for select.poll, `oversized` says that a message was dropped."""

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str,
        user: str,
        password: str,
        wrap: "Callable[[socket.socket], socket.socket] | None" = None,
        will: "tuple[str, bytes] | None" = None,
        keep_alive_s: int = 60,
        feed: "Callable[[], None] | None" = None,
    ) -> None:
        """Connect and log in; `wrap` makes TLS of a socket, `will` is a retained topic and payload.

        Raises:
            LoginRefused: The broker is reached and does not want us.
            TlsRefused: Either side refused the other's certificate.
            OSError: Everything else.
        """
        self.oversized = False
        self._inbox: list = []
        self._secure = wrap is not None
        self._online = False
        self._feed = feed or _nothing
        raw = _connected(host, port)
        self.socket = _secured(raw, wrap) if wrap else raw
        self._poll = select.poll()
        self._poll.register(self.socket, select.POLLIN)
        self._transport = _Transport(self.socket)
        self._client = MQTTClient(
            self._transport,
            client_id=client_id,
            username=user or None,
            password=password or None,
            clean_session=False,
            will_topic=will[0] if will else None,
            will_message=will[1] if will else None,
            will_qos=1,
            will_retain=True,
            keep_alive_seconds=keep_alive_s,
            ack_timeout_seconds=ACK_S,
            publish_retry_max=0,  # TCP repeats what is lost; a second copy on a dead connection helps nobody
            rx_buffer_size=_RX_BYTES,
            when_disconnected="raise",
            ticks=time,
        )
        self._client.on_message = self._take
        self._client.on_oversized = self._drop
        self._client.connect()
        self._until(lambda: self._client.state == ProtocolState.CONNECTED)
        self._online = True

    def publish(self, topic: str, payload: bytes, retain: bool) -> None:
        """Publish with QoS 1 and wait for the PUBACK; raise OSError without it."""
        self.tick()
        acknowledged: list = []
        self._client.publish(
            topic, payload, qos=1, retain=retain, on_publish=lambda topic, payload: acknowledged.append(1)
        )
        self._until(lambda: acknowledged)

    def subscribe(self, *topics: str) -> None:
        """Subscribe with QoS 1 and wait for the SUBACKs; raise OSError without them or when the broker says no."""
        granted: list = []
        for topic in topics:
            self._client.subscribe(topic, 1, on_subscribe=lambda topic, qos: granted.extend(qos))
        self._until(lambda: len(granted) >= len(topics))
        if max(granted) > 2:  # reserved, MQTT 3.1.1 section 3.9.3
            raise OSError("MQTT: the broker refused the subscription")

    def receive(self, wait_ms: int) -> "tuple[str, bytes] | None":
        """Return the next message, waiting for it at most so long; raise OSError when the connection is dead."""
        end_ms = time.ticks_add(time.ticks_ms(), wait_ms)
        while not self._inbox:
            self.tick()
            left_ms = time.ticks_diff(end_ms, time.ticks_ms())
            if self._inbox or left_ms <= 0:
                break
            self._wait(left_ms)
        return self._inbox.pop(0) if self._inbox else None

    def tick(self) -> None:
        """Take in what came and ping when it is time, without waiting; raise OSError when the connection is dead."""
        try:
            self._client.handle(time.ticks_ms())
        except ValueError as error:  # a certificate, or bytes that are no MQTT
            self._fail(error)
        if self._client.state != ProtocolState.CONNECTED and self._client.state != ProtocolState.CONNECTING:
            self._fail(self._client.last_error)

    def close(self) -> None:
        """Say goodbye and close; everything published is acknowledged, so nothing can be lost."""
        self._client.disconnect()

    def abandon(self) -> None:
        """Close without a goodbye, so that the broker speaks the will; for a connection that is dead."""
        self.socket.close()

    def _until(self, done: "Callable[[], object]") -> None:
        # chumicro-mqtt bounds every step by ACK_S and then enters FAILED
        while not done():
            self.tick()
            if not done():
                self._wait(_POLL_MS)

    def _wait(self, most_ms: int) -> None:
        self._feed()
        self._poll.poll(min(most_ms, _POLL_MS))

    def _take(self, topic: str, payload: bytes) -> None:
        waiting_bytes = sum([len(waiting) for _, waiting in self._inbox])
        if len(payload) > PAYLOAD_BYTES or waiting_bytes + len(payload) > _INBOX_BYTES:
            self.oversized = True
        else:
            self._inbox.append((topic, payload))

    def _drop(self, length: int, topic: "str | None") -> None:
        self.oversized = True

    def _fail(self, error: "Exception | None") -> None:
        self.abandon()
        broken = self._transport.error
        if self._secure and broken and not self._online:
            from baysense.net import tls

            raise tls.explained(broken)
        # 3: server unavailable (MQTT 3.1.1, section 3.2.2.3), which may change by itself
        if isinstance(error, MQTTConnectError) and error.return_code != 3:
            raise LoginRefused(f"MQTT: {error}")
        raise OSError(f"MQTT: {error}")


def _connected(host: str, port: int) -> socket.socket:
    raw = socket.socket()
    try:
        raw.settimeout(CONNECT_S)
        raw.connect(socket.getaddrinfo(host, port)[0][-1])
        raw.setblocking(False)
        return raw
    except OSError as error:
        raw.close()
        problem = error
    raise OSError(f"MQTT: {host} port {port} cannot be reached: {problem}")


def _secured(raw: socket.socket, wrap: "Callable[[socket.socket], socket.socket]") -> socket.socket:
    try:
        return wrap(raw)
    except OSError:
        raw.close()
        raise


def _nothing() -> None:
    pass
