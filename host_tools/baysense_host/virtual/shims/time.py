"""`time` on the board's clock: integers, epoch 2000, ticks of 30 bits, as ports/esp32."""

import vb_link as _link
from utime import gmtime as _gmtime
from utime import mktime as _mktime

_EPOCH_S = 946684800  # 2000-01-01 on the host's 1970 scale
_MASK = (1 << 30) - 1
_HALF = 1 << 29
_READ_US = 4  # see costs.CLOCK_READ_US
_offset = [0]  # RTC [µs since 2000] when this boot began


def _boot(rtc_us):
    _offset[0] = rtc_us


def sleep(seconds):
    if seconds > 0:
        _link.sleep_us(int(seconds * 1000000))


def sleep_ms(ms):
    if ms > 0:
        _link.sleep_us(ms * 1000)


def sleep_us(us):
    if us > 0:
        _link.sleep_us(us)


def ticks_us():
    _link.spend(_READ_US)
    return _link.now_us() & _MASK


def ticks_ms():
    _link.spend(_READ_US)
    return _link.now_us() // 1000 & _MASK


def ticks_cpu():
    _link.spend(1)
    return _link.now_us() * 240 & _MASK


def ticks_add(ticks, delta):
    if not -_HALF < delta < _HALF:
        raise OverflowError("ticks interval overflow")
    return (ticks + delta) & _MASK


def ticks_diff(end, start):
    return ((end - start + _HALF) & _MASK) - _HALF


def time():
    _link.spend(_READ_US)
    return (_offset[0] + _link.now_us()) // 1000000


def time_ns():
    _link.spend(_READ_US)
    return (_offset[0] + _link.now_us()) * 1000


def gmtime(seconds=None):
    return _gmtime((time() if seconds is None else int(seconds)) + _EPOCH_S)[:8]  # without the host's isdst


localtime = gmtime


def mktime(fields):
    return int(_mktime(fields)) - _EPOCH_S
