"""A broker that breaks its word: what stands for socket, clock and poll below net.mqtt, with virtual time."""

import random
import struct

from baysense_host.bench.mutate.inside import wire
from baysense_host.bench.mutate.inside.damage import damaged, noise
from baysense_host.bench.mutate.inside.finding import ACCEPTED, HANG, Finding, expect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TOPICS = (b"baysense/02005efffe100001/cmd", b"baysense/02005efffe100001/config", b"other", b"")
_MOST_LOOKS = 3000  # at the clock, by one session; some 400 are usual
_ECONNRESET = 104


class Clock:
    """As time, and as select with its one poll."""

    POLLIN = 1

    def __init__(self) -> None:
        self.now_ms = random.getrandbits(29)
        self.looks = 0
        self.ready: Callable[[], bool] = lambda: False

    def ticks_ms(self) -> int:
        """Return the time; time goes by meanwhile."""
        self.looks += 1
        if self.looks > _MOST_LOOKS:
            raise Finding(HANG, "looks at the clock for ever")
        self.now_ms += 1
        return self.now_ms & 0x3FFFFFFF

    def ticks_add(self, ticks_ms: int, delta_ms: int) -> int:
        """As time.ticks_add."""
        return (ticks_ms + delta_ms) & 0x3FFFFFFF

    def ticks_diff(self, late_ms: int, early_ms: int) -> int:
        """As time.ticks_diff."""
        return ((late_ms - early_ms + 0x20000000) & 0x3FFFFFFF) - 0x20000000

    def sleep_ms(self, ms: int) -> None:
        """Let time pass."""
        self.now_ms += ms

    def poll(self, wait_ms: int = -1) -> "Any":
        """As select.poll, and as what it returns."""
        if wait_ms == -1:
            return self
        if not self.ready():
            self.now_ms += wait_ms
        return []

    def register(self, stream: object, events: int) -> None:
        """Take note of nothing: there is one stream."""


class Broker:
    """As the module socket, a socket, and whoever is at its other end.

    `sent` is all that the client has read of us; `bad` says how many packets of four are mutated.
    """

    def __init__(self, clock: Clock, bad: int) -> None:
        clock.ready = lambda: bool(self._out)
        self._bad = bad
        self._out = self._heard = b""
        self.sent = b""
        self.closed = False
        self.subscribed: list[int] = []  # numbers of the client's SUBSCRIBEs
        self.published = 0  # number of its last PUBLISH

    def socket(self, *options: int) -> "Broker":
        """Return a socket."""
        return self

    def getaddrinfo(self, host: str, port: int, *options: int) -> list["Any"]:
        """Return an address."""
        return [(0, 0, 0, "", (host, port))]

    def settimeout(self, timeout_s: float) -> None:
        """Take note of nothing."""

    def setblocking(self, blocking: bool) -> None:
        """Take note of nothing."""

    def connect(self, address: tuple[str, int]) -> None:
        """Connect."""

    def close(self) -> None:
        """The client has closed."""
        self.closed = True

    def write(self, data: bytes) -> int | None:
        """Take some bytes of the client's; None when there is no room at the moment."""
        if random.getrandbits(6) == 0:
            raise OSError(_ECONNRESET)
        if random.getrandbits(3) == 0:
            return None
        taken = len(data) if random.getrandbits(2) else random.randrange(len(data) + 1)
        found, self._heard = wire.frames(self._heard + bytes(data[:taken]))
        for frame in found:
            self._answer(*frame)
        return taken

    def readinto(self, buffer: memoryview, count: int) -> int | None:
        """Give some bytes to the client; None when there are none, 0 when we have closed."""
        if not self._out:
            return 0 if self._bad and random.getrandbits(7) == 0 else None
        size = min(count, len(self._out))
        if random.getrandbits(1):
            size = random.randrange(size) + 1
        buffer[:size] = self._out[:size]
        self.sent += self._out[:size]
        self._out = self._out[size:]
        return size

    def say(self, data: bytes) -> None:
        """Send a packet, mutated or not, and perhaps something that nobody has asked for."""
        if random.getrandbits(2) < self._bad:
            data = _unasked() if random.getrandbits(2) == 0 else damaged(data, _unasked())
        self._out += data

    def _answer(self, first: int, body: bytes) -> None:
        if first == wire.CONNECT:
            refusal = random.randrange(7) if self._bad and random.getrandbits(3) == 0 else 0
            self.say(wire.packet(wire.CONNACK, bytes([random.getrandbits(1), refusal])))
        elif first == wire.SUBSCRIBE | 2:
            number = struct.unpack_from(">H", body)[0]
            self.subscribed.append(number)
            self.say(
                wire.packet(
                    wire.SUBACK, struct.pack(">HB", number, random.choice((1, 1, 1, 0x80)) if self._bad else 1)
                )
            )
        elif first & 0xF6 == wire.PUBLISH | 2:
            self.published = wire.message((first, body))[2]
            self.say(wire.packet(wire.PUBACK, struct.pack(">H", self.published)))
        elif first == wire.PINGREQ:
            self.say(wire.packet(wire.PINGRESP))
        elif first & 0xF0 not in (wire.PUBACK, wire.DISCONNECT):
            expect(False, ACCEPTED, f"the client sends a packet of type {first:#x}")

    def send_message(self) -> None:
        """Send a message, of whatever length."""
        size = random.choice((0, 1, 20, 200, 1024, 1025, 1100, 1500))
        self.say(
            wire.publish(random.choice(TOPICS), noise(min(size, 40)) * (size // 40 + 1), random.getrandbits(1) * 9)
        )


def _unasked() -> bytes:
    """Return a packet that does not belong here."""
    first = random.choice((0x20, 0x30, 0x32, 0x34, 0x36, 0x3D, 0x40, 0x50, 0x62, 0x90, 0xB0, 0xD0, 0xE0, 0xF0, 0x00))
    way = random.getrandbits(2)
    if way == 0:
        return bytes([first]) + random.choice(
            (b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\x80\x80\x80\x80\x01", b"\x80")
        )
    body = noise(random.randrange(300 if way == 1 else 6))
    return wire.packet(first, body)
