"""Datagrams that come back from a time server, or from anybody else: the time they tell, or OSError."""

import random
import struct

from baysense.net import sntp
from baysense_host.bench.mutate.inside.broker import Clock
from baysense_host.bench.mutate.inside.damage import damaged, noise
from baysense_host.bench.mutate.inside.finding import ACCEPTED, HANG, REFUSED, expect
from baysense_host.bench.mutate.inside.targets.target import Target

_TIMEOUT_MS = 2000
_TO_2000_S = 3_155_673_600  # from 1900 to 2000: 100 years, 24 of them with a leap day
_EAGAIN = 11


class Fuzz(Target):
    """See the module."""

    def attempt(self) -> None:
        """See Target."""
        clock = Clock()
        server = _Server(clock)
        for name, stand_in in (("time", clock), ("socket", server)):
            setattr(sntp, name, stand_in)
        begun_ms = clock.now_ms
        try:
            told_s = sntp.ask("pool.ntp.org", _TIMEOUT_MS)
        except OSError:
            told_s = -1
        self.tried = server.sent
        took_ms = clock.now_ms - begun_ms
        expect(took_ms <= _TIMEOUT_MS + 100, HANG, f"took {took_ms} ms")
        expect(server.closed, REFUSED, "the socket is still open")
        expected = [server.time_s(packet) for packet in server.sent]
        if told_s >= 0:
            expect(told_s in expected, ACCEPTED, f"told {told_s}")
        else:
            expect(server.whole not in server.sent[:1], REFUSED, "a whole answer was refused")


class _Server:
    """As the module socket, a socket, and the servers that answer."""

    AF_INET = SOCK_DGRAM = 2

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._nonce = self.whole = b""
        self.sent: list[bytes] = []
        self.closed = False

    def socket(self, *options: int) -> "_Server":
        """Return a socket."""
        return self

    def getaddrinfo(self, host: str, port: int) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        """Return an address."""
        return [(0, 0, 0, "", (host, port))]

    def settimeout(self, timeout_s: float) -> None:
        """Take note of the bound."""
        self._timeout_ms = int(timeout_s * 1000)

    def sendto(self, packet: bytes, address: tuple[str, int]) -> None:
        """Take the question."""
        self._nonce = packet[40:48]
        stamp = struct.pack(">II", (_TO_2000_S + 850_000_000) & 0xFFFFFFFF, random.getrandbits(32))
        self.whole = b"\x24\x02\x06\xec" + bytes(20) + self._nonce + stamp + stamp

    def recv(self, most: int) -> bytes:
        """Return an answer, mutated or not, or none in time."""
        if random.getrandbits(3) == 0:
            self._clock.sleep_ms(self._timeout_ms)
            raise OSError(_EAGAIN)
        way = random.getrandbits(2)
        packet = damaged(self.whole) if way < 2 else noise(48) if way == 2 else self.whole
        if way == 1:  # the nonce stays, what lies around it does not
            packet = (packet + bytes(48))[:24] + self._nonce + (packet + bytes(48))[32:48]
        self._clock.sleep_ms(50)
        self.sent.append(packet[:most])
        return packet[:most]

    def close(self) -> None:
        """Close."""
        self.closed = True

    def time_s(self, packet: bytes) -> int:
        """Return the time [s since 2000] in an answer, -1 if it is none (RFC 4330, section 5)."""
        if len(packet) != 48 or packet[24:32] != self._nonce:
            return -1
        first, stratum = packet[0], packet[1]
        seconds, fraction = struct.unpack_from(">II", packet, 40)
        if first & 7 != 4 or first >> 6 == 3 or not 1 <= stratum <= 15 or seconds == 0:
            return -1
        return int((seconds - _TO_2000_S) % (1 << 32) + (fraction >> 31))
