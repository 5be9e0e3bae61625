"""The time of day from one SNTP server (RFC 4330)."""

import errno
import socket
import struct
import time
from os import urandom

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from _mpy_shed.time_mp import _TicksMs

_PORT = 123
_PACKET_BYTES = const(48)
_TO_2000_S = const(3_155_673_600)  # from 1900, where NTP begins, to 2000, where MicroPython's clock on the ESP32 does
_SERVER = const(4)  # mode of an answer
_UNSYNCHRONISED = const(3)  # leap indicator


def ask(host: str, timeout_ms: int = 2000) -> int:
    """Return the time [s since 2000-01-01 UTC]; raise OSError when no usable answer comes within the bound."""
    nonce = urandom(8)  # in the place of our time: an answer that does not repeat it is not the answer to this
    address = _address(host)
    if address is None:
        raise OSError(f"SNTP: nobody knows the time server {host}")
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        asking.sendto(b"\x23" + bytes(39) + nonce, address)  # no leap warning, version 4, client
        return _answer(asking, nonce, time.ticks_add(time.ticks_ms(), timeout_ms))
    finally:
        asking.close()


def _address(host: str) -> "tuple | None":
    try:
        return socket.getaddrinfo(host, _PORT)[0][-1]
    except OSError:
        return None


def _answer(asking: socket.socket, nonce: bytes, end_ms: "_TicksMs") -> int:
    while True:
        left_ms = time.ticks_diff(end_ms, time.ticks_ms())
        if left_ms <= 0:
            raise OSError(errno.ETIMEDOUT, "SNTP: no answer from the time server")
        asking.settimeout(left_ms / 1000)
        try:
            packet = asking.recv(_PACKET_BYTES)
        except OSError as error:
            if error.errno in (errno.ETIMEDOUT, errno.EAGAIN):
                continue
            raise
        if len(packet) == _PACKET_BYTES and packet[24:32] == nonce:
            return _seconds(packet)


def _seconds(packet: bytes) -> int:
    """Return the time in an answer, checked as RFC 4330 section 5 asks."""
    seconds, fraction = struct.unpack_from(">II", packet, 40)
    if packet[0] & 7 != _SERVER or packet[0] >> 6 == _UNSYNCHRONISED or not 1 <= packet[1] <= 15 or not seconds:
        raise OSError(errno.EINVAL, "SNTP: the time server does not know the time")
    # The counter turns over in 2036; modulo 2**32 this is right until 2136.
    return ((seconds - _TO_2000_S) & 0xFFFFFFFF) + (fraction >> 31)
