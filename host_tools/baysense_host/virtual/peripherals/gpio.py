"""GPIO: who drives each pin, what level results, interrupts, holds, and the levels that wake the chip."""

from collections.abc import Callable
from dataclasses import dataclass, field

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.peripherals.host import Host

# Values as in ports/esp32: machine.Pin.IN, OUT, OPEN_DRAIN, PULL_UP, PULL_DOWN, IRQ_RISING, IRQ_FALLING.
IN, OUT, OPEN_DRAIN = 1, 3, 7
PULL_DOWN, PULL_UP = 1, 2
IRQ_RISING, IRQ_FALLING = 1, 2


@dataclass
class PinState:
    """One pin: the chip's side and what is wired to it."""

    mode: int | None = None
    out: int = 0
    pull: int | None = None
    held: tuple[int | None, int, int | None] | None = None  # mode, out, pull that the pad keeps while on hold
    trigger: int = 0
    drivers: dict[str, int] = field(default_factory=dict)  # who -> level, from outside
    seen: int | None = None
    listeners: list[Callable[[int | None], None]] = field(default_factory=list)

    def pad(self) -> tuple[int | None, int, int | None]:
        """Return mode, output level and pull of the pad: as configured, or as held."""
        return self.held or (self.mode, self.out, self.pull)


class Gpio:
    """All pins of one chip."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._pins: dict[int, PinState] = {}
        self.asleep = False
        self.on_level: Callable[[int, int], None] = lambda pin, level: None
        host.register("pin.config", self.configure)
        host.register("pin.irq", self.set_irq)
        host.register("pwm.set", self.set_pwm)

    def level(self, number: int) -> int:
        """Return the pin's level now: chip, outside driver, pull, else 0."""
        pin = self.pin(number)
        mode, out, pull = pin.pad()
        if mode == OUT and self._drives(pin):
            return out
        if mode == OPEN_DRAIN and self._drives(pin) and not out:
            return 0
        if pin.drivers:
            return min(pin.drivers.values())
        return 1 if pull == PULL_UP else 0

    def floating(self, number: int) -> bool:
        """Tell whether nothing at all holds the pin's level."""
        pin = self.pin(number)
        mode, _, pull = pin.pad()
        return not (pin.drivers or pull or (mode in (OUT, OPEN_DRAIN) and self._drives(pin)))

    def configure(
        self, number: int, mode: int | None, pull: int | None, value: int | None, hold: bool | None
    ) -> None:
        """Set what `machine.Pin(...)` sets; None leaves a thing as it is, pull -1 removes it.

        A pad on hold shows nothing of it until it is released.
        """
        pin = self.pin(number)
        if mode in (OUT, OPEN_DRAIN) and number in self._host.soc.input_only:
            raise DeviceError("ValueError", "pin can only be input")
        if value is not None:
            pin.out = value
        if mode is not None:
            pin.mode = mode
        if pull is not None:
            pin.pull = None if pull < 0 else pull
        if hold is not None:
            pin.held = (pin.held or (pin.mode, pin.out, pin.pull)) if hold else None
        self.changed(number)

    def write(self, number: int, level: int) -> None:
        """Set an output's level."""
        self.pin(number).out = level
        self.changed(number)

    def set_irq(self, number: int, trigger: int) -> None:
        """Arm or disarm the pin's interrupt."""
        self.pin(number).trigger = trigger

    def set_pwm(self, number: int, hz: int, duty_u16: int) -> None:
        """Put a pulse-width signal on a pin: here it has the level it has most of the time."""
        self.configure(number, OUT, None, 1 if duty_u16 > 32767 else 0, None)

    def drive(self, number: int, who: str, level: int | None) -> None:
        """Let a part outside the chip drive the pin, or release it (None)."""
        drivers = self.pin(number).drivers
        if level is None:
            drivers.pop(who, None)
        else:
            drivers[who] = level
        self.changed(number)

    def listen(self, number: int, listener: Callable[[int | None], None]) -> None:
        """Tell a part about every level of the wire, None for floating, beginning with the present one."""
        self.pin(number).listeners.append(listener)
        listener(self.wire(number))

    def wire(self, number: int) -> int | None:
        """Return the level on the wire, None when nothing holds it."""
        return None if self.floating(number) else self.level(number)

    def reset(self) -> None:
        """Return every pin to its state after a chip reset; held pads stay as they are."""
        self.asleep = False
        for pin in self._pins.values():
            pin.mode, pin.pull, pin.out = None, None, 0
            pin.trigger = 0
        for number in self._pins:
            self.changed(number)

    def disarm(self) -> None:
        """Disarm every interrupt, as a soft reset does."""
        for pin in self._pins.values():
            pin.trigger = 0

    def power_off(self) -> None:
        """Lose even held levels."""
        for pin in self._pins.values():
            pin.held = None
        self.reset()

    def sleep(self) -> None:
        """Enter deep sleep: pins without hold float until the reset that ends it."""
        self.asleep = True
        for number in self._pins:
            self.changed(number)

    def changed(self, number: int) -> None:
        """Follow up a possible change of level."""
        pin = self.pin(number)
        before, after = pin.seen, self.wire(number)
        if before == after:
            return
        pin.seen = after
        for listener in pin.listeners:
            listener(after)
        level = after or 0
        if level == (before or 0):
            return
        if pin.trigger & (IRQ_RISING if level else IRQ_FALLING) and not self.asleep:
            self._host.irq(number)
        self.on_level(number, level)

    def pin(self, number: int) -> PinState:
        """Return a pin's state; raise ValueError as the chip for a number it lacks."""
        if number not in self._pins:
            if number not in self._host.soc.pins:
                raise DeviceError("ValueError", "invalid pin")
            self._pins[number] = PinState()
        return self._pins[number]

    def _drives(self, pin: PinState) -> bool:
        return pin.held is not None or not self.asleep
