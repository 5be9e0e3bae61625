"""A first look after a deviation wake: is what passed gone already, and was it small?

Most deviation wakes are cars in the lane. Telling so takes no detector, whose code takes four times as long to load.
What this look cannot dismiss goes to the detector, sample by sample, as if it had seen it itself. The limits are
those by which the detector needs no judgement (core/tuning.py): a vehicle in the bay does not pass here unseen.
"""

from array import array

from micropython import const

from baysense.core.budget import WakeBudget
from baysense.core.state import UNKNOWN

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.core.detector import Detector
    from baysense.node import Node
    from contract import Magnetometer

_PEAK_PERCENT = const(83)  # of occupied_nt: tuning.NEIGHBOUR_PEAK_PERCENT
_REST_PERCENT = const(15)  # of occupied_nt: tuning.NOTHING_PERCENT
_CALM_SAMPLES = const(20)  # so long at rest means it is over: 2 s, tuning.SETTLE_MS
_AWAY_SAMPLES = const(15)  # so long away from rest means that something stays
_MOST_SAMPLES = const(40)
_MOST_READS = const(60)


class Glance:
    """One look, its samples kept: time [ms], x, y, z [nT] and temperature [cdeg] each."""

    def __init__(self, node: "Node", sensor: "Magnetometer") -> None:
        self._node = node
        self.sensor = sensor
        self._kept = 0
        self._samples = array("i", bytes(4 * 5 * _MOST_SAMPLES))

    def look(self) -> bool:
        """Sample until it is clear whether something small passed and is gone; if so, be ready to sleep again."""
        node = self._node
        if node.faults or node.recall.state == UNKNOWN or not self._passed():
            return False
        self.sensor.clear()
        node.pause(self.sensor.period_ms)
        if node.board.deviation_active():
            return False
        budget = WakeBudget(node.recall.budget)
        level = budget.level
        budget.wake(False, node.clock_s())
        if budget.level != level:
            return False  # another threshold is due: the long way sets it
        node.faults = node.recall.faults
        node.recall.budget = budget.dump()
        node.recall.save(node.board)
        return True

    def replay(self, detector: "Detector") -> int:
        """Give the kept samples to the detector; return its first verdict other than HOLD."""
        verdict = 0
        samples = self._samples
        for at in range(0, 5 * self._kept, 5):
            verdict = detector.sample(samples[at], samples[at + 1], samples[at + 2], samples[at + 3], samples[at + 4])
            if verdict:
                break
        return verdict

    def _passed(self) -> bool:
        node, sensor = self._node, self.sensor
        peak_nt = node.recall.occupied_nt * _PEAK_PERCENT // 100
        rest_nt = node.recall.occupied_nt * _REST_PERCENT // 100
        reading = array("i", (0, 0, 0, 0))
        calm = away = 0
        for _ in range(_MOST_READS):
            if sensor.read_into(reading):
                self._keep(reading)
                away_nt = sensor.away_nt(reading)
                calm, away = (calm + 1, 0) if away_nt <= rest_nt else (0, away + 1)
                if away_nt > peak_nt or away == _AWAY_SAMPLES or calm == _CALM_SAMPLES:
                    return calm == _CALM_SAMPLES
            if self._kept == _MOST_SAMPLES:
                break
            node.pause(sensor.period_ms)
        return False

    def _keep(self, reading: "array[int]") -> None:
        at = 5 * self._kept
        self._samples[at] = self._node.elapsed_ms()
        for axis in range(4):
            self._samples[at + 1 + axis] = reading[axis]
        self._kept += 1
