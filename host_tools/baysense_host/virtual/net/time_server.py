"""A time server in the virtual network: SNTP over UDP, with virtual time as its clock."""

import struct
import time
from datetime import UTC, datetime

from baysense_host.virtual.net import latency
from baysense_host.virtual.net.faults import NTP_LIES, NTP_SILENT, Faults
from baysense_host.virtual.net.host import Host

NAME, ADDRESS, PORT = "pool.ntp.org", "10.0.0.1", 123
START = datetime(2026, 12, 1, tzinfo=UTC)  # when virtual time begins

_PACKET_BYTES = 48
_TO_1970_S = 2_208_988_800  # from 1900, where NTP begins (RFC 5905)
_CLIENT, _SERVER = 3, 4
_STRATUM = 2
_PRECISION = 0xEC  # 2^-20 s


class TimeServer:
    """Answer SNTP requests; `start` is the time of day at which virtual time begins."""

    def __init__(self, faults: Faults, start: datetime = START) -> None:
        self.start = start
        self._faults = faults

    def utc_us(self, host: Host) -> int:
        """Return the true time [µs since 1970]: virtual in fast mode, this computer's in real mode."""
        if host.real:
            return time.time_ns() // 1000
        return round(self.start.timestamp() * 1e6) + host.now_us()

    def answer(self, request: bytes, host: Host, board: str) -> bytes | None:
        """Return the answer to a packet, None when there is none."""
        now_us = host.now_us()
        if len(request) < _PACKET_BYTES or request[0] & 7 != _CLIENT:
            return None
        if self._faults.active(NTP_SILENT, now_us, board):
            return None
        lie = self._faults.active(NTP_LIES, now_us, board)
        there_us = self.utc_us(host) + latency.ONE_WAY_US + (lie.offset_s * 1_000_000 if lie is not None else 0)
        stamp = _stamp(there_us)
        head = struct.pack(">BBBBII4s", request[0] & 0x38 | _SERVER, _STRATUM, request[2], _PRECISION, 0, 0, b"GPS\0")
        return head + stamp + request[40:48] + stamp + stamp


def _stamp(utc_us: int) -> bytes:
    """Return an NTP timestamp: seconds since 1900 and their fraction, 32 bits each."""
    seconds, rest_us = divmod(utc_us, 1_000_000)
    return struct.pack(">II", (seconds + _TO_1970_S) & 0xFFFFFFFF, (rest_us << 32) // 1_000_000)
