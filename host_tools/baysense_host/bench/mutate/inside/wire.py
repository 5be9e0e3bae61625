"""Packets of MQTT 3.1.1 as a broker writes them, and as the standard reads them (chapters 2 and 3)."""

import struct

CONNECT, CONNACK, PUBLISH, PUBACK = 0x10, 0x20, 0x30, 0x40
SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 0x80, 0x90, 0xC0, 0xD0, 0xE0

TYPE_CHECKING = False
if TYPE_CHECKING:
    Frame = tuple[int, bytes]  # first byte, body


def packet(first: int, body: bytes = b"") -> bytes:
    """Return a packet with its remaining length."""
    length, size = b"", len(body)
    while True:
        byte, size = size & 0x7F, size >> 7
        length += bytes([byte | 0x80 if size else byte])
        if not size:
            return bytes([first]) + length + body


def publish(topic: bytes, payload: bytes, number: int) -> bytes:
    """Return a message with QoS 1, or QoS 0 if it has no number."""
    head = struct.pack(">H", len(topic)) + topic
    if number:
        return packet(PUBLISH | 2, head + struct.pack(">H", number) + payload)
    return packet(PUBLISH, head + payload)


def frames(stream: bytes) -> "tuple[list[Frame], bytes]":
    """Return the whole packets of a stream, and the rest; a length of more than four bytes ends it."""
    found: list[Frame] = []
    while len(stream) >= 2:
        size, at = 0, 1
        while at < len(stream) and at < 5:
            size |= (stream[at] & 0x7F) << 7 * (at - 1)
            at += 1
            if not stream[at - 1] & 0x80:
                break
        if stream[at - 1] & 0x80 or len(stream) < at + size:
            break
        found.append((stream[0], stream[at : at + size]))
        stream = stream[at + size :]
    return found, stream


def message(frame: "Frame") -> tuple[bytes, bytes, int]:
    """Return topic, payload and number (0 with QoS 0) of a PUBLISH; nothing and -1 if it is none."""
    first, body = frame
    if first & 0xF0 == PUBLISH and len(body) >= 2:
        end = 2 + struct.unpack_from(">H", body)[0]
        if first & 6 == 0 and end <= len(body):
            return body[2:end], body[end:], 0
        if first & 6 and end + 2 <= len(body):
            return body[2:end], body[end + 2 :], struct.unpack_from(">H", body, end)[0]
    return b"", b"", -1
