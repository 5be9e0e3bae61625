"""Read along on a plain MQTT 3.1.1 stream: which messages passed, and whether an answer is still to come.

Anything else (TLS, HTTP) is opaque: nothing is known about it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

CONNECT, PUBLISH, SUBSCRIBE, DISCONNECT = 1, 3, 8, 14
# Client packets that the broker must answer, broker packets that are such answers (MQTT 3.1.1, table 2.1).
_ASKS = {CONNECT, 6, SUBSCRIBE, 10, 12}  # CONNECT PUBREL SUBSCRIBE UNSUBSCRIBE PINGREQ; PUBLISH by its QoS
_ANSWERS = {2, 4, 5, 7, 9, 11, 13}  # CONNACK PUBACK PUBREC PUBCOMP SUBACK UNSUBACK PINGRESP
_MAX_PACKET = 1 << 20
_CONNECT_BYTE = b"\x10"
_PROTOCOL = b"\x00\x04MQTT"


@dataclass(frozen=True, slots=True)
class Published:
    """One whole PUBLISH packet that passed."""

    t_us: int
    board: str
    up: bool
    topic: str
    payload_bytes: int
    qos: int
    retain: bool


@dataclass(frozen=True, slots=True)
class _Packet:
    kind: int
    flags: int
    body: bytes


class _Stream:
    """Cut one direction's bytes into packets."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def begun(self) -> bool:
        """Say whether a packet has begun and is not complete."""
        return bool(self._buffer)

    def packets(self, data: bytes) -> Iterator[_Packet]:
        """Yield the packets that are complete with these bytes; raise ValueError on nonsense."""
        self._buffer += data
        while (head := _header(self._buffer)) is not None:
            start, end = head
            if len(self._buffer) < end:
                return
            first = self._buffer[0]
            packet = _Packet(first >> 4, first & 15, bytes(self._buffer[start:end]))
            del self._buffer[:end]
            yield packet


def _header(buffer: bytearray) -> tuple[int, int] | None:
    """Return where the first packet's body begins and ends, None when its length is not known yet."""
    length = 0
    for index, byte in enumerate(buffer[1:5]):
        length |= (byte & 127) << 7 * index
        if byte < 128:
            if length > _MAX_PACKET:
                raise ValueError("packet too long")
            return index + 2, index + 2 + length
    if len(buffer) >= 5:
        raise ValueError("length field too long")
    return None


class MqttTap:
    """Follow one connection of one board."""

    def __init__(self, board: str) -> None:
        self._board = board
        self._up, self._down = _Stream(), _Stream()
        self._started = False
        self.opaque = False
        self.awaiting = 0
        self.subscribed = False
        self.finished = False  # DISCONNECT has passed: the broker will close

    def up(self, t_us: int, data: bytes) -> list[Published]:
        """Take what the board sent; return the messages completed by it."""
        if not self._started and data[:1] != _CONNECT_BYTE and not self._up.begun:
            self.opaque = True
        return self._follow(self._up, t_us, data, True)

    def down(self, t_us: int, data: bytes) -> list[Published]:
        """Take what the peer sent; return the messages completed by it."""
        return self._follow(self._down, t_us, data, False)

    def _follow(self, stream: _Stream, t_us: int, data: bytes, up: bool) -> list[Published]:
        messages: list[Published] = []
        if self.opaque:
            return messages
        try:
            for packet in stream.packets(data):
                self._count(packet, up)
                if packet.kind == PUBLISH:
                    messages.append(_published(packet, t_us, self._board, up))
        except ValueError:
            self.opaque = True
        return messages

    def _count(self, packet: _Packet, up: bool) -> None:
        if not self._started:
            if not up or packet.kind != CONNECT or not packet.body.startswith(_PROTOCOL):
                raise ValueError("not MQTT 3.1.1")
            self._started = True
        if up:
            self.subscribed |= packet.kind == SUBSCRIBE
            self.finished |= packet.kind == DISCONNECT
            self.awaiting += packet.kind in _ASKS or (packet.kind == PUBLISH and packet.flags & 6 != 0)
        else:
            self.awaiting = max(0, self.awaiting - (packet.kind in _ANSWERS))


def _published(packet: _Packet, t_us: int, board: str, up: bool) -> Published:
    qos = packet.flags >> 1 & 3
    topic_end = 2 + int.from_bytes(packet.body[:2], "big")
    payload_start = topic_end + (2 if qos else 0)
    if payload_start > len(packet.body):
        raise ValueError("PUBLISH without a topic")
    topic = packet.body[2:topic_end].decode()
    return Published(t_us, board, up, topic, len(packet.body) - payload_start, qos, bool(packet.flags & 1))
