"""Names and addresses the boards can reach, and the real TCP addresses behind them."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field

from baysense_host.virtual.net.host import Host

Address = tuple[str, int]
Service = Callable[[bytes, Host, str], bytes | None]  # datagram, host and name of the board that sent it
_FIRST_SERVER = 2


@dataclass(frozen=True)
class Server:
    """A host in the virtual network: TCP port -> real address, UDP port -> service."""

    name: str
    address: str
    ports: dict[int, Address]
    services: dict[int, Service] = field(default_factory=dict)


class Names:
    """Resolve names without any real resolver, so that a run needs no network and repeats."""

    def __init__(self) -> None:
        self._servers: list[Server] = []
        self._services: list[Server] = []

    def add(self, name: str, ports: dict[int, Address]) -> Server:
        """Give a server a name and an address; calling again replaces its ports."""
        known = next((s for s in self._servers if s.name == name), None)
        if known is not None:
            known.ports.clear()
            known.ports.update(ports)
            return known
        server = Server(name, f"10.0.0.{_FIRST_SERVER + len(self._servers)}", dict(ports))
        self._servers.append(server)
        return server

    def serve(self, name: str, address: str, port: int, service: Service) -> None:
        """Give a UDP service of this process a name and an address."""
        self._services.append(Server(name, address, {}, {port: service}))

    def service(self, address: str, port: int) -> Service | None:
        """Return the UDP service at an address, None where there is none."""
        return next((s.services.get(port) for s in self._services if s.address == address), None)

    def resolve(self, name: str) -> str | None:
        """Return the address of a name, None when nobody has it."""
        if name == "localhost":
            return "127.0.0.1"
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            known = self._servers + self._services
            return next((s.address for s in known if s.name == name), None)

    def real(self, address: str, port: int) -> Address | None:
        """Return the real address behind a virtual one; None where nobody listens."""
        for server in self._servers + self._services:
            if server.address == address:
                return server.ports.get(port)
        return address, port
