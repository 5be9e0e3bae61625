"""A radio's driver on the bench of its chip: machine.Pin, machine.SPI and MicroPython's time around it."""

import importlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from baysense_host.virtual.air import Emission
from chip_bench import stand_in_for_micropython
from radio_bench import FREQ_HZ, RadioBench

FRAME = bytes(range(24))
AIRTIME_SF9_US = 205_824  # of 24 bytes, by the table that public calculators agree on
_CLOCK_READ_US = 4
_PIN_US = 1
_HANDLER_US = 30  # from the edge to the scheduled handler [assumed]


class Wire:
    """machine.Pin on one wire of the chip."""

    IRQ_RISING = 1

    def __init__(self, bench: "DriverBench", role: str) -> None:
        self.bench = bench
        self.role = role
        self.handler: Callable[[Wire], None] | None = None

    def irq(self, handler: Callable[["Wire"], None], trigger: int) -> None:
        assert trigger == self.IRQ_RISING
        self.handler = handler

    def value(self, level: int | None = None) -> int:
        self.bench.spend(_PIN_US)
        if level is not None:
            self.bench.chip.pin(self.role, level)
        return self.bench.levels.get(self.role) or 0


class Spi:
    """machine.SPI in front of the chip, at 8 MHz."""

    def __init__(self, bench: "DriverBench") -> None:
        self.bench = bench
        self.commands: list[bytes] = []

    def write_readinto(self, out: Any, into: Any) -> None:
        self.commands.append(bytes(out))
        into[:] = self.bench.chip.exchange(bytes(out))
        self.bench.spend(len(out))


class DriverBench(RadioBench):
    """A board around one radio: what the chip's bench has, and pins with interrupts."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Emission] = []  # all that crossed the air
        self.wires: dict[str, Wire] = {}
        assert self.air is not None
        self.air.taps.append(lambda frame, outcomes: self.frames.append(frame))

    def drive(self, role: str, level: int | None) -> None:
        """Put the chip's level on a wire; a rise calls the handler a little later."""
        rises = level == 1 and self.levels.get(role) != 1
        super().drive(role, level)
        wire = self.wires.get(role)
        if rises and wire is not None and wire.handler is not None:
            handler = wire.handler
            self.at(self.now_us() + _HANDLER_US, lambda: handler(wire))

    def spend(self, duration_us: int) -> None:
        """Let the processor's time pass."""
        self.run_ms(duration_us / 1000)

    def ticks_us(self) -> int:
        """Stand for time.ticks_us."""
        self.spend(_CLOCK_READ_US)
        return self.now_us()

    def pin(self, role: str) -> Wire:
        """Return the pin of a role."""
        return self.wires.setdefault(role, Wire(self, role))


class Setup:
    """Chip, driver and air on one bench."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        roles: tuple[str, ...],
        facts: dict[str, int],
        make_chip: Callable[[DriverBench], Any],
    ) -> None:
        self.bench = DriverBench()
        stand_in_for_micropython(monkeypatch, self.bench)
        monkeypatch.setattr(time, "ticks_us", self.bench.ticks_us, raising=False)
        monkeypatch.setattr(time, "ticks_diff", lambda end, start: end - start, raising=False)
        monkeypatch.setattr(time, "ticks_add", lambda ticks, delta: ticks + delta, raising=False)
        self.module: Any = importlib.import_module(f"baysense.drivers.{name.lower()}")
        self.chip: Any = self.bench.wire(make_chip(self.bench))
        self.spi = Spi(self.bench)
        self.name = name
        self.roles = roles
        self.facts = facts
        self.driver = self.new_driver()

    def new_driver(self) -> Any:
        """Return a driver as after a start of the program."""
        pins = [self.bench.pin(role) for role in self.roles]
        return getattr(self.module, self.name)(self.spi, *pins, self.facts)

    def send(self, data: bytes = FRAME, sf: int = 9, bw_khz: int = 125, dbm: int = 14) -> tuple[int, int | None]:
        """Send a frame; return the ticks of its begin and its end."""
        self.driver.prepare_send(data, FREQ_HZ, sf, bw_khz, dbm)
        begin_us = self.driver.send()
        return begin_us, self.driver.sent(10_000)

    def receive(self, symbols: int, sf: int = 9, bw_khz: int = 125) -> bytes | None:
        """Open a window now; return what came."""
        self.driver.prepare_receive(FREQ_HZ, sf, bw_khz, symbols)
        self.driver.receive()
        got: bytes | None = self.driver.received(5000)
        return got

    def hear(self, after_us: int, symbols: int = 14, **changed: Any) -> bytes | None:
        """Open a window, have a gateway send so much later, return what came."""
        self.driver.prepare_receive(FREQ_HZ, 9, 125, symbols)
        self.bench.downlink(self.driver.receive() + after_us, **{"sf": 9, "data": FRAME, **changed})
        got: bytes | None = self.driver.received(5000)
        return got
