"""Carry bytes between a board's sockets and their real TCP connections, delayed as over the air."""

from collections.abc import Callable
from dataclasses import dataclass
from errno import ECONNRESET
from functools import partial

from baysense_host.virtual.net import latency
from baysense_host.virtual.net.connection import CONNECTED, CONNECTING, Connection
from baysense_host.virtual.net.faults import DROP, Faults
from baysense_host.virtual.net.host import Host
from baysense_host.virtual.net.mqtt_tap import Published
from baysense_host.virtual.net.wire import Wire

_REAL_CONNECT_POLL_US = 5_000


@dataclass(frozen=True)
class Air:
    """What all boards share: failures, who reads along, who keeps half-open connections."""

    faults: Faults
    publish: Callable[[Published], None]
    retire: Callable[[Wire], None]


class Bridge:
    """Move one board's traffic."""

    def __init__(self, host: Host, board: str, air: Air) -> None:
        self._host, self._board, self._air = host, board, air

    def silent_until_us(self) -> int | None:
        """Return until when no packet passes [µs], None when packets pass."""
        return self._air.faults.silent_until_us(self._host.now_us(), self._board)

    def connect(self, connection: Connection, target: tuple[str, int]) -> None:
        """Begin the real connect."""
        connection.wire, connection.target = Wire(), target
        self._expect(connection)
        self._go_on_connecting(connection)

    def send(self, connection: Connection, data: bytes) -> None:
        """Pass the board's bytes on, now or when packets pass again."""
        if self._severed(connection):
            connection.held_back += data
            return
        silent_until_us = self.silent_until_us()
        if silent_until_us is None and not connection.held_back:
            self._transmit(connection, data)
            return
        if silent_until_us is not None and not connection.held_back:
            self._host.at(silent_until_us, partial(self._retransmit, connection))
        connection.held_back += data

    def tell(self, connection: Connection) -> None:
        """Let the tap read the plain text of a TLS stream whose packets have passed."""
        stream = connection.tls
        if stream is not None and stream.untold and connection.wire is not None and not connection.held_back:
            data = bytes(stream.untold)
            stream.untold.clear()
            self._read_along(connection, data)

    def collect(self, connection: Connection) -> None:
        """Fetch what has come on the wire and send it on its way to the board."""
        if self._severed(connection):
            return
        connection.pump()
        if connection.outcome is not None and connection.state == CONNECTING and connection.unanswered:
            connection.unanswered = False
            self._after_travel(connection, partial(self._finish_connect, connection))
        if connection.arrived:
            self._forward(connection)
        if connection.wire is not None and connection.wire.eof and not connection.eof_seen:
            connection.eof_seen = True
            self._after_travel(connection, partial(self._end, connection, connection.wire.error))

    def close(self, connection: Connection, reset: bool = False) -> None:
        """End the real connection so that the peer sees it."""
        if connection.wire is not None:
            self._unwatch(connection)
            connection.wire.close(reset)
            connection.wire = None

    def leave_half_open(self, connection: Connection) -> None:
        """End the board's side while the peer is told nothing."""
        if connection.wire is not None:
            self._unwatch(connection)
            self._air.retire(connection.wire)
            connection.wire = None

    def fail_at(self, connection: Connection, t_us: int, code: int) -> None:
        """Let a connection end with an errno at a virtual time [µs]."""
        self._host.at(t_us, partial(self._end, connection, code))

    def _severed(self, connection: Connection) -> bool:
        if connection.state != CONNECTED:
            return False
        severed = self._air.faults.severed(connection.opened_us, self._host.now_us(), self._board)
        if severed:
            self.leave_half_open(connection)
        return severed

    def _expect(self, connection: Connection) -> None:
        connection.sent_us = self._host.now_us()
        connection.unanswered = True
        if not self._host.real:
            # Virtual time must not pass the arrival of an answer before the answer is known.
            self._host.at(connection.sent_us + latency.ROUND_TRIP_US, _nothing)

    def _go_on_connecting(self, connection: Connection) -> None:
        self.collect(connection)
        if self._host.real and connection.state == CONNECTING and connection.wire is not None:
            later_us = self._host.now_us() + _REAL_CONNECT_POLL_US
            self._host.at(later_us, partial(self._go_on_connecting, connection))

    def _transmit(self, connection: Connection, data: bytes) -> None:
        drop = self._air.faults.active(DROP, self._host.now_us(), self._board)
        if drop is None or connection.sent_bytes + len(data) <= drop.after_bytes:
            self._to_wire(connection, data)
            return
        self._to_wire(connection, data[: max(0, drop.after_bytes - connection.sent_bytes)])
        self.close(connection, reset=True)
        self.fail_at(connection, self._host.now_us() + latency.ROUND_TRIP_US, ECONNRESET)

    def _to_wire(self, connection: Connection, data: bytes) -> None:
        if connection.wire is None or not data:
            return
        connection.sent_bytes += len(data)
        self._expect(connection)
        if connection.tls is None:
            self._read_along(connection, data)
        else:
            connection.tls.digesting |= connection.handshaking
            self.tell(connection)
        connection.wire.send(data)

    def _read_along(self, connection: Connection, data: bytes) -> None:
        for message in connection.tap.up(connection.sent_us, data):
            self._air.publish(message)

    def _retransmit(self, connection: Connection) -> None:
        data = bytes(connection.held_back)
        connection.held_back.clear()
        if connection.state == CONNECTED:
            self.send(connection, data)

    def _forward(self, connection: Connection) -> None:
        data = bytes(connection.arrived)
        connection.arrived.clear()
        if connection.tls is None:
            for message in connection.tap.down(self._host.now_us(), data):
                self._air.publish(message)
        due_us = self._due_us(connection)
        if due_us in connection.travelling:  # how TCP cut the bytes must not show
            connection.travelling[due_us] += data
            return
        connection.travelling[due_us] = bytearray(data)
        self._after_travel(connection, partial(self._deliver, connection, due_us))

    def _due_us(self, connection: Connection) -> int:
        now_us = self._host.now_us()
        slow_us = self._air.faults.slow_us(now_us, self._board)
        if self._host.real:
            return now_us + slow_us
        due_us = max(now_us, connection.sent_us + latency.ROUND_TRIP_US + slow_us, connection.due_us)
        return self._air.faults.silent_until_us(due_us, self._board) or due_us

    def _after_travel(self, connection: Connection, action: Callable[[], None]) -> None:
        connection.due_us = self._due_us(connection)
        if self._host.real and connection.due_us <= self._host.now_us():
            action()
        else:
            self._host.at(connection.due_us, action)

    def _finish_connect(self, connection: Connection) -> None:
        if connection.state != CONNECTING:
            return
        if connection.outcome:
            self._end(connection, connection.outcome)
            return
        connection.state = CONNECTED
        if self._host.real and connection.wire is not None:
            self._host.watch(connection.wire.fd, partial(self.collect, connection))
            connection.watched = True
        self._host.log("socket", event="connected", socket=connection.number)
        self._host.poke()

    def _deliver(self, connection: Connection, due_us: int) -> None:
        data = connection.travelling.pop(due_us)
        if connection.state != CONNECTED:
            return
        connection.received += data
        size = None if connection.handshaking else len(data)  # signatures differ in length from run to run
        self._host.log("socket", event="received", socket=connection.number, bytes=size)
        self._host.poke()

    def _end(self, connection: Connection, code: int) -> None:
        if connection.state not in (CONNECTING, CONNECTED):
            return
        self._unwatch(connection)
        if code:
            connection.fail(code)
        connection.peer_closed = not code
        self._host.log("socket", event="ended", socket=connection.number, error=code)
        self._host.poke()

    def _unwatch(self, connection: Connection) -> None:
        if connection.watched and connection.wire is not None:
            self._host.unwatch(connection.wire.fd)
            connection.watched = False


def _nothing() -> None:
    """Be an event that time cannot pass unseen."""
