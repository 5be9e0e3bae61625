"""A virtual board that runs a few lines of test program instead of the firmware, in fast mode.

The program is the board's main.py: it prints what it finds, the test reads the lines.
"""

import json
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from baysense_host.paths import boards_dir
from baysense_host.virtual import image
from baysense_host.virtual.board import VirtualBoard
from baysense_host.virtual.board_options import BoardOptions
from baysense_host.virtual.eventlog import EventLog
from baysense_host.virtual.lines import Lines
from baysense_host.virtual.simulation import Simulation

S3, CLASSIC, C3 = "HELTEC_WIFI_LORA_32_V3", "ESPRESSIF_ESP32_DEVKITC", "SEEED_XIAO_ESP32C3"
FLASH_MIB = 3  # the file system gets 1 MiB of it: quick to build
HEAP_KIB = 112
_REPL = ("MicroPython v", 'Type "help()"', "MPY: soft reboot")


class Surroundings:
    """An empty bay at 15 °C: world.environment.Environment."""

    temperature = 15.0

    def field_ut(self, t_us: int) -> tuple[float, float, float]:
        return 18.0, 1.4, 46.9

    def temperature_c(self, t_us: int) -> float:
        return self.temperature

    def quiet_until_us(self, t_us: int) -> int:
        return 1 << 62

    def clearance_mm(self, t_us: int) -> int | None:
        return None


class SmallBoard:
    """One board, the simulation it is alone in, and what it has printed."""

    def __init__(self, simulation: Simulation, options: BoardOptions) -> None:
        self.simulation = simulation
        self.surroundings = options.environment
        self.lines: list[str] = []
        self._lines = Lines(self.lines.append)
        self.board: VirtualBoard = simulation.add(options, self._lines.feed)

    def run(self, seconds: float = 3600.0, stop: Callable[[], bool] = lambda: False) -> list[str]:
        """Go on for so much virtual time, or until nothing is left to happen; return every line so far."""
        self.simulation.run(self.simulation.clock.now_us + int(seconds * 1e6), stop)
        self.board.drain()
        return self.lines

    def said(self) -> list[str]:
        """Return what programs have printed, without the REPL's own words."""
        lines = [line.removeprefix(">>> ") for line in self.lines]
        return [line for line in lines if not line.startswith(_REPL)]

    def now_s(self) -> float:
        return self.simulation.clock.now_us / 1e6

    def chip(self, name: str) -> Any:
        return self.board.wiring.chips[name]


@contextmanager
def small_board(
    folder: Path,
    program: str,
    make: str = S3,
    *,
    seed: int = 7,
    heap_kib: int = HEAP_KIB,
    real: bool = False,
    link: Path | None = None,
    power_on: bool = True,
    shims: Path | None = None,
) -> Iterator[SmallBoard]:
    """Flash a program and switch the board on."""
    facts = json.loads((boards_dir() / make / "board.json").read_text())
    flash = folder / "board.flash"
    blocks = build_flash(folder, program, make, flash)
    shims = shims or image.compile_shims(image.cache_dir())
    simulation = Simulation(EventLog(folder / "events.jsonl"), real)
    try:
        options = BoardOptions("small", facts, Surroundings(), seed, flash, blocks, shims, heap_kib, link)
        board = SmallBoard(simulation, options)
        if power_on:
            board.board.power_on()
        yield board
    finally:
        simulation.close()


def build_flash(folder: Path, program: str, make: str, flash: Path) -> int:
    """Write a flash image that holds the program and the board's own board.py; return its blocks."""
    firmware = folder / "firmware"
    (firmware / "baysense").mkdir(parents=True, exist_ok=True)
    (firmware / "requirements.txt").touch()
    (firmware / "main.py").write_text(textwrap.dedent(program))
    return image.build_flash(flash, FLASH_MIB, firmware, boards_dir() / make, cache=folder / "cache")


def run_program(folder: Path, program: str, make: str = S3, seconds: float = 3600.0, **options: Any) -> list[str]:
    """Run a program on a fresh board; return what it printed, without the prompt that follows."""
    with small_board(folder, program, make, **options) as board:
        board.run(seconds)
        return board.said()
