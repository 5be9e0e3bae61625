"""machine.Timer, WDT and RTC over the link."""

import time

import vb_link as _link
import vb_ops as _ops


class Timer:
    """A hardware timer; its callback comes as a scheduled one."""

    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id, **kwargs):
        if not 0 <= id < 4:
            raise ValueError("invalid Timer number")
        self._id = id
        if kwargs:
            self.init(**kwargs)

    def init(self, *, mode=1, freq=-1, period=-1, callback=None, hard=False):
        period_us = int(1000000 / freq) if freq > 0 else period * 1000
        if period_us <= 0:
            raise ValueError("period or freq expected")
        self._callback = callback
        _link.handlers[_ops.TIMER_IRQ + self._id] = self._fire
        _link.call("timer.start", self._id, period_us, mode == self.PERIODIC)

    def deinit(self):
        _link.call("timer.stop", self._id)

    def _fire(self, number):
        if self._callback is not None:
            self._callback(self)


class WDT:
    """The watchdog: no stop, as on the chip."""

    def __init__(self, id=0, timeout=5000):
        if id != 0:
            raise ValueError(f"WDT({id}) does not exist")
        _link.call("wdt.start", timeout)

    def feed(self):
        _link.call("wdt.feed")


_PIECE = 96  # of the RTC memory at a time: as hex it lies for a moment on the heap of the firmware


class RTC:
    """Time of day and the memory that survives deep sleep and resets."""

    def __init__(self, id=0):
        pass

    def datetime(self, fields=None):
        if fields is None:
            year, month, day, hour, minute, second, weekday, _ = time.gmtime()
            return (year, month, day, weekday, hour, minute, second, time.time_ns() // 1000 % 1000000)
        year, month, day, _, hour, minute, second, us = fields
        epoch_us = time.mktime((year, month, day, hour, minute, second, 0, 0)) * 1000000 + us
        now_us = _link.now_us()
        _link.call("rtc.set", epoch_us, now_us)
        time._boot(epoch_us - now_us)

    def init(self, fields):
        self.datetime(fields)

    def memory(self, data=None):
        if data is None:
            return bytes.fromhex(_link.call("rtc.memory"))
        data = memoryview(data)
        for at in range(0, len(data) or 1, _PIECE):
            _link.call("rtc.set_memory", len(data), at, bytes(data[at : at + _PIECE]).hex())
