"""The town: nodes around one gateway, a network server and a receiver for each bay."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from baysense_host.bench.airwaves.app import App, build
from baysense_host.bench.airwaves.extent import Extent
from baysense_host.bench.airwaves.frames import Frames
from baysense_host.bench.airwaves.node import Node
from baysense_host.bench.airwaves.script import outage_us, story
from baysense_host.bench.report import Tell
from baysense_host.virtual.clock import Clock
from baysense_host.virtual.lorawan.desk import GATEWAY, Desk

_MEMORY = Path("/dev/shm")  # replacing a file on a disk waits for the disk
_JOIN_EUI = bytes(8).hex()
# From next to the gateway to where a vehicle above the sensor leaves SF12: 14 dBm less that and a shadow of 15 dB
# against -139.5 dBm (virtual.air.sensitivity).
_LOSS_DB = 100.0, 137.0
_SHADOW_DB = 10.0, 15.0  # of a vehicle above the sensor (hardware notes, virtual.air.link)


class Town:
    """Everything on one clock."""

    def __init__(self, extent: Extent, app: App, folder: Path) -> None:
        self.clock = Clock()
        self.desk = Desk(self.clock, extent.seed, extent.loss)
        self.frames = Frames()
        self.desk.air.taps.append(self.frames)
        self.desk.air.shadow_db = self._shadow_db
        self.nodes = [self._settle(extent, app, folder, number) for number in range(extent.nodes)]
        self._by_name = {node.name: node for node in self.nodes}
        self._shadows_db = {node.name: Random(f"shadow {node.name}").uniform(*_SHADOW_DB) for node in self.nodes}
        begin_us, end_us = outage_us(extent)
        if end_us > begin_us:
            self.clock.at(begin_us, lambda: self.desk.gateway.switch(False))
            self.clock.at(end_us, lambda: self.desk.gateway.switch(True))

    def run_until(self, t_us: int) -> None:
        """Let time pass."""
        while (next_us := self.clock.next_us()) is not None and next_us <= t_us:
            self.clock.step()

    def end(self) -> None:
        """End all processes."""
        for node in self.nodes:
            node.end()

    def _settle(self, extent: Extent, app: App, folder: Path, number: int) -> Node:
        name = f"node {number}"
        home = folder / name
        home.mkdir()
        random = Random(f"{extent.seed} place {number}")
        dev_eui, app_key = f"70b3d57ed{number:07x}", random.randbytes(16)
        self.desk.air.path.set(name, GATEWAY, random.uniform(*_LOSS_DB))
        self.desk.register(dev_eui, _JOIN_EUI, app_key, name)
        return Node(app, self.desk.air, home, dev_eui, app_key, story(extent, name))

    def _shadow_db(self, name: str) -> float:
        """Return what a vehicle takes from a node's signal now."""
        node = self._by_name.get(name)
        return self._shadows_db[name] if node is not None and node.story.state(self.clock.now_us) else 0.0


@contextmanager
def town(extent: Extent, tell: Tell, firmware: Path | None = None) -> Iterator[Town]:
    """Give a town, and tidy up after it; `firmware` is the nodes' code, ours unless told."""
    root = _MEMORY if _MEMORY.is_dir() else None
    with TemporaryDirectory(prefix="baysense-airwaves-", dir=root) as folder:
        app = build(Path(folder) / "app", tell, firmware)
        found = Town(extent, app, Path(folder))
        try:
            yield found
        finally:
            found.end()
