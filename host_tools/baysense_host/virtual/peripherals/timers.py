"""Hardware timers and the watchdog: both tick by the crystal, both end with a reset."""

from collections.abc import Callable

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.clock import Token
from baysense_host.virtual.peripherals.host import Host
from baysense_host.virtual.shims.vb_ops import TIMER_IRQ


class Timers:
    """machine.Timer: one-shot or periodic callbacks."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._tokens: dict[int, Token] = {}
        host.register("timer.start", self.start)
        host.register("timer.stop", self.stop)

    def start(self, number: int, period_us: int, periodic: bool) -> None:
        """Start a timer; its callback comes as irq 256 + number."""
        self.stop(number)
        true_us = self._host.crystal.true_us(period_us)

        def fire() -> None:
            if periodic:
                self._tokens[number] = self._host.clock.after(true_us, fire)
            self._host.irq(TIMER_IRQ + number)

        self._tokens[number] = self._host.clock.after(true_us, fire)

    def stop(self, number: int) -> None:
        """Stop a timer."""
        self._host.clock.cancel(self._tokens.pop(number, None))

    def forget(self) -> None:
        """Stop all, as a reset does."""
        for number in list(self._tokens):
            self.stop(number)


class Watchdog:
    """machine.WDT: once started it cannot be stopped but by a reset or deep sleep."""

    def __init__(self, host: Host, bite: Callable[[], None]) -> None:
        self._host = host
        self._bite = bite
        self._timeout_us = 0
        self._token: Token | None = None
        host.register("wdt.start", self.start)
        host.register("wdt.feed", self.feed)

    def start(self, timeout_ms: int) -> None:
        """Start it, or change its time-out."""
        if timeout_ms <= 0:
            raise DeviceError("ValueError", "WDT timeout too short")
        self._timeout_us = self._host.crystal.true_us(timeout_ms * 1000)
        self.feed()

    def feed(self) -> None:
        """Begin the time-out anew."""
        self._host.clock.cancel(self._token)
        self._token = self._host.clock.after(self._timeout_us, self._bite)

    def forget(self) -> None:
        """Stop, as only a reset does."""
        self._host.clock.cancel(self._token)
        self._token = None
