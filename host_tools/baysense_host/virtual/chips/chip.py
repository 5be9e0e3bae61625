"""What a chip model is, and what the board gives it: wires, time, surroundings, and the ledger.

A model is register-level: it starts with the datasheet's reset values and refuses what the datasheet refuses.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a chip needs no world to run, only something that can be sensed
    from baysense_host.virtual.air import Air
    from baysense_host.virtual.world.environment import Environment


class ChipContext(Protocol):
    """The one connection of one chip to the rest of the board."""

    environment: "Environment"
    air: "Air | None"
    name: str  # of the board, by which the air knows it
    seed: int

    def now_us(self) -> int:
        """Return virtual time [µs]."""

    def at(self, t_us: int, fn: Callable[[], None]) -> object:
        """Call `fn` at this time; return a token for cancel()."""

    def cancel(self, token: object) -> None:
        """Forget a call that was asked for."""

    def drive(self, role: str, level: int | None) -> None:
        """Put a level on the wire of this role; None lets go of it."""

    def draw(self, current_ua: float) -> None:
        """Take this supply current from now on [µA]."""

    def log(self, kind: str, **fields: object) -> None:
        """Write one line into the event log."""

    def transmit(self, data: bytes) -> None:
        """Send bytes over the chip's serial line, at its baud rate."""


class Chip:
    """One part on the board."""

    current_source = ""  # where its supply current comes from

    def __init__(self, context: ChipContext) -> None:
        self.context = context
        self.powered = False

    def power(self, on: bool) -> None:
        """Switch the supply; registers go to their reset values."""
        self.powered = on

    def pin(self, role: str, level: int | None) -> None:
        """Take the level that the MCU puts on the wire of this role; None = floating."""

    def analog_mv(self) -> int:
        """Return the voltage on the wire to the ADC [mV]."""
        return 0


class I2cChip(Chip):
    """A part on an I2C bus.

    Faults to inject: `absent` (no ACK), `holds_sda` (the bus is stuck low; the bus model looks at it).
    """

    def __init__(self, context: ChipContext, address: int) -> None:
        super().__init__(context)
        self.address = address
        self.absent = False
        self.holds_sda = False
        self._pointer = 0

    def write(self, data: bytes) -> int:
        """Take a write transfer; return the ACKed bytes, address byte included (0 = address NACK)."""
        if not self.answers():
            return 0
        if data:
            self._pointer = self.register_address(data[0])
            for value in data[1:]:
                self.write_register(self._pointer, value)
                self._pointer = self.register_address(self._pointer + 1)
        return 1 + len(data)

    def read(self, n: int) -> bytes | None:
        """Take a read transfer of n bytes from the register pointer on; None = address NACK."""
        if not self.answers():
            return None
        data = bytearray()
        for _ in range(n):
            data.append(self.read_register(self._pointer))
            self._pointer = self.after_read(self._pointer)
        return bytes(data)

    def answers(self) -> bool:
        """Tell whether the chip ACKs its address now."""
        return self.powered and not self.absent

    def register_address(self, sub_address: int) -> int:
        """Return the register that a sub-address names."""
        return sub_address & 0xFF

    def after_read(self, register: int) -> int:
        """Return where the pointer stands after a register was read."""
        return self.register_address(register + 1)

    def read_register(self, register: int) -> int:
        """Return one register, with the effects that reading it has."""
        raise NotImplementedError

    def write_register(self, register: int, value: int) -> None:
        """Write one register; a read-only one stays as it is."""
        raise NotImplementedError


class SpiChip(Chip):
    """A part on an SPI bus; the bus finds it by its select wire, role `nss`."""

    def exchange(self, data: bytes) -> bytes:
        """Take the bytes of one transfer on MOSI; return those on MISO."""
        raise NotImplementedError


class UartChip(Chip):
    """A part on a serial line."""

    baud = 9600

    def receive(self, data: bytes) -> None:
        """Take bytes that the MCU sent."""
