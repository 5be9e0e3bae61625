"""The instants at which a continuously measuring chip finishes its samples. Integers in µs."""


class SampleClock:
    """Number the samples of one run: the first ends `turn_on` plus one period after the start."""

    def __init__(self) -> None:
        self.running = False
        self._origin_us = 0
        self._period_us = 1

    def start(self, t_us: int, turn_on_us: int, period_us: int) -> None:
        """Begin a run at this time; sample 1 is the first."""
        self._origin_us = t_us + turn_on_us
        self._period_us = period_us
        self.running = True

    def stop(self) -> None:
        """End the run."""
        self.running = False

    def index(self, t_us: int) -> int:
        """Return how many samples are finished by this time."""
        return max(0, (t_us - self._origin_us) // self._period_us)

    def time_us(self, index: int) -> int:
        """Return when this sample is finished [µs]."""
        return self._origin_us + index * self._period_us

    def first_from(self, t_us: int) -> int:
        """Return the end of the first sample that is finished at this time or later [µs]."""
        return self.time_us(max(1, -((self._origin_us - t_us) // self._period_us)))
