"""All boards' network: what is on the air, who can be reached, and when virtual time must wait for it."""

import select
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from baysense_host.virtual.net import latency, time_server
from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.bridge import Air
from baysense_host.virtual.net.connection import Connection
from baysense_host.virtual.net.faults import Fault, Faults
from baysense_host.virtual.net.host import Host
from baysense_host.virtual.net.hub import TcpHub
from baysense_host.virtual.net.idf_heap import IdfHeap
from baysense_host.virtual.net.mqtt_tap import Published
from baysense_host.virtual.net.names import Names
from baysense_host.virtual.net.radio import RadioCurrents
from baysense_host.virtual.net.station_config import StationConfig
from baysense_host.virtual.net.time_server import TimeServer
from baysense_host.virtual.net.wifi import Wifi
from baysense_host.virtual.net.wire import Wire

_HALF_OPEN = 32


@dataclass(frozen=True)
class BoardNetwork:
    """One board's share of the network."""

    wifi: Wifi
    hub: TcpHub

    def reset(self) -> None:
        """Forget all state, at every restart of the chip and at deep sleep."""
        self.hub.reset()
        self.wifi.reset()


class VirtualNetwork:
    """Access points, names, failures and every board's sockets."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self.access_points: list[AccessPoint] = []
        self.names = Names()
        self.published: list[Published] = []
        self._listeners: list[Callable[[Published], None]] = []
        self._boards: list[BoardNetwork] = []
        self._half_open: deque[Wire] = deque()
        self._air = Air(Faults(), self._on_published, self._keep_half_open)
        self.time_server = TimeServer(self._air.faults)
        self.names.serve(time_server.NAME, time_server.ADDRESS, time_server.PORT, self.time_server.answer)

    def attach(self, host: Host, board: str, mac: str, heap: IdfHeap, currents: RadioCurrents) -> BoardNetwork:
        """Give a board Wi-Fi and sockets; `mac` is hex."""
        faults = self._air.faults
        wifi = Wifi(host, board, mac, self.access_points, faults, heap, currents, self._seed)
        StationConfig(wifi, host)
        network = BoardNetwork(wifi, TcpHub(host, board, wifi, heap, self.names, self._air))
        self._boards.append(network)
        return network

    def on_published(self, listener: Callable[[Published], None]) -> None:
        """Call back for every MQTT message that passes on a plain connection."""
        self._listeners.append(listener)

    def fail(self, fault: Fault) -> None:
        """Add a failure to the schedule."""
        self._air.faults.items.append(fault)
        for board in self._boards:
            board.wifi.faults_changed()

    @property
    def busy(self) -> bool:
        """Say whether a peer owes an answer that must come before virtual time goes on."""
        return any(True for _ in self._waiting())

    def settle(self) -> None:
        """Hold virtual time: wait for the answers that are owed, at most two seconds of wall time."""
        end_s = time.monotonic() + latency.HOLD_S
        heard = False
        while waiting := list(self._waiting()):
            left_s = end_s - time.monotonic()
            if left_s <= 0:
                for hub, connection in waiting:
                    hub.give_up(connection)
                return
            _collect(waiting, left_s)
            heard = True
        followers = [(b.hub, c) for b in self._boards for c in b.hub.followers()] if heard else []
        while followers and _collect(followers, latency.QUIET_S):
            followers = [(hub, c) for hub, c in followers if c.wire is not None and not c.wire.eof]

    def close(self) -> None:
        """End all connections."""
        for board in self._boards:
            board.hub.reset()
        while self._half_open:
            self._half_open.popleft().close()

    def _waiting(self) -> Iterator[tuple[TcpHub, Connection]]:
        for board in self._boards:
            for connection in board.hub.waiting():
                yield board.hub, connection

    def _on_published(self, message: Published) -> None:
        self.published.append(message)
        for listener in self._listeners:
            listener(message)

    def _keep_half_open(self, wire: Wire) -> None:
        self._half_open.append(wire)
        if len(self._half_open) > _HALF_OPEN:
            self._half_open.popleft().close()


def _collect(pairs: list[tuple[TcpHub, Connection]], timeout_s: float) -> bool:
    """Wait for traffic on these sockets and take it; return whether there was any."""
    poll = select.poll()
    by_fd = {c.wire.fd: (hub, c) for hub, c in pairs if c.wire is not None}
    for fd, (_, connection) in by_fd.items():
        poll.register(fd, connection.poll_events)
    ready = poll.poll(timeout_s * 1000)
    for fd, _ in ready:
        hub, connection = by_fd[fd]
        hub.collect(connection)
    return bool(ready)
