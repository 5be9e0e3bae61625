"""One boot of the interpreter: its link, its local time, and the request it waits in.

A request is handled at the virtual time at which the board makes it: last reply, plus what the interpreter says
it spent, plus the cost of a request. Whatever else is due before then happens first.
"""

import json
from collections.abc import Callable
from typing import Protocol

from baysense_host.virtual.answers import DeviceError, Later
from baysense_host.virtual.clock import Clock, Crystal, Token
from baysense_host.virtual.link import Link, Request
from baysense_host.virtual.peripherals.adc import Adc
from baysense_host.virtual.peripherals.gpio import Gpio
from baysense_host.virtual.peripherals.i2c import I2c
from baysense_host.virtual.peripherals.spi import Spi
from baysense_host.virtual.shims import vb_ops

_FAR_US = 1 << 60


class Gone(Exception):
    """The call ends this boot: there is nobody to answer."""


class Machine(Protocol):
    """The board, as a session sees it."""

    clock: Clock
    crystal: Crystal
    gpio: Gpio
    i2c: I2c
    spi: Spi
    adc: Adc
    calls: dict[str, Callable[..., object]]
    request_us: int
    real: bool

    def drain(self) -> None:
        """Take in what the interpreter has printed."""

    def hung_up(self) -> None:
        """Stop listening: the interpreter closed its end, its exit follows."""

    def light_sleep(self, asleep: bool) -> None:
        """Charge light sleep, or the waking state again."""

    def wake_pin_active(self) -> bool:
        """Tell whether an armed wake pin has its level."""


class Session:
    """Serve one interpreter from its start to its end."""

    def __init__(self, machine: Machine, link: Link) -> None:
        self._machine = machine
        self._clock = machine.clock
        self.link = link
        self.computing = True
        self.over = False
        self.asked = False  # anything at all
        self._started_us = self._clock.now_us
        self._replied_us = self._clock.now_us
        self._token: Token | None = None
        self._seq = 0
        self._sleeping: int | None = None  # op of the blocking request, if in one
        self._light = False
        self._poked = False
        self._irqs: list[int] = []
        self._handlers: dict[int, Callable[[Request], None]] = {
            vb_ops.SYNC: self._sync,
            vb_ops.SLEEP: self._sleep,
            vb_ops.WAIT: self._wait,
            vb_ops.CALL: self._call,
            vb_ops.PIN_READ: self._pin_read,
            vb_ops.PIN_WRITE: self._pin_write,
            vb_ops.I2C: self._i2c,
            vb_ops.SPI: self._spi,
            vb_ops.ADC: self._adc,
        }

    def board_us(self) -> int:
        """Return the board's time since this boot [µs]."""
        return self._machine.crystal.board_us(self._clock.now_us - self._started_us)

    def on_readable(self) -> None:
        """Take the interpreter's next request."""
        requests = self.link.receive()
        if requests is None:
            self._machine.hung_up()
            return
        self._machine.drain()  # what was printed before the request, at a time that does not hang on the kernel
        for request in requests:
            self._take(request)

    def irq(self, number: int) -> None:
        """Deliver a callback with the next reply; a blocked interpreter gets it now."""
        if number not in self._irqs:
            self._irqs.append(number)
        if self._sleeping is not None:
            self._release(vb_ops.POKED)

    def poke(self) -> None:
        """End a wait, or the next one: what happened between two requests must not be slept over."""
        if self._sleeping == vb_ops.WAIT:
            self._release(vb_ops.POKED)
        else:
            self._poked = True

    def wake_from_light_sleep(self) -> None:
        """End a light sleep, as an armed wake pin does."""
        if self._light:
            self._release(vb_ops.POKED)

    def end(self) -> None:
        """Answer nothing more."""
        self.over = True
        self.computing = False
        self._clock.cancel(self._token)
        self.link.close()

    def _take(self, request: Request) -> None:
        """Handle a request at its time, giving up an earlier one that a Ctrl-C interrupted."""
        self._unblock()
        self._clock.cancel(self._token)
        self._seq = request.seq
        self.asked = True
        self._at(self._time_of(request), lambda: self._handle(request))

    def _time_of(self, request: Request) -> int:
        """Return when the board makes a request [µs]; in real mode that is now: its time has passed by itself."""
        if self._machine.real:
            return self._clock.now_us
        spent_us = self._machine.crystal.true_us(request.spent_us) + self._machine.request_us
        return self._replied_us + spent_us

    def _at(self, at_us: int, action: Callable[[], None]) -> None:
        """Run an action at its time: at once when nothing else comes before."""
        next_us = self._clock.next_us()
        if at_us <= self._clock.now_us or (not self._machine.real and (next_us is None or at_us < next_us)):
            self._clock.now_us = max(at_us, self._clock.now_us)
            action()
        else:
            self.computing = False
            self._token = self._clock.at(at_us, action)

    def _handle(self, request: Request) -> None:
        try:
            self._handlers[request.op](request)
        except DeviceError as error:
            self._reply(vb_ops.FAILED, json.dumps([error.kind, error.arguments]).encode())
        except Gone:
            self.computing = False

    def _reply(self, status: int, payload: bytes = b"") -> None:
        if self.over:
            return
        self._token = None
        self._sleeping = None
        self._replied_us = self._clock.now_us
        self.computing = True
        irqs, self._irqs = self._irqs, []
        self.link.reply(self._seq, status, self.board_us(), self._horizon_us(), irqs, payload)

    def _horizon_us(self) -> int:
        """Return until when the interpreter may go on without asking [board µs]."""
        if self._machine.real:
            return 0
        next_us = self._clock.next_us()
        if next_us is None:
            return _FAR_US
        return self._machine.crystal.board_us(next_us - self._started_us)

    def _reply_after(self, duration_us: int, payload: bytes) -> None:
        self._at(self._clock.now_us + duration_us, lambda: self._reply(vb_ops.OK, payload))

    def _release(self, status: int) -> None:
        self._clock.cancel(self._token)
        self._unblock()
        self._reply(status)

    def _unblock(self) -> None:
        self._sleeping = None
        if self._light:
            self._light = False
            self._machine.light_sleep(False)

    def _block(self, op: int, timeout_us: int, status: int) -> None:
        self._machine.drain()
        if self._irqs or (self._poked and op == vb_ops.WAIT):
            self._poked = False
            self._unblock()
            self._reply(vb_ops.POKED)
            return
        self._sleeping = op
        self.computing = False
        self._token = None
        if timeout_us >= 0:
            end_us = self._clock.now_us + self._machine.crystal.true_us(timeout_us)
            self._token = self._clock.at(end_us, lambda: self._release(status))

    def _sync(self, request: Request) -> None:
        self._reply(vb_ops.OK)

    def _sleep(self, request: Request) -> None:
        if request.arg:
            if self._machine.wake_pin_active():
                self._reply(vb_ops.POKED)
                return
            self._light = True
            self._machine.light_sleep(True)
        self._block(vb_ops.SLEEP, request.i64(), vb_ops.OK)

    def _wait(self, request: Request) -> None:
        self._block(vb_ops.WAIT, request.i64(), vb_ops.OK)

    def _call(self, request: Request) -> None:
        name, arguments = request.call()
        handler = self._machine.calls.get(name)
        if handler is None:
            raise DeviceError("RuntimeError", f"the virtual board has no {name}")
        result = handler(*arguments)
        if isinstance(result, Later):
            later = result
            self._at(later.at_us, lambda: self._answer(later.fn))
        else:
            self._reply(vb_ops.OK, json.dumps(result).encode())

    def _answer(self, function: Callable[[], object]) -> None:
        try:
            payload = json.dumps(function()).encode()
        except DeviceError as error:
            self._reply(vb_ops.FAILED, json.dumps([error.kind, error.arguments]).encode())
        else:
            self._reply(vb_ops.OK, payload)

    def _pin_read(self, request: Request) -> None:
        self._reply(vb_ops.OK, bytes([self._machine.gpio.level(request.arg)]))

    def _pin_write(self, request: Request) -> None:
        self._machine.gpio.write(request.arg >> 1, request.arg & 1)
        self._reply(vb_ops.OK)

    def _i2c(self, request: Request) -> None:
        answer, duration_us = self._machine.i2c.transfer(request.arg, request.payload)
        self._reply_after(duration_us, answer)

    def _spi(self, request: Request) -> None:
        answer, duration_us = self._machine.spi.transfer(request.arg, request.payload)
        self._reply_after(duration_us, answer)

    def _adc(self, request: Request) -> None:
        attenuation = request.payload[0]
        self._reply(vb_ops.OK, self._machine.adc.read_uv(request.arg, attenuation).to_bytes(4, "little"))
