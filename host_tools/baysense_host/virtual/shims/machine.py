"""`machine` of a virtual ESP32: what ports/esp32 has, over the link to the supervisor."""

import os
import sys

import umachine as _machine
import vb_link as _link
import vb_ops as _ops
from vb_analog import ADC, PWM
from vb_bus import I2C, SPI, UART, SoftI2C, SoftSPI
from vb_pin import Pin, Signal
from vb_timer import RTC, WDT, Timer

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5
PIN_WAKE = EXT0_WAKE = 2
EXT1_WAKE = 3
TIMER_WAKE = 4
TOUCHPAD_WAKE = 5
ULP_WAKE = 6

mem8 = _machine.mem8
mem16 = _machine.mem16
mem32 = _machine.mem32

# A brown-out reads as power-on and a panic as a hard reset (ports/esp32/modmachine.c).
_CAUSES = {"power": 1, "brownout": 1, "hard": 2, "panic": 2, "wdt": 3, "deepsleep": 4, "soft": 5}
_CAUSE = _CAUSES[os.getenv("VB_CAUSE")]
_WAKE = int(os.getenv("VB_WAKE") or 0)
_freq = [160000000]


def reset_cause():
    return _CAUSE


def wake_reason():
    return _WAKE


def wake_pins():
    return tuple(int(number) for number in os.getenv("VB_WAKE_PINS").split())


def unique_id():
    return bytes.fromhex(os.getenv("VB_MAC"))


def freq(hz=None):
    if hz is None:
        return _freq[0]
    if hz not in (20000000, 40000000, 80000000, 160000000, 240000000):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")
    _freq[0] = hz


def reset():
    _link.call("power.reset")


def soft_reset():
    sys.exit()


def deepsleep(time_ms=None):
    _link.call("power.deepsleep", -1 if time_ms is None else time_ms)


def lightsleep(time_ms=None):
    _link.request(_ops.SLEEP, 1, _link.put_i64(-1 if time_ms is None else time_ms * 1000))


def idle():
    _link.sleep_us(1000)


def disable_irq():
    return 0


def enable_irq(state):
    pass


def bootloader(timeout=None):
    _link.call("power.reset")


def time_pulse_us(pin, level, timeout_us=1000000):
    start = _link.now_us()
    while pin.value() != level:
        if _link.now_us() - start > timeout_us:
            return -2
    begin = _link.now_us()
    while pin.value() == level:
        if _link.now_us() - begin > timeout_us:
            return -1
    return _link.now_us() - begin
