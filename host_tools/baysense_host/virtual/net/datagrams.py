"""UDP of one board: to services inside the virtual network, answered within this process."""

import errno
from collections.abc import Callable
from functools import partial

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.net import latency
from baysense_host.virtual.net.connection import DATAGRAM, Connection
from baysense_host.virtual.net.faults import Faults
from baysense_host.virtual.net.host import Host
from baysense_host.virtual.net.names import Names
from baysense_host.virtual.net.wifi import Wifi


class Datagrams:
    """Send datagrams and bring the answers."""

    def __init__(
        self, host: Host, board: str, wifi: Wifi, names: Names, faults: Faults, find: Callable[[int], Connection]
    ) -> None:
        self._host, self._board, self._wifi = host, board, wifi
        self._names, self._faults, self._find = names, faults, find
        host.register("udp.send", self._send)
        host.register("udp.recv", self._receive)

    def _send(self, number: int, address: str, port: int, data: str) -> int:
        connection = self._find(number)
        if not self._wifi.connected:
            raise DeviceError("OSError", errno.EHOSTUNREACH)
        packet, now_us = bytes.fromhex(data), self._host.now_us()
        self._wifi.transmit(len(packet))
        self._host.log("socket", event="datagram", socket=number, address=address, port=port, bytes=len(packet))
        service = self._names.service(address, port)
        lost = not self._wifi.routed or self._faults.silent_until_us(now_us, self._board) is not None
        answer = None if service is None or lost else service(packet, self._host, self._board)
        if answer is not None:
            slow_us = self._faults.slow_us(now_us, self._board)
            due_us = now_us + latency.ROUND_TRIP_US + slow_us
            self._host.at(due_us, partial(self._deliver, connection, answer, address, port))
        return len(packet)

    def _deliver(self, connection: Connection, packet: bytes, address: str, port: int) -> None:
        if connection.state != DATAGRAM or not self._wifi.connected:
            return
        connection.inbox.append((packet, address, port))
        self._host.log("socket", event="received", socket=connection.number, bytes=len(packet))
        self._host.poke()

    def _receive(self, number: int, count: int) -> list[object] | None:
        connection = self._find(number)
        if not connection.inbox:
            return None
        packet, address, port = connection.inbox.popleft()
        return [packet[:count].hex(), address, port]
