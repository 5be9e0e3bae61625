"""Names and addresses the boards can reach, and the real TCP addresses behind them."""

import ipaddress
from dataclasses import dataclass

Address = tuple[str, int]
_FIRST_SERVER = 2


@dataclass(frozen=True)
class Server:
    """A host in the virtual network: virtual port -> real address."""

    name: str
    address: str
    ports: dict[int, Address]


class Names:
    """Resolve names without any real resolver, so that a run needs no network and repeats."""

    def __init__(self) -> None:
        self._servers: list[Server] = []

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

    def resolve(self, name: str) -> str | None:
        """Return the address of a name, None when nobody has it."""
        if name == "localhost":
            return "127.0.0.1"
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            return next((s.address for s in self._servers if s.name == name), None)

    def real(self, address: str, port: int) -> Address | None:
        """Return the real address behind a virtual one; None where nobody listens."""
        for server in self._servers:
            if server.address == address:
                return server.ports.get(port)
        return address, port
