"""machine.Pin and machine.Signal over the link."""

import vb_link as _link
import vb_ops as _ops


class Pin:
    """One GPIO, as on ports/esp32; the same object for the same number."""

    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2
    WAKE_LOW = 4
    WAKE_HIGH = 5
    DRIVE_0 = 0
    DRIVE_1 = 1
    DRIVE_2 = 2
    DRIVE_3 = 3

    _pins = {}

    def __new__(cls, id, *args, **kwargs):
        if isinstance(id, Pin):
            return id
        if not isinstance(id, int):
            raise ValueError("invalid pin")
        pin = cls._pins.get(id)
        if pin is None:
            pin = super().__new__(cls)
            pin._id = id
            pin._handler = None
        return pin

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=None, hold=None):
        known = self._id in self._pins
        if not known or mode != -1 or pull != -1 or value is not None or hold is not None:
            self._configure(mode, pull, value, hold)  # refuses a pin the chip lacks
            self._pins[self._id] = self

    def init(self, mode=-1, pull=-1, *, value=None, drive=None, hold=None):
        self._configure(mode, pull, value, hold)

    def _configure(self, mode, pull, value, hold):
        _link.call(
            "pin.config",
            self._id,
            None if mode == -1 or mode is None else mode,
            None if pull == -1 else (-1 if pull is None else pull),
            None if value is None else (1 if value else 0),
            hold,
        )

    def value(self, level=None):
        if level is None:
            return _link.request(_ops.PIN_READ, self._id, 0)[1][0]
        _link.request(_ops.PIN_WRITE, self._id * 2 + (1 if level else 0), 0)

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def toggle(self):
        self.value(1 - self.value())

    def irq(self, handler=None, trigger=3, wake=None):
        self._handler = handler
        if handler is None:
            _link.handlers.pop(self._id, None)
        else:
            _link.handlers[self._id] = self._fire
        _link.call("pin.irq", self._id, 0 if handler is None else trigger)

    def _fire(self, number):
        if self._handler is not None:
            self._handler(self)

    def __repr__(self):
        return f"Pin({self._id})"


class Signal:
    """A pin with its sense."""

    def __init__(self, pin, *args, invert=False, **kwargs):
        self._pin = pin if isinstance(pin, Pin) else Pin(pin, *args, **kwargs)
        self._invert = invert

    def value(self, level=None):
        if level is None:
            return self._pin.value() ^ self._invert
        self._pin.value(bool(level) ^ self._invert)

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)
