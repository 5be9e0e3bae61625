"""Boards of one make, with flash, identity, battery, network and somebody who sets them up."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baysense_host.errors import ToolError
from baysense_host.paths import boards_dir, firmware_dir
from baysense_host.virtual import image
from baysense_host.virtual.air import Air
from baysense_host.virtual.board import VirtualBoard
from baysense_host.virtual.board_options import BoardOptions, usual_heap_kib
from baysense_host.virtual.folders import make_folder
from baysense_host.virtual.net.idf_heap import IdfHeap
from baysense_host.virtual.net.network import BoardNetwork, VirtualNetwork
from baysense_host.virtual.net.radio import RadioCurrents
from baysense_host.virtual.net_host import NetHost
from baysense_host.virtual.power import Battery
from baysense_host.virtual.simulation import Simulation
from baysense_host.virtual.technician import Technician

# DRAM left to IDF beside a 112–128 KiB Python heap (hardware-notes: Wi-Fi and TLS still fit, Wi-Fi and BLE do not).
IDF_HEAP_BYTES = 110 * 1024
_JOIN_EUI = bytes(8)
_ASSOCIATED_UA = 20_000.0  # modem sleep between beacons, on top of the running chip [assumed]


@dataclass
class Bay:
    """One board in its place."""

    name: str
    board: VirtualBoard
    technician: Technician
    network: BoardNetwork
    dev_eui: str
    join_eui: str
    app_key: bytes


class Fleet:
    """Make boards of one make and put them into a simulation."""

    def __init__(
        self,
        simulation: Simulation,
        network: VirtualNetwork,
        make: str,
        folder: Path,
        heap_kib: int | None = None,
        air: Air | None = None,
    ) -> None:
        self._simulation = simulation
        self._network = network
        self._air = air
        self._folder = folder
        self._board_dir = board_dir(make)
        self.facts: dict[str, Any] = json.loads((self._board_dir / "board.json").read_text(encoding="utf-8"))
        self._heap_kib = heap_kib or usual_heap_kib(self.facts)
        self._shims = image.compile_shims(image.cache_dir())
        make_folder(folder)

    def add(
        self,
        name: str,
        environment: Any,
        seed: int,
        settings: dict[str, Any],
        on_notice: Callable[[str, dict[str, Any]], None] = lambda method, params: None,
        on_log: Callable[[str], None] = lambda line: None,
        link: Path | None = None,
    ) -> Bay:
        """Build one board; it is off until `power_on`."""
        flash = self._folder / f"{name}.flash"
        nvs = flash.with_suffix(".nvs")
        nvs.unlink(missing_ok=True)
        blocks = image.build_flash(flash, self.facts["flash_mib"], firmware_dir(), self._board_dir)
        options = BoardOptions(
            name, self.facts, environment, seed, flash, blocks, self._shims, self._heap_kib, link, self._air
        )
        if self._air is not None:
            self._air.place(name, environment)
        technician = Technician(settings, on_notice, on_log)
        board = self._simulation.add(options, technician.tap)
        technician.board = board
        dev_eui = board.mac[:3] + b"\xff\xfe" + board.mac[3:]
        identity = _identity(dev_eui, seed)
        board.nvs.preset("baysense", identity)
        network = self._network.attach(
            NetHost(self._simulation, board), name, board.mac.hex(), IdfHeap(IDF_HEAP_BYTES), _currents(self.facts)
        )
        board.on_restart = network.reset
        board.on_soft_reset = network.hub.reset
        if "battery" in board.wiring.chips:
            Battery(board, self.facts["capacity_mah"])
        return Bay(name, board, technician, network, dev_eui.hex(), _JOIN_EUI.hex(), _app_key(seed))


def board_dir(make: str) -> Path:
    """Return a board's folder; raise ToolError naming those there are."""
    folder = boards_dir() / make
    if not (folder / "board.json").is_file():
        known = ", ".join(sorted(path.parent.name for path in boards_dir().glob("*/board.json")))
        raise ToolError(f"There is no board {make}.", f"Choose one of {known}.")
    return folder


def _identity(dev_eui: bytes, seed: int) -> dict[str, object]:
    """Return what the factory writes (DESIGN, NVS table); the keys of a simulation are worth nothing."""
    return {
        "id_version": 1,
        "dev_eui": dev_eui,
        "join_eui": _JOIN_EUI,
        "app_key": _app_key(seed),
        "pop": f"SIM{seed:013d}".encode(),
        "serial": f"SIM-{seed:06d}".encode(),
        "lot": b"virtual",
    }


def _app_key(seed: int) -> bytes:
    return seed.to_bytes(16, "big")


def _currents(facts: dict[str, Any]) -> RadioCurrents:
    """Return what the radio adds to the running chip, the middle of the table's ranges [µA]."""
    active = sum(facts["currents_ua"]["active"]["range"]) / 2
    transmit = sum(facts["currents_ua"]["wifi_tx"]["range"]) / 2
    receive = sum(facts["currents_ua"]["wifi_rx"]["range"]) / 2
    return RadioCurrents(max(0.0, receive - active), max(0.0, transmit - active), _ASSOCIATED_UA)
