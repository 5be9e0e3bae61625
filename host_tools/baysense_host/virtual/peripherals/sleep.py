"""What wakes the chip: the rules of ext0, ext1 and deep-sleep GPIO, level-triggered as on the chip."""

from dataclasses import dataclass

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.peripherals.gpio import Gpio
from baysense_host.virtual.peripherals.host import Host

# ESP-IDF esp_sleep_wakeup_cause_t, which machine.wake_reason() returns.
UNDEFINED, EXT0, EXT1, TIMER, GPIO = 0, 2, 3, 4, 7


@dataclass(frozen=True)
class Source:
    """A set of pins and the level that wakes; `together`: all must have it."""

    reason: int
    pins: tuple[int, ...]
    level: int
    together: bool

    def active(self, gpio: Gpio) -> bool:
        """Tell whether the pins now have the waking level."""
        matches = [gpio.level(pin) == self.level for pin in self.pins]
        return bool(matches) and (all(matches) if self.together else any(matches))


class WakeSources:
    """The armed wake sources of one chip; a reset disarms them all."""

    def __init__(self, host: Host, gpio: Gpio) -> None:
        self._host = host
        self._gpio = gpio
        self._sources: dict[int, Source] = {}
        host.register("wake.ext0", self.ext0)
        host.register("wake.ext1", self.ext1)
        host.register("wake.gpio", self.gpio)

    def reason(self) -> int | None:
        """Return the wake reason that is active now, None when every pin is idle."""
        for source in self._sources.values():
            if source.active(self._gpio):
                return source.reason
        return None

    def active_pins(self) -> list[int]:
        """Return the armed pins that have their waking level now."""
        return [pin for s in self._sources.values() for pin in s.pins if self._gpio.level(pin) == s.level]

    def pins(self) -> tuple[int, ...]:
        """Return every armed pin."""
        return tuple(pin for source in self._sources.values() for pin in source.pins)

    def ext0(self, pin: int | None, level: int) -> None:
        """Arm one pin of the ESP32 or S3."""
        self._arm(EXT0, () if pin is None else (pin,), level, together=False)

    def ext1(self, pins: list[int], level: int) -> None:
        """Arm several pins of the ESP32 or S3; low on the classic ESP32 means all of them low."""
        all_low = level == 0 and self._host.soc.ext1_low_means_all
        self._arm(EXT1, tuple(pins), level, together=all_low)

    def gpio(self, pins: list[int], level: int) -> None:
        """Arm pins of the C3 or C6, one level for all."""
        self._arm(GPIO, tuple(pins), level, together=False)

    def forget(self) -> None:
        """Disarm everything."""
        self._sources.clear()

    def _arm(self, reason: int, pins: tuple[int, ...], level: int, together: bool) -> None:
        if any(pin not in self._host.soc.wake for pin in pins):
            raise DeviceError("ValueError", "invalid pin")
        if pins:
            self._sources[reason] = Source(reason, pins, level, together)
        else:
            self._sources.pop(reason, None)
