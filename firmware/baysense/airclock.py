"""Time as a LoRaWAN device needs it: to the microsecond in the windows, by the device's clock for the duty cycle."""

import gc
import os
import time

from micropython import const

from baysense.node import GC_BYTES

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node

_SPIN_US = const(2000)  # the scheduler's tick may end a sleep so late


class AirClock:
    """The clock of a Mac; never a light sleep: its oscillator is not good enough for a window."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    def ticks_us(self) -> int:
        """Return the present tick [µs]."""
        return time.ticks_us()  # type: ignore[return-value]  # a type of its own in the stubs

    def since_us(self, later: int, earlier: int) -> int:
        """Return the time between two ticks [µs]."""
        return time.ticks_diff(later, earlier)

    def add_us(self, ticks: int, us: int) -> int:
        """Return the tick so much later [µs]."""
        return time.ticks_add(ticks, us)  # type: ignore[type-var]

    def wait_until(self, t_us: int) -> None:
        """Return at this tick, or late; never early."""
        left_us = time.ticks_diff(t_us, time.ticks_us())
        if left_us > _SPIN_US:
            time.sleep_ms((left_us - _SPIN_US) // 1000)
            left_us = time.ticks_diff(t_us, time.ticks_us())
        if left_us > 0:
            time.sleep_us(left_us)

    def now_ms(self) -> int:
        """Return device time [ms]."""
        return self._node.clock_ms()

    def collect(self) -> None:
        """Collect garbage now, and then only for want of memory: it takes longer than a window is early."""
        self._node.feed()
        gc.collect()
        gc.threshold(-1)

    def release(self) -> None:
        """Let garbage be collected again."""
        gc.threshold(GC_BYTES)

    def random(self, n: int) -> int:
        """Return a number from 0 to n - 1."""
        return int.from_bytes(os.urandom(4), "little") % n
