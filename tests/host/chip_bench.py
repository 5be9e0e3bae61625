"""A bench for one chip model: clock, wires, a bus with the methods of machine.I2C, and a field to sense."""

import math
import struct
import sys
import time
import types
from collections.abc import Callable
from typing import Any

from baysense_host.virtual.chips.chip import Chip, I2cChip
from baysense_host.virtual.clock import Clock, Token

Vector = tuple[float, float, float]
EARTH_UT: Vector = (18.0, 1.5, 47.0)
CAR_UT: Vector = (9.0, -14.0, 12.0)  # what a parked car adds
FOREVER_US = 1 << 62
BOOT_US = 20_000


class Surroundings:
    """A field, a temperature and a clearance that a test sets; it counts how often it is asked."""

    def __init__(self) -> None:
        self.base_ut: Vector = EARTH_UT
        self.temperature = 25.0
        self.clearance: int | None = None
        self.movements: list[tuple[int, int, Vector]] = []  # from, until, what is added meanwhile
        self.asked = 0

    def field_ut(self, t_us: int) -> Vector:
        self.asked += 1
        x, y, z = self.base_ut
        for begin_us, end_us, (dx, dy, dz) in self.movements:
            if begin_us <= t_us < end_us:
                x, y, z = x + dx, y + dy, z + dz
        return x, y, z

    def temperature_c(self, t_us: int) -> float:
        return self.temperature

    def quiet_until_us(self, t_us: int) -> int:
        if any(begin_us <= t_us < end_us for begin_us, end_us, _ in self.movements):
            return t_us
        return min((begin_us for begin_us, _, _ in self.movements if begin_us > t_us), default=FOREVER_US)

    def clearance_mm(self, t_us: int) -> int | None:
        return self.clearance


class Bench:
    """Stands for the board around one chip."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self.clock = Clock()
        self.environment = Surroundings()
        self.levels: dict[str, int | None] = {}
        self.edges: list[tuple[int, str, int | None]] = []
        self.current_ua = math.nan
        self.lines: list[dict[str, object]] = []
        self.received = bytearray()

    def now_us(self) -> int:
        return self.clock.now_us

    def at(self, t_us: int, fn: Callable[[], None]) -> Token:
        return self.clock.at(t_us, fn)

    def cancel(self, token: Any) -> None:
        self.clock.cancel(token)

    def drive(self, role: str, level: int | None) -> None:
        self.levels[role] = level
        self.edges.append((self.clock.now_us, role, level))

    def draw(self, current_ua: float) -> None:
        self.current_ua = current_ua

    def log(self, kind: str, **fields: object) -> None:
        self.lines.append({"kind": kind, **fields})

    def transmit(self, data: bytes) -> None:
        self.received += data

    def run_ms(self, duration_ms: float) -> None:
        """Let virtual time pass."""
        end_us = self.clock.now_us + round(duration_ms * 1000)
        while (due_us := self.clock.next_us()) is not None and due_us <= end_us:
            self.clock.step()
        self.clock.now_us = end_us

    def start(self, chip: Chip) -> None:
        """Power the chip and wait until it has booted."""
        chip.power(True)
        self.run_ms(BOOT_US / 1000)


class Bus:
    """machine.I2C in front of one chip, as the drivers use it; transfers take no time."""

    def __init__(self, chip: I2cChip) -> None:
        self._chip = chip

    def readfrom_mem(self, address: int, register: int, count: int) -> bytes:
        if address != self._chip.address or not self._chip.write(bytes((register,))):
            raise OSError(19)
        data = self._chip.read(count)
        assert data is not None
        return data

    def readfrom_mem_into(self, address: int, register: int, buffer: bytearray) -> None:
        buffer[:] = self.readfrom_mem(address, register, len(buffer))

    def writeto_mem(self, address: int, register: int, data: bytes) -> None:
        if address != self._chip.address or not self._chip.write(bytes((register,)) + data):
            raise OSError(19)

    def get(self, register: int) -> int:
        """Read one register of the chip."""
        return self.readfrom_mem(self._chip.address, register, 1)[0]

    def put(self, register: int, *values: int) -> None:
        """Write registers of the chip."""
        self.writeto_mem(self._chip.address, register, bytes(values))

    def signed(self, register: int, count: int) -> tuple[int, ...]:
        """Read 16-bit numbers, low byte first."""
        return struct.unpack(f"<{count}h", self.readfrom_mem(self._chip.address, register, 2 * count))


class Line:
    """machine.UART in front of the bench's receiver."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def any(self) -> int:
        return len(self._bench.received)

    def readinto(self, buffer: bytearray) -> int:
        buffer[0] = self._bench.received.pop(0)
        return 1


def stand_in_for_micropython(monkeypatch: Any, bench: Bench) -> None:
    """Give CPython what the drivers take from MicroPython: const(), and sleep_ms() on the bench's clock."""
    module = types.ModuleType("micropython")
    module.const = lambda value: value  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "micropython", module)
    monkeypatch.setattr(time, "sleep_ms", bench.run_ms, raising=False)
