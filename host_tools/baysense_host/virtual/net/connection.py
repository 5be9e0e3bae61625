"""One socket of a board: what lwIP shows of it, in virtual time, and the wire behind it."""

import errno
import select
from collections import deque
from dataclasses import dataclass, field

from baysense_host.virtual.net.mqtt_tap import MqttTap
from baysense_host.virtual.net.wire import Wire

NEW, CONNECTING, CONNECTED, CLOSED, DATAGRAM = "new", "connecting", "connected", "closed", "datagram"
_SEND_BUFFER = 5760  # CONFIG_LWIP_TCP_SND_BUF_DEFAULT in ports/esp32/boards/sdkconfig.base
POLL_RD, POLL_WR, POLL_ERR, POLL_HUP = 1, 4, 8, 16  # py/stream.h


@dataclass
class TlsStream:
    """What is known of a stream that only the two ends can read."""

    open: bool = False  # the handshake is over
    digesting: bool = True  # the board has bytes to work on, or has not looked for an answer yet
    untold: bytearray = field(default_factory=bytearray)  # plain text whose packets have not passed yet


@dataclass
class Connection:
    """State of one socket; times are virtual [µs]."""

    number: int
    tap: MqttTap
    wire: Wire | None = None
    state: str = NEW
    error: int = 0  # raised by the next operation
    peer: tuple[str, int] = ("", 0)  # as the board knows it
    target: tuple[str, int] = ("", 0)  # the real address
    received: bytearray = field(default_factory=bytearray)  # for the board to read
    peer_closed: bool = False
    held_back: bytearray = field(default_factory=bytearray)  # sent by the board while no packet passed
    sent_bytes: int = 0
    opened_us: int = 0
    sent_us: int = 0
    due_us: int = 0  # of the latest delivery, so that bytes stay in order
    unanswered: bool = False
    given_up: bool = False  # it has kept virtual time waiting for nothing, and does not any more until it speaks
    arrived: bytearray = field(default_factory=bytearray)  # from the wire, not yet on its way to the board
    outcome: int | None = None  # of the real connect: 0 or an errno
    eof_seen: bool = False
    watched: bool = False
    tls: TlsStream | None = None
    inbox: deque[tuple[bytes, str, int]] = field(default_factory=deque)  # datagrams with their senders
    travelling: dict[int, bytearray] = field(default_factory=dict)  # by the time they reach the board

    @property
    def handshaking(self) -> bool:
        """Say whether a TLS handshake is on."""
        return self.tls is not None and not self.tls.open

    @property
    def waiting(self) -> bool:
        """Say whether the peer owes an answer that must come before virtual time goes on."""
        if self.wire is None or self.wire.eof or not self.unanswered or self.held_back or self.given_up:
            return False
        if self.state == CONNECTING:
            return self.outcome is None
        if self.tls is not None:
            coming = self.arrived or self.travelling or self.received
            if self.tls.digesting or coming:
                return False
            return self.handshaking or self.tap.finished or self.tap.awaiting > 0
        return self.tap.opaque or self.tap.finished or self.tap.awaiting > 0

    @property
    def may_follow(self) -> bool:
        """Say whether more than the answer may come without being asked for."""
        return self.tls is not None or self.tap.opaque or self.tap.subscribed

    @property
    def poll_events(self) -> int:
        """What to wait for on the wire."""
        connecting = self.state == CONNECTING and self.outcome is None
        pending = self.wire is not None and self.wire.unsent > 0
        return select.POLLOUT if connecting else select.POLLIN | (select.POLLOUT if pending else 0)

    def pump(self) -> None:
        """Move what the wire has to `arrived`; finish a connect."""
        wire = self.wire
        if wire is None or wire.eof:
            return
        if self.state == CONNECTING and self.outcome is None:
            self.outcome = wire.connect(self.target)
            return
        wire.flush()
        data = wire.receive()
        self.arrived += data
        self.given_up &= not data
        if data and self.tap.opaque and self.tls is None:
            self.unanswered = False

    def room(self) -> int:
        """Return how many bytes lwIP's send buffer still takes."""
        unsent = self.wire.unsent if self.wire is not None else 0
        return max(0, _SEND_BUFFER - unsent - len(self.held_back))

    def ready(self, flags: int) -> int:
        """Return the poll flags that are set, as ports/esp32/modsocket.c does."""
        if self.state == DATAGRAM:
            return flags & (POLL_WR | POLL_RD if self.inbox else POLL_WR)
        result = 0
        if self.received or self.peer_closed or self.error:
            result |= flags & POLL_RD
        if self.state == NEW:
            return result | flags & POLL_WR | POLL_HUP
        if self.error or (self.state == CONNECTED and self.room()):
            result |= flags & POLL_WR
        return result

    def fail(self, code: int) -> None:
        """Let the board's next operation raise this errno."""
        self.error = code
        self.state = CLOSED

    def take_error(self) -> int:
        """Return and clear the pending errno; a dead socket says ENOTCONN afterwards."""
        code, self.error = self.error, 0
        if not code and self.state in (NEW, CLOSED):
            return errno.ENOTCONN
        if self.peer_closed and self.wire is not None and self.wire.error:
            return errno.ECONNRESET
        return code
