"""SPI: transfers cost their bits and reach the part whose select pin is low."""

from dataclasses import dataclass

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.chips.chip import SpiChip
from baysense_host.virtual.peripherals.gpio import Gpio
from baysense_host.virtual.peripherals.host import Host


@dataclass(frozen=True)
class Bus:
    """One configured bus."""

    sck: int
    mosi: int
    miso: int
    hz: int


class Spi:
    """All SPI buses of one chip; without a selected part MISO floats low."""

    def __init__(self, host: Host, gpio: Gpio) -> None:
        self._host = host
        self._gpio = gpio
        self._buses: list[Bus] = []
        self._chips: list[tuple[int, int, SpiChip]] = []  # sck, select pin, part
        host.register("spi.open", self.open)

    def attach(self, sck: int, select: int, chip: SpiChip) -> None:
        """Wire a part to a clock and a select pin."""
        self._chips.append((sck, select, chip))

    def open(self, hardware_id: int | None, sck: int, mosi: int, miso: int, hz: int) -> int:
        """Configure a bus and return its handle."""
        if hardware_id is not None and hardware_id not in self._host.soc.spi_buses:
            raise DeviceError("ValueError", f"SPI({hardware_id}) doesn't exist")
        for number in (sck, mosi, miso):
            self._gpio.pin(number)
        bus = Bus(sck, mosi, miso, hz)
        if bus not in self._buses:
            self._buses.append(bus)
        return self._buses.index(bus)

    def forget(self) -> None:
        """Forget every configuration, as a reset does."""
        self._buses.clear()

    def transfer(self, handle: int, data: bytes) -> tuple[bytes, int]:
        """Exchange bytes; return what came in and the time it took [µs]."""
        bus = self._buses[handle]
        duration_us = len(data) * 8 * 1_000_000 // bus.hz + 1
        for sck, select, chip in self._chips:
            if sck == bus.sck and self._gpio.level(select) == 0:
                return chip.exchange(data), duration_us
        return bytes(len(data)), duration_us
