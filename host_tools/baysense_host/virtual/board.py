"""The virtual board: one ESP32 with its parts, its flash and its power state.

Resets, deep sleep, watchdog bites, brown-outs and power cuts are this object's acts: it kills the interpreter and
starts the next one. What survives is as on the chip: flash everything, RTC memory all but a loss of power.
"""

import random
from collections.abc import Callable
from typing import Any

from baysense_host.soc import SOCS, Soc
from baysense_host.virtual.board_options import BoardOptions
from baysense_host.virtual.clock import Clock, Crystal, RcClock, Token
from baysense_host.virtual.costs import BROWN_OUT_RECOVERY_US, COSTS, SOFT_RESET_US
from baysense_host.virtual.eventlog import EventLog
from baysense_host.virtual.interpreter import Interpreter
from baysense_host.virtual.launcher import Launcher
from baysense_host.virtual.ledger import Ledger, StateCurrents
from baysense_host.virtual.peripherals import sleep as wake
from baysense_host.virtual.peripherals.adc import Adc
from baysense_host.virtual.peripherals.flash import Flash
from baysense_host.virtual.peripherals.gpio import Gpio
from baysense_host.virtual.peripherals.i2c import I2c
from baysense_host.virtual.peripherals.nvs import Nvs
from baysense_host.virtual.peripherals.rtc import Rtc
from baysense_host.virtual.peripherals.spi import Spi
from baysense_host.virtual.peripherals.timers import Timers, Watchdog
from baysense_host.virtual.peripherals.uart import Uart
from baysense_host.virtual.session import Gone
from baysense_host.virtual.terminal import Terminal
from baysense_host.virtual.wiring import Context, Wiring

_EXIT_SOFT, _EXIT_SOFT_RAW = 40, 50


class VirtualBoard:
    """One board from power-on to power-off."""

    def __init__(
        self,
        options: BoardOptions,
        clock: Clock,
        launcher: Launcher,
        events: EventLog,
        terminal: Terminal,
        real: bool,
    ) -> None:
        self.options = options
        self.clock = clock
        self.real = real
        self.terminal = terminal
        self.soc: Soc = SOCS[options.facts["soc"]]
        self.costs = COSTS[options.facts["soc"]]
        self.request_us = self.costs.request_us
        # ±40 ppm crystal, ±1 % RC oscillator (hardware-notes): each board its own, by its seed.
        self.crystal = Crystal(options.seed * 7919 % 81 - 40)
        self.rc = RcClock(options.seed * 104729 % 20001 - 10000)
        self.mac = bytes((0x24, 0x0A, 0xC4)) + (options.seed & 0xFFFFFF).to_bytes(3, "big")
        self.ledger = Ledger(lambda: clock.now_us)
        self._draw = StateCurrents(self.ledger, options.facts["currents_ua"])
        self.calls: dict[str, Callable[..., Any]] = {}
        self.state = "off"
        self.wakes: dict[str, int] = {}
        self.on_restart: Callable[[], None] = lambda: None
        self.on_soft_reset: Callable[[], None] = lambda: None
        self._events = events
        self.interpreter = Interpreter(self, launcher, terminal)
        self._wake_token: Token | None = None
        self._off_since_us = 0  # since when no interpreter ran, deep sleep left out
        self._off_rtc_us = 0  # RTC time that the deep sleep before this boot took
        self._sleep_asked_us = 0
        self._woken_by: list[int] = []
        self._script = str(options.shims / "vb_boot.py")
        self._build()

    def _build(self) -> None:
        self.gpio = Gpio(self)
        self.i2c = I2c(self, self.gpio)
        self.spi = Spi(self, self.gpio)
        self.uart = Uart(self, self.gpio)
        self.adc = Adc(self)
        self.rtc = Rtc(self)
        self.flash = Flash(self, self.options.flash, self.options.blocks, self.power_cut)
        self.nvs = Nvs(self, self.options.flash.with_suffix(".nvs"))
        self.timers = Timers(self)
        self.watchdog = Watchdog(self, self.watchdog_bite)
        self.wake = wake.WakeSources(self, self.gpio)
        self.gpio.on_level = self._level_changed
        facts = self.options.facts
        self.wiring = Wiring(
            facts["parts"], facts.get("rails", {}), self.gpio, self.i2c, self.spi, self.uart, self.adc
        )
        self.wiring.build(self._context)
        self.register("power.reset", self._firmware_reset)
        self.register("power.deepsleep", self._firmware_deep_sleep)
        self.register("mcu.temperature", lambda: round(self._temperature_c()))
        numbers = random.Random(self.options.seed)  # the same seed, the same run
        self.register("mcu.random", lambda size: numbers.randbytes(size).hex())
        # The classic ESP32 has only a raw value [°F], uncalibrated.
        self.register("mcu.raw_temperature", lambda: round(self._temperature_c() * 9 / 5 + 32))

    # what peripherals and sessions use

    def register(self, name: str, handler: Callable[..., Any]) -> None:
        """Answer the interpreter's calls of this name."""
        self.calls[name] = handler

    def irq(self, number: int) -> None:
        """Deliver a pin or timer callback."""
        self.interpreter.irq(number)

    def poke(self) -> None:
        """End the interpreter's `wait`."""
        self.interpreter.poke()

    def log(self, kind: str, **fields: object) -> None:
        """Write to the event log."""
        self._events.write(self.clock.now_us, self.options.name, kind, **fields)

    def drain(self) -> None:
        """Take in what the interpreter has printed."""
        self.terminal.drain()

    def light_sleep(self, asleep: bool) -> None:
        """Charge light sleep, or the waking state again."""
        self._draw.switch("light sleep" if asleep else "mcu")

    def wake_pin_active(self) -> bool:
        """Tell whether an armed wake pin has its level."""
        return self.wake.reason() is not None

    # acts of the world

    def power_on(self) -> None:
        """Connect the supply."""
        self.wiring.power(True)
        self._off_since_us = self.clock.now_us
        self._boot("power", self.costs.boot_us)

    def power_cut(self) -> None:
        """Disconnect the supply: everything but flash is lost."""
        self._stop("off")
        self.wiring.power(False)
        self.rtc.power_off()
        self.gpio.power_off()
        self._draw.switch(None)
        self.log("power_cut")

    def brown_out(self) -> None:
        """Sag below the chip's threshold: RTC memory stays, the cause reads as power-on."""
        self.log("brown_out")
        self._restart("brownout", BROWN_OUT_RECOVERY_US)

    def watchdog_bite(self) -> None:
        """Reset by the watchdog."""
        self.log("watchdog")
        self._restart("wdt")

    def hard_reset(self) -> None:
        """Reset as `machine.reset()` does."""
        self._restart("hard")

    def exited(self, pid: int, code: int) -> None:
        """Follow up the end of an interpreter: a soft reset, or a crash."""
        if not self.interpreter.ended(pid, code):
            return
        self._note_end()
        if code in (_EXIT_SOFT, _EXIT_SOFT_RAW):
            self.timers.forget()
            self.gpio.disarm()
            self.on_soft_reset()
            self._boot("soft", SOFT_RESET_US, raw=code == _EXIT_SOFT_RAW)
            return
        self.log("crash", code=code)
        self._restart("panic")

    def close(self) -> None:
        """End the interpreter and give everything back."""
        self._stop("off")
        self.terminal.close()

    # the supervisor's loop

    def hung_up(self) -> None:
        """Stop listening to an interpreter that closed its end; its exit follows."""
        self.interpreter.hung_up()

    # states

    def _restart(self, cause: str, delay_us: int = 0) -> None:
        """Reset the chip."""
        self._stop("off")
        self.gpio.reset()
        self._boot(cause, self.costs.boot_us + delay_us)

    def _boot(self, cause: str, delay_us: int, raw: bool = False, wake_reason: int = wake.UNDEFINED) -> None:
        self.state = "booting"
        self._draw.switch("mcu")
        self._count_wake(cause, wake_reason)
        self.log("boot", cause=cause, wake=wake_reason)
        self._wake_token = self.clock.after(
            0 if self.real else delay_us, lambda: self._start(cause, raw, wake_reason)
        )

    def _count_wake(self, cause: str, wake_reason: int) -> None:
        """Count this start under the name that the firmware's log would give it."""
        if cause == "deepsleep":
            by_pin = "deviation" if self._deviation_active() else "service"
            cause = "timer" if wake_reason == wake.TIMER else by_pin
        self.wakes[cause] = self.wakes.get(cause, 0) + 1

    def _deviation_active(self) -> bool:
        pins = [part["pins"]["int"] for part in self.options.facts["parts"] if "int" in part.get("pins", {})]
        return any(self.gpio.level(pin) for pin in pins)

    def _start(self, cause: str, raw: bool, wake_reason: int) -> None:
        self._wake_token = None
        if self.terminal.dropped:
            self.terminal.restore()
        self.rtc.begin_boot(self._off_rtc_us + self.clock.now_us - self._off_since_us)
        self.state = "awake"
        facts = self._facts_of_boot(cause, raw, wake_reason)
        self.interpreter.start(self.options.variables() | facts, self.options.heap_limit_kib, self._script)

    def _facts_of_boot(self, cause: str, raw: bool, wake_reason: int) -> dict[str, str]:
        return {
            "VB_CAUSE": cause,
            "VB_WAKE": str(wake_reason),
            "VB_WAKE_PINS": " ".join(map(str, self._woken_by)),
            "VB_RAW": "1" if raw else "0",
            "VB_MAC": self.mac.hex(),
            "VB_RTC_US": str(self.rtc.at_boot()),
        }

    def _firmware_reset(self) -> None:
        self.drain()
        self.hard_reset()
        raise Gone

    def _firmware_deep_sleep(self, time_ms: int) -> None:
        self.drain()
        self._stop("deep sleep")
        self.gpio.sleep()
        self._draw.switch("deep sleep")
        self.log("deep_sleep", ms=time_ms, pins=list(self.wake.pins()))
        if self.options.facts["usb"] == "native":
            self.terminal.drop()
        self._sleep_asked_us = time_ms * 1000
        if time_ms >= 0:
            true_us = self.rc.true_us(self._sleep_asked_us, self._temperature_c())
            self._wake_token = self.clock.after(true_us, lambda: self._wake_up(wake.TIMER))
        self._check_wake_pins()
        raise Gone

    def _check_wake_pins(self) -> None:
        reason = self.wake.reason()
        if self.state == "deep sleep" and reason is not None:
            self._wake_up(reason)

    def _wake_up(self, reason: int) -> None:
        self.clock.cancel(self._wake_token)
        slept_us = self.clock.now_us - self._off_since_us
        by_timer = reason == wake.TIMER
        self._off_rtc_us = self._sleep_asked_us if by_timer else self.rc.board_us(slept_us, self._temperature_c())
        self._off_since_us = self.clock.now_us
        self._woken_by = self.wake.active_pins() if reason != wake.TIMER else []
        self.wake.forget()
        self.gpio.reset()
        self._boot("deepsleep", self.costs.boot_after_deep_sleep_us, wake_reason=reason)

    def _level_changed(self, pin: int, level: int) -> None:
        if self.state == "deep sleep":
            self._check_wake_pins()
        elif pin in self.wake.pins() and self.wake_pin_active():
            self.interpreter.wake_from_light_sleep()

    def _stop(self, state: str) -> None:
        """End the interpreter and forget what a reset forgets."""
        self.clock.cancel(self._wake_token)
        if self.interpreter.end():
            self._note_end()
        for part in (self.timers, self.watchdog, self.i2c, self.spi, self.uart, self.nvs):
            part.forget()
        self.on_restart()
        if state == "off":
            self.wake.forget()
        self.state = state

    def _note_end(self) -> None:
        self.rtc.end_boot()
        self._off_since_us = self.clock.now_us
        self._off_rtc_us = 0

    def _context(self, name: str, part: dict[str, Any]) -> Context:
        options = self.options
        seed = options.seed * 1_000_003 + sum(map(ord, name))
        return Context(
            name, part, self.clock, self.ledger, self.gpio, self.uart, options.environment, seed, self.log,
            options.name, options.air,
        )  # fmt: skip

    def _temperature_c(self) -> float:
        value: float = self.options.environment.temperature_c(self.clock.now_us)
        return value
