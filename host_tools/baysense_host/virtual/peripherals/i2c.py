"""I2C: transfers cost their bits, absent chips do not acknowledge, a held line times out."""

import struct
from dataclasses import dataclass

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.chips.chip import I2cChip
from baysense_host.virtual.peripherals.gpio import Gpio
from baysense_host.virtual.peripherals.host import Host

ENODEV, ETIMEDOUT = 19, 116  # errno of ports/esp32; ETIMEDOUT is lwIP's 116


@dataclass(frozen=True)
class Bus:
    """One configured bus."""

    scl: int
    sda: int
    hz: int


class I2c:
    """All I2C buses of one chip; parts are found by the pins they are wired to."""

    def __init__(self, host: Host, gpio: Gpio) -> None:
        self._host = host
        self._gpio = gpio
        self._buses: list[Bus] = []
        self._chips: dict[tuple[int, int], list[I2cChip]] = {}
        host.register("i2c.open", self.open)
        host.register("i2c.scan", self.scan)

    def attach(self, scl: int, sda: int, chip: I2cChip) -> None:
        """Wire a part to a pair of pins."""
        self._chips.setdefault((scl, sda), []).append(chip)

    def open(self, hardware_id: int | None, scl: int, sda: int, hz: int) -> int:
        """Configure a bus and return its handle."""
        if hardware_id is not None and not 0 <= hardware_id < self._host.soc.i2c_buses:
            raise DeviceError("ValueError", f"I2C({hardware_id}) doesn't exist")
        for number in (scl, sda):
            self._gpio.pin(number)
            if number in self._host.soc.input_only:
                raise DeviceError("ValueError", "invalid pin")
        bus = Bus(scl, sda, hz)
        if bus not in self._buses:
            self._buses.append(bus)
        return self._buses.index(bus)

    def forget(self) -> None:
        """Forget every configuration, as a reset does."""
        self._buses.clear()

    def scan(self, handle: int) -> list[int]:
        """Return the addresses that acknowledge."""
        chips = self._on(handle)
        if _held(chips):
            return []
        return sorted(chip.address for chip in chips if chip.answers())

    def transfer(self, handle: int, payload: bytes) -> tuple[bytes, int]:
        """Write, then read; return what was read and the time it took [µs]."""
        address, _, count = struct.unpack_from("<BBH", payload)
        data = payload[4:]
        chips = self._on(handle)
        if _held(chips):
            raise DeviceError("OSError", ETIMEDOUT)
        chip = next((chip for chip in chips if chip.address == address), None)
        if chip is None or ((data or not count) and not chip.write(data)):
            raise DeviceError("OSError", ENODEV)
        answer = chip.read(count) if count else b""
        if answer is None:
            raise DeviceError("OSError", ENODEV)
        return answer, self._duration_us(self._buses[handle], len(data), count)

    def _on(self, handle: int) -> list[I2cChip]:
        bus = self._buses[handle]
        return self._chips.get((bus.scl, bus.sda), [])

    @staticmethod
    def _duration_us(bus: Bus, written: int, read: int) -> int:
        """Nine clocks a byte, address bytes and start/stop conditions included."""
        clocks = 9 * (1 + written) + 2 + ((9 * (1 + read) + 2) if read else 0)
        return clocks * 1_000_000 // bus.hz + 1


def _held(chips: list[I2cChip]) -> bool:
    """Tell whether a part holds the data line low, so that nothing can be transferred."""
    return any(chip.holds_sda for chip in chips)
