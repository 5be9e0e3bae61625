"""The detector with a magnet on its lid, or a sensor that is broken."""

from bays import come_and_go, proven, ready
from baysense.core import faults, tuning
from baysense.core.detector import CHANGED, HOLD, REST
from baysense.core.state import FREE, UNKNOWN
from dipole import Bay


def test_first_powered_with_a_magnet_on_the_lid() -> None:
    bay = Bay()
    bay.drift_nt[0] += 2 * tuning.MAGNET_NT
    bay.wait(20)
    assert bay.detector.state == UNKNOWN and bay.detector.faults & faults.MAGNET
    bay.sleep(3600)
    bay.drift_nt[0] -= 2 * tuning.MAGNET_NT
    bay.wait(20)
    assert (bay.detector.state, bay.detector.cause) == (FREE, "calibrated")
    assert bay.detector.faults == faults.CALIBRATING
    come_and_go(bay)


def test_saturation_says_unknown_and_recovers() -> None:
    bay = ready()
    results = []
    for _ in range(30):
        _, y, z = bay.field([])
        results.append(bay.detector.sample(bay.t_ms, 800_000, y, z, 1500))  # clipped: shows no noise any more
        bay.t_ms += 100
    assert results.count(CHANGED) == 1
    assert bay.detector.state == UNKNOWN and bay.detector.faults & faults.SENSOR_SATURATED
    bay.wait(10)
    assert bay.detector.state == FREE and not bay.detector.faults & faults.SENSOR_SATURATED


def test_stuck_axis_is_reported_and_changes_nothing() -> None:
    bay = ready()
    for _ in range(100):
        x, _, z = bay.field([])
        bay.detector.sample(bay.t_ms, x, -8000, z, 1500)
        bay.t_ms += 100
    assert bay.detector.faults & faults.SENSOR_STUCK and bay.detector.state == FREE
    bay.wait(3)
    assert not bay.detector.faults & faults.SENSOR_STUCK


def test_a_frozen_sensor_is_looked_at_longer() -> None:
    bay = proven()
    x, y, z = bay.detector.settled
    assert bay.detector.rest(bay.t_ms, x, y, z, bay.temp_cdeg) == HOLD
    assert bay.detector.rest(bay.t_ms, x + 30, y, z, bay.temp_cdeg) == REST


def test_a_magnet_on_the_lid_is_told_and_taken_back() -> None:
    bay = proven()
    bay.drift_nt[0] += 2 * tuning.MAGNET_NT
    bay.wait(8)
    assert (bay.detector.state, bay.detector.cause) == (UNKNOWN, "magnet")
    assert bay.detector.faults == faults.MAGNET
    bay.sleep(3600)
    bay.heartbeat()
    bay.wait(8)
    assert bay.detector.state == UNKNOWN and bay.detector.faults == faults.MAGNET
    bay.drift_nt[0] -= 2 * tuning.MAGNET_NT
    bay.wait(8)
    assert bay.detector.state == FREE and bay.detector.faults == 0


def test_a_magnet_taken_off_while_asleep() -> None:
    bay = proven()
    bay.drift_nt[0] += 2 * tuning.MAGNET_NT
    bay.wait(8)
    assert bay.detector.state == UNKNOWN
    bay.sleep(600)
    bay.drift_nt[0] -= 2 * tuning.MAGNET_NT
    bay.wait(8)
    assert bay.detector.state == FREE
