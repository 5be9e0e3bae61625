"""UART: bytes arrive at their baud rate, a full buffer loses them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.peripherals.gpio import Gpio
from baysense_host.virtual.peripherals.host import Host

_BITS_PER_BYTE = 10  # start, eight data bits, stop


@dataclass
class Port:
    """One configured UART."""

    tx: int
    rx: int
    baud: int
    limit: int
    received: bytearray = field(default_factory=bytearray)


class Uart:
    """All UARTs of one chip; a part is found by the pin its transmitter drives."""

    def __init__(self, host: Host, gpio: Gpio) -> None:
        self._host = host
        self._gpio = gpio
        self._ports: dict[int, Port] = {}
        self._parts: dict[int, tuple[int, Callable[[bytes], None]]] = {}  # our tx pin -> baud, part's receiver
        host.register("uart.open", self.open)
        host.register("uart.any", self.any)
        host.register("uart.read", self.read)
        host.register("uart.write", self.write)
        host.register("uart.close", self.close)

    def attach(self, tx: int, baud: int, receive: Callable[[bytes], None]) -> None:
        """Wire a part's receiver to our transmit pin."""
        self._parts[tx] = (baud, receive)

    def deliver(self, rx: int, baud: int, data: bytes) -> None:
        """Put a part's bytes, sent from now on, onto our receive pin."""
        duration_us = len(data) * _BITS_PER_BYTE * 1_000_000 // baud
        self._host.clock.after(duration_us, lambda: self._arrive(rx, baud, data))

    def open(self, number: int, tx: int, rx: int, baud: int, limit: int) -> None:
        """Configure a UART; its receive buffer starts empty."""
        if not 0 <= number < self._host.soc.uarts:
            raise DeviceError("ValueError", f"UART({number}) does not exist")
        for pin in (tx, rx):
            if pin >= 0:
                self._gpio.pin(pin)
        self._ports[number] = Port(tx, rx, baud, limit)

    def any(self, number: int) -> int:
        """Return how many bytes wait."""
        return len(self._port(number).received)

    def read(self, number: int, count: int) -> str:
        """Return up to `count` waiting bytes (all when negative) as hex."""
        received = self._port(number).received
        taken = bytes(received if count < 0 else received[:count])
        del received[: len(taken)]
        return taken.hex()

    def write(self, number: int, data: str) -> int:
        """Send bytes (hex) to the part on the transmit pin."""
        port = self._port(number)
        raw = bytes.fromhex(data)
        if port.tx in self._parts:
            baud, receive = self._parts[port.tx]
            if baud == port.baud:
                receive(raw)
        return len(raw)

    def close(self, number: int) -> None:
        """Release a UART."""
        self._ports.pop(number, None)

    def forget(self) -> None:
        """Forget every configuration, as a reset does."""
        self._ports.clear()

    def _port(self, number: int) -> Port:
        if number not in self._ports:
            raise DeviceError("OSError", 22)
        return self._ports[number]

    def _arrive(self, rx: int, baud: int, data: bytes) -> None:
        for port in self._ports.values():
            if port.rx == rx:
                # A wrong baud rate yields framing errors; the driver drops such bytes.
                good = data if port.baud == baud else b""
                port.received += good[: max(0, port.limit - len(port.received))]
                self._host.poke()
