"""The sockets of one board, as shims/socket.py calls them."""

import errno

from baysense_host.virtual.answers import DeviceError, Later
from baysense_host.virtual.net import latency
from baysense_host.virtual.net.bridge import Air, Bridge
from baysense_host.virtual.net.connection import CLOSED, CONNECTED, CONNECTING, DATAGRAM, NEW, Connection
from baysense_host.virtual.net.datagrams import Datagrams
from baysense_host.virtual.net.faults import REDIRECT, REFUSE
from baysense_host.virtual.net.host import Host
from baysense_host.virtual.net.idf_heap import IdfHeap, OutOfIdfHeap
from baysense_host.virtual.net.mqtt_tap import MqttTap
from baysense_host.virtual.net.names import Names
from baysense_host.virtual.net.secure import SecureStreams
from baysense_host.virtual.net.wifi import Wifi

_MAX_SOCKETS = 10  # CONFIG_LWIP_MAX_SOCKETS, default of ESP-IDF
_SOCKET_BYTES = 3 * 1024  # TCP control block, netconn and some queued segments [assumed]
_EAI_FAIL = -202  # lwip/netdb.h, as getaddrinfo raises it


class TcpHub:
    """Sockets of one board; errno values are the host interpreter's, not newlib's."""

    def __init__(self, host: Host, board: str, wifi: Wifi, heap: IdfHeap, names: Names, air: Air) -> None:
        self._host, self._board, self._wifi, self._heap = host, board, wifi, heap
        self._names, self._faults = names, air.faults
        self._bridge = Bridge(host, board, air)
        Datagrams(host, board, wifi, names, air.faults, self._get)
        self._secure = SecureStreams(host, heap, self._get, self._bridge.tell, air.publish)
        self._connections: dict[int, Connection] = {}
        wifi.on_link_lost = self.link_lost
        for name in ("open", "resolve", "connect", "connected", "send", "recv", "poll", "close"):
            host.register(f"sock.{name}", getattr(self, f"_{name}"))

    def waiting(self) -> list[Connection]:
        """Return the sockets whose peer owes an answer before virtual time may go on."""
        if self._host.real or not self._connections:
            return []
        return [c for c in self._connections.values() if c.waiting]

    def followers(self) -> list[Connection]:
        """Return the connected sockets on which more may come unasked."""
        return [c for c in self._connections.values() if c.state == CONNECTED and c.wire and c.may_follow]

    def collect(self, connection: Connection) -> None:
        """Fetch what has come for a socket and send it on its way to the board."""
        self._bridge.collect(connection)

    def give_up(self, connection: Connection) -> None:
        """Go on without the answer a peer still owes."""
        connection.given_up = True
        self._host.log("socket", event="unanswered", socket=connection.number)

    def link_lost(self) -> None:
        """Abort all sockets, as lwIP does when the station loses its address; peers are told nothing."""
        for connection in self._connections.values():
            self._bridge.leave_half_open(connection)
            if connection.state in (CONNECTING, CONNECTED):
                connection.fail(errno.ECONNABORTED)
        self._host.poke()

    def reset(self) -> None:
        """Forget everything: the chip restarted; to the peers the connections are half open."""
        for number in list(self._connections):
            connection = self._connections.pop(number)
            self._bridge.leave_half_open(connection)
            connection.state = CLOSED
            self._free(connection)

    def _open(self, datagrams: bool = False) -> int:
        number = next((n for n in range(_MAX_SOCKETS) if n not in self._connections), None)
        if number is None:
            raise DeviceError("OSError", errno.ENFILE)
        try:
            self._heap.take(f"socket {number}", _SOCKET_BYTES)
        except OutOfIdfHeap as error:
            raise DeviceError("OSError", errno.ENFILE) from error  # lwip_socket() says so for any lack
        state = DATAGRAM if datagrams else NEW
        self._connections[number] = Connection(number, MqttTap(self._board), state=state)
        return number

    def _resolve(self, name: str) -> str | Later:
        address = self._names.resolve(name)
        if address == name:
            return address
        if address is None or not self._wifi.routed or self._bridge.silent_until_us() is not None:
            raise DeviceError("OSError", _EAI_FAIL)
        return Later(self._host.now_us() + latency.DNS_US, lambda: address)

    def _connect(self, number: int, address: str, port: int) -> None:
        connection = self._get(number)
        if connection.state != NEW:
            raise DeviceError("OSError", errno.EALREADY if connection.state == CONNECTING else errno.EISCONN)
        if not self._wifi.connected:
            raise DeviceError("OSError", errno.EHOSTUNREACH)
        now_us = self._host.now_us()
        connection.state, connection.opened_us, connection.sent_us = CONNECTING, now_us, now_us
        self._host.log("socket", event="connect", socket=number, address=address, port=port)
        self._wifi.transmit(0)
        redirect = self._faults.active(REDIRECT, now_us, self._board)
        target = redirect.target if redirect is not None else self._names.real(address, port)
        if not self._wifi.routed or self._bridge.silent_until_us() is not None:
            self._bridge.fail_at(connection, now_us + latency.CONNECT_TIMEOUT_US, errno.ETIMEDOUT)
        elif target is None or self._faults.active(REFUSE, now_us, self._board):
            self._bridge.fail_at(connection, now_us + latency.ROUND_TRIP_US, errno.ECONNREFUSED)
        else:
            self._bridge.connect(connection, target)

    def _connected(self, number: int) -> bool:
        connection = self._get(number)
        if connection.state == CONNECTING:
            return False
        if connection.state != CONNECTED:
            raise DeviceError("OSError", connection.take_error())
        return True

    def _send(self, number: int, data: str) -> int | None:
        connection = self._get(number)
        if connection.state == CONNECTING:
            return None
        if code := connection.take_error():
            raise DeviceError("OSError", code)
        accepted = bytes.fromhex(data)[: connection.room()]
        if not accepted:
            return None
        self._wifi.transmit(0 if connection.handshaking else len(accepted))  # or two runs would differ
        self._bridge.send(connection, accepted)
        return len(accepted)

    def _recv(self, number: int, count: int) -> str | None:
        connection = self._get(number)
        self._sweep(connection)
        if connection.tls is not None:
            connection.tls.digesting = bool(connection.received)
        if connection.received:
            data = bytes(connection.received[:count])
            del connection.received[:count]
            return data.hex()
        if connection.peer_closed:
            return ""
        if connection.state != CONNECTING and (code := connection.take_error()):
            raise DeviceError("OSError", code)
        return None

    def _poll(self, number: int, flags: int) -> int:
        connection = self._get(number)
        self._sweep(connection)
        return connection.ready(flags)

    def _close(self, number: int) -> None:
        connection = self._get(number)
        del self._connections[number]
        self._free(connection)
        self._bridge.close(connection)
        if connection.state not in (NEW, DATAGRAM):
            self._host.log("socket", event="close", socket=number)
        connection.state = CLOSED

    def _free(self, connection: Connection) -> None:
        self._heap.give(f"socket {connection.number}")
        self._secure.free(connection)

    def _sweep(self, connection: Connection) -> None:
        # What a peer sends on its own account is noticed in fast mode when the board looks.
        if not self._host.real and not connection.received:
            self._bridge.collect(connection)

    def _get(self, number: int) -> Connection:
        connection = self._connections.get(number)
        if connection is None:
            raise DeviceError("OSError", errno.EBADF)
        return connection
