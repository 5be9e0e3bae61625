"""A mains node on a busy street, connected to a mosquitto: what latency and growth are measured on."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from baysense_host.bench.outage.brokers import NAME, PORT, Brokers
from baysense_host.bench.outage.diary import Diary
from baysense_host.bench.outage.street import Street
from baysense_host.bench.outage.witness import Witness
from baysense_host.virtual.fleet import Bay, Fleet
from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.network import VirtualNetwork
from baysense_host.virtual.run import settings
from baysense_host.virtual.simulation import Simulation

MAKE = "ESPRESSIF_ESP32_DEVKITC"
_PLAIN_PORT = 1883
_WIFI = "kerbside", "virtual-kerb"
Notice = Callable[[str, dict[str, Any]], None]


class Mains:
    """The node, its broker, who listens."""

    def __init__(
        self, brokers: Brokers, folder: Path, street: Street, real: bool, secure: bool, notice: Notice
    ) -> None:
        self.street = street
        self.address = brokers.right.address
        self.log: list[str] = []
        self.simulation = Simulation(Diary(), real)
        self.network = VirtualNetwork()
        self.network.access_points.append(AccessPoint(*_WIFI))
        self.network.names.add(NAME, {PORT: brokers.right.tls_address, _PLAIN_PORT: brokers.right.address})
        self.simulation.settlers.append(self.network)
        self.witness = Witness(brokers.right.address)
        fleet = Fleet(self.simulation, self.network, MAKE, folder)
        chosen = {**settings("bay-1"), "mqtt_tls": secure, "mqtt_port": PORT if secure else _PLAIN_PORT}
        self.bay: Bay = fleet.add("bay-1", street, 1, chosen, notice, self.log.append)
        if secure:
            self.bay.technician.credentials = brokers.credentials

    def start(self) -> None:
        """Switch on."""
        self.witness.start()
        self.bay.board.power_on()

    def close(self) -> None:
        """Switch off and give everything back."""
        self.witness.stop()
        self.network.close()
        self.simulation.close()


@contextmanager
def mains_node(street: Street, real: bool, secure: bool, notice: Notice) -> Iterator[Mains]:
    """Put a node in place and switch it on."""
    with (
        tempfile.TemporaryDirectory(prefix="baysense-bench-") as folder,
        Brokers(Path(folder) / "brokers") as brokers,
    ):
        node = Mains(brokers, Path(folder), street, real, secure, notice)
        try:
            node.start()
            yield node
        finally:
            node.close()
