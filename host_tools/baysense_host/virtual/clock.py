"""One virtual clock: an integer-microsecond event queue shared by everything in a simulation."""

import heapq
from collections.abc import Callable

Action = Callable[[], None]


class Token:
    """A scheduled action; compare by time, then by order of scheduling."""

    __slots__ = ("t_us", "order", "action")

    def __init__(self, t_us: int, order: int, action: Action) -> None:
        self.t_us = t_us
        self.order = order
        self.action: Action | None = action

    def __lt__(self, other: "Token") -> bool:
        if self.t_us != other.t_us:
            return self.t_us < other.t_us
        return self.order < other.order


class Clock:
    """Hold virtual time [µs] and the queue of what happens next."""

    def __init__(self) -> None:
        self.now_us = 0
        self._queue: list[Token] = []
        self._order = 0

    def at(self, t_us: int, action: Action) -> Token:
        """Run an action at a virtual time [µs]; a time already past means now."""
        self._order += 1
        token = Token(max(t_us, self.now_us), self._order, action)
        heapq.heappush(self._queue, token)
        return token

    def after(self, delay_us: int, action: Action) -> Token:
        """Run an action after a delay [µs]."""
        return self.at(self.now_us + delay_us, action)

    @staticmethod
    def cancel(token: Token | None) -> None:
        """Take an action back; one that already ran or was cancelled is left alone."""
        if token is not None:
            token.action = None

    def next_us(self) -> int | None:
        """Return when the next action is due [µs], None when nothing is scheduled."""
        queue = self._queue
        while queue and queue[0].action is None:
            heapq.heappop(queue)
        return queue[0].t_us if queue else None

    def step(self) -> None:
        """Advance to the next action and run it."""
        if self.next_us() is None:
            return
        token = heapq.heappop(self._queue)
        self.now_us = token.t_us
        action, token.action = token.action, None
        if action is not None:
            action()


class Crystal:
    """Convert between true and board time while the board is awake (deviation in ppm)."""

    def __init__(self, ppm: int) -> None:
        self.ppm = ppm

    def board_us(self, true_us: int) -> int:
        """Return what the board's counter shows after a true duration [µs]."""
        return true_us + true_us * self.ppm // 1_000_000

    def true_us(self, board_us: int) -> int:
        """Return how long a duration of the board's counter truly lasts [µs], never too short."""
        true = board_us * 1_000_000 // (1_000_000 + self.ppm)
        while self.board_us(true) < board_us:
            true += 1
        return true


class RcClock:
    """The RC oscillator that counts deep sleep: off by up to ±1 % and drifting with temperature.

    ESP-IDF system_time documentation: internal 136 kHz RC, about 5 % over temperature uncalibrated; calibrated
    at each boot 9–11 s/h were reported (OpenDisplay issue 42), about 0.3 %.
    """

    PPM_PER_C = 30  # assumed slope between the calibration at boot and the sleep that follows

    def __init__(self, offset_ppm: int) -> None:
        self.offset_ppm = offset_ppm

    def ppm(self, temperature_c: float) -> int:
        """Return the deviation at a temperature [ppm]."""
        return self.offset_ppm + int(self.PPM_PER_C * (temperature_c - 20.0))

    def true_us(self, asked_us: int, temperature_c: float) -> int:
        """Return how long an asked sleep truly lasts [µs]."""
        return asked_us + asked_us * self.ppm(temperature_c) // 1_000_000

    def board_us(self, true_us: int, temperature_c: float) -> int:
        """Return how long the board believes it slept [µs]."""
        return true_us * 1_000_000 // (1_000_000 + self.ppm(temperature_c))
