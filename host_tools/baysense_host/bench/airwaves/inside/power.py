"""The supply, which may fail between any two operations of the storage, and the clock of the chip.

Time passes where the node waits, and nowhere else.
"""

from baysense_host.bench.airwaves.inside import line

_TICKS = (1 << 30) - 1  # of a port with small integers of 31 bits


class Power:
    """What hangs on the supply: time, and how many operations are left before it fails."""

    def __init__(self) -> None:
        self.now_us = 0  # of the town
        self.ahead_us = 0  # system time less that of the town
        self.on_air = False  # a frame was sent in this wake: from now on the supply may fail at any moment
        self._left = self._known_us = 0

    def on(self, now_us: int, system_us: int, operations: int) -> None:
        """Go on at a time; `operations`: so many until the supply fails, 0: it does not."""
        self.now_us, self.ahead_us, self._left = now_us, system_us - now_us, operations
        self.on_air, self._known_us = False, now_us

    def go_on(self, now_us: int) -> None:
        """Go on at the time that the host says it is."""
        self.now_us = self._known_us = now_us

    def step(self) -> None:
        """Come to an operation; the process gets no further when the supply fails before it."""
        if self.on_air and self.now_us > self._known_us:
            line.say("p", self.now_us, self.now_us + self.ahead_us)
            self.go_on(int(line.heard()[1]))
        if self._left:
            self._left -= 1
            if not self._left:
                line.say("x", self.now_us, self.now_us + self.ahead_us)
                line.heard()  # the host ends the process

    def ticks_us(self) -> int:
        """Return the present tick."""
        return self.now_us & _TICKS


power = Power()


class Time:
    """Stands for the module time."""

    def time(self) -> int:
        """Return system time [s]."""
        return (power.now_us + power.ahead_us) // 1_000_000

    def time_ns(self) -> int:
        """Return system time [ns]."""
        return (power.now_us + power.ahead_us) * 1000

    def ticks_us(self) -> int:
        """Return the present tick [µs]."""
        return power.now_us & _TICKS

    def ticks_ms(self) -> int:
        """Return the present tick [ms]."""
        return power.now_us // 1000 & _TICKS

    def ticks_add(self, ticks: int, delta: int) -> int:
        """Return the tick so much later."""
        return ticks + delta & _TICKS

    def ticks_diff(self, later: int, earlier: int) -> int:
        """Return the time between two ticks."""
        half = _TICKS + 1 >> 1
        return (later - earlier + half & _TICKS) - half

    def sleep_us(self, us: int) -> None:
        """Let time pass [µs]."""
        power.now_us += us

    def sleep_ms(self, ms: int) -> None:
        """Let time pass [ms]."""
        power.now_us += ms * 1000
