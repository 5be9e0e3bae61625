"""A02YYUW: model of DFRobot's ultrasonic range sensor on a serial line, looking up at the vehicle floor.

Frame, RX pin and times: https://wiki.dfrobot.com/sen0311/docs/21651; range and current: DFRobot SEN0311 page.
"""

from collections import deque

from baysense_host.virtual.chips.chip import ChipContext, UartChip
from baysense_host.virtual.chips.noise import gaussian

_PERIOD_US = 100_000  # response time 100 ms; processed values 100–300 ms
_PROCESSED_OVER = 3  # assumed: the processed value is the median of three, which gives the 300 ms
_NEAREST_MM, _FARTHEST_MM = 30, 4500  # blind zone 3 cm, flat object up to 450 cm
_NOTHING_MM = 0  # reported without an echo: https://github.com/esphome/issues/issues/6394
_NOISE_MM = 3.0  # assumed
_CURRENT_UA = 8_000.0  # average ≤ 8 mA
_STRAY = b"\xff\x12\x00"  # what a garbage fault puts between the frames


class A02YYUW(UartChip):
    """One A02YYUW; it sends frames as long as it is powered. Wires: `rx` (its mode input).

    Faults to inject: `absent` (silent), `blocked` (mud, leaf or ice on the window), `garbage` (stray bytes,
    every second checksum wrong).
    """

    current_source = "at most 8 mA on average: DFRobot SEN0311 page"

    def __init__(self, context: ChipContext) -> None:
        super().__init__(context)
        self.absent = False
        self.blocked = False
        self.garbage = False
        self._real_time = False
        self._recent: deque[int] = deque(maxlen=_PROCESSED_OVER)
        self._frames = 0
        self._token: object | None = None

    def power(self, on: bool) -> None:
        """Switch the supply; the first frame comes when enough echoes are in."""
        super().power(on)
        self.context.draw(_CURRENT_UA if on else 0.0)
        self._recent.clear()
        if self._token is not None:
            self.context.cancel(self._token)
            self._token = None
        if on:
            self._wait()

    def pin(self, role: str, level: int | None) -> None:
        """Take the level of RX: low asks for real-time values, high or floating for processed ones."""
        if role == "rx":
            self._real_time = level == 0

    def _wait(self) -> None:
        self._token = self.context.at(self.context.now_us() + _PERIOD_US, self._measure)

    def _measure(self) -> None:
        self._wait()
        self._recent.append(self._echo_mm(self.context.now_us()))
        if self.absent:
            return
        if self._real_time:
            self._send(self._recent[-1])
        elif len(self._recent) == _PROCESSED_OVER:
            self._send(sorted(self._recent)[_PROCESSED_OVER // 2])

    def _echo_mm(self, t_us: int) -> int:
        if self.blocked:
            return _NEAREST_MM
        clearance_mm = self.context.environment.clearance_mm(t_us)
        if clearance_mm is None or clearance_mm > _FARTHEST_MM:
            return _NOTHING_MM
        noisy_mm = clearance_mm + round(_NOISE_MM * gaussian(self.context.seed, t_us, 0))
        return max(_NEAREST_MM, min(_FARTHEST_MM, noisy_mm))  # assumed: nearer things read as the nearest

    def _send(self, distance_mm: int) -> None:
        frame = bytes((0xFF, distance_mm >> 8, distance_mm & 0xFF))
        checksum = sum(frame) & 0xFF
        self._frames += 1
        if self.garbage:
            checksum ^= self._frames & 1
            frame = _STRAY + frame
        self.context.transmit(frame + bytes((checksum,)))
