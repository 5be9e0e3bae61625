"""A board's TLS streams: what they cost the chip, and when a peer owes an answer on them.

The bytes on the wire say nothing, so the shim tells the plain text (shims/vb_tls.py).
"""

import errno
from collections.abc import Callable

from baysense_host.virtual.answers import DeviceError, Later
from baysense_host.virtual.net.connection import Connection, TlsStream
from baysense_host.virtual.net.host import Host
from baysense_host.virtual.net.idf_heap import IdfHeap, OutOfIdfHeap
from baysense_host.virtual.net.mqtt_tap import Published

# ESP-IDF's guide "Mbed TLS", table "Reducing Heap Usage": 42,196 B at the peak of a handshake with the default
# settings [S]. Of that two record buffers (16 KiB in, 4 KiB out, as MicroPython has them) and the session stay [A].
OPEN_BYTES = 30 * 1024
HANDSHAKE_BYTES = 12 * 1024


class SecureStreams:
    """Answer the TLS shim of one board."""

    def __init__(
        self,
        host: Host,
        heap: IdfHeap,
        find: Callable[[int], Connection],
        tell: Callable[[Connection], None],
        publish: Callable[[Published], None],
    ) -> None:
        self._host, self._heap, self._find, self._tell, self._publish = host, heap, find, tell, publish
        for name in ("begin", "failed", "sent", "received"):
            host.register(f"tls.{name}", getattr(self, f"_{name}"))

    def free(self, connection: Connection) -> None:
        """Give back what a stream held."""
        self._heap.give(f"tls {connection.number}")
        self._heap.give(f"tls handshake {connection.number}")

    def _begin(self, number: int) -> None:
        connection = self._find(number)
        try:
            self._heap.take(f"tls {number}", OPEN_BYTES)
            self._heap.take(f"tls handshake {number}", HANDSHAKE_BYTES)
        except OutOfIdfHeap as error:
            self.free(connection)
            raise DeviceError("OSError", errno.ENOMEM) from error
        connection.tls = TlsStream()
        self._host.log("tls", event="begin", socket=number)

    def _failed(self, number: int) -> None:
        connection = self._find(number)
        if connection.handshaking:
            self.free(connection)
            self._host.log("tls", event="failed", socket=number)

    def _sent(self, number: int, data: str) -> Later | None:
        connection = self._find(number)
        if connection.tls is None:
            return None
        connection.tls.untold += bytes.fromhex(data)
        self._tell(connection)
        if connection.tls.open:
            return None
        connection.tls.open, connection.tls.digesting = True, False
        self._heap.give(f"tls handshake {number}")
        self._host.log("tls", event="open", socket=number)
        return Later(self._host.now_us() + self._host.tls_handshake_us, lambda: None)

    def _received(self, number: int, data: str) -> None:
        connection = self._find(number)
        for message in connection.tap.down(self._host.now_us(), bytes.fromhex(data)):
            self._publish(message)
        if connection.tls is not None:
            connection.tls.digesting = False
