"""machine.ADC and machine.PWM over the link."""

import vb_link as _link
import vb_ops as _ops
from vb_pin import Pin


class ADC:
    """One analog input."""

    ATTN_0DB = 0
    ATTN_2_5DB = 1
    ATTN_6DB = 2
    ATTN_11DB = 3
    WIDTH_12BIT = 12
    _FULL_SCALE_UV = (950000, 1250000, 1750000, 3100000)

    def __init__(self, pin, *, atten=0):
        self._pin = pin._id if isinstance(pin, Pin) else Pin(pin)._id
        self._atten = atten
        _link.call("adc.open", self._pin)

    def init(self, *, atten=0):
        self._atten = atten

    def atten(self, value):
        self._atten = value

    def read_uv(self):
        _link._tx[_ops.REQUEST_SIZE] = self._atten
        status, payload = _link.request(_ops.ADC, self._pin, 1)
        if status == _ops.FAILED:
            _link.answer(status, payload)
        return int.from_bytes(payload, "little")

    def read(self):
        return self.read_uv() * 4095 // self._FULL_SCALE_UV[self._atten]

    def read_u16(self):
        return self.read_uv() * 65535 // self._FULL_SCALE_UV[self._atten]


class PWM:
    """A pulse-width output."""

    def __init__(self, pin, *, freq=5000, duty=None, duty_u16=None, duty_ns=None):
        self._pin = pin if isinstance(pin, Pin) else Pin(pin)
        self._pin.init(Pin.OUT)
        self._freq = freq
        self._duty_u16 = 32768
        if duty_u16 is not None:
            self._duty_u16 = duty_u16
        elif duty is not None:
            self._duty_u16 = duty * 65535 // 1023
        elif duty_ns is not None:
            self._duty_u16 = duty_ns * freq * 65535 // 1000000000
        self._apply()

    def _apply(self):
        if not 0 < self._freq <= 40000000:
            raise ValueError("frequency must be from 1Hz to 40MHz")
        _link.call("pwm.set", self._pin._id, self._freq, self._duty_u16)

    def freq(self, value=None):
        if value is None:
            return self._freq
        self._freq = value
        self._apply()

    def duty_u16(self, value=None):
        if value is None:
            return self._duty_u16
        self._duty_u16 = value
        self._apply()

    def duty(self, value=None):
        if value is None:
            return self._duty_u16 * 1023 // 65535
        self.duty_u16(value * 65535 // 1023)

    def deinit(self):
        _link.call("pwm.set", self._pin._id, 0, 0)
