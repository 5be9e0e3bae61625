"""The detector over hours and days: drift, restarts, the empty bay lost and found, what the range sensor says."""

from bays import VAN, come_and_go, proven, ready
from baysense.core import faults, tuning
from baysense.core.detector import CHANGED, HOLD, REST
from baysense.core.state import FREE, OCCUPIED, UNKNOWN
from dipole import CONFIG, Bay


def test_drift_neither_fills_nor_frees() -> None:
    bay = ready()
    _drift(bay, 12_000)
    assert bay.changes == []
    bay.arrive()
    bay.wait(8)
    bay.changes.clear()
    field = bay.detector.residual_nt()
    _drift(bay, -field[2])  # right down to where the empty bay was
    assert bay.changes == [] and bay.detector.state == OCCUPIED


def _drift(bay: Bay, total_nt: int, minutes: int = 40) -> None:
    """A battery node sees slow drift at heartbeats only."""
    start = bay.drift_nt[2]
    for i in range(1, minutes + 1):
        bay.sleep(600)
        bay.temp_cdeg += 10
        bay.drift_nt[2] = start + total_nt * i // minutes
        assert bay.heartbeat() == REST


def test_drift_over_a_hot_hour_is_no_vehicle_when_looked_at() -> None:
    bay = ready()
    bay.sleep(3600)
    bay.temp_cdeg += 3000
    bay.drift_nt[2] += 7000  # more than occupied_nt, but no more than such heat can do
    assert bay.wait(5) == REST and bay.changes == []
    bay.drift_nt[2] += 20_000  # at once, at the same temperature: that is something
    bay.wait(8)
    assert [c[0] for c in bay.changes] == [OCCUPIED]


def test_temperature_slope_is_learned() -> None:
    bay = ready()
    for day in range(3):
        for hour in range(24):
            bay.sleep(3600)
            bay.temp_cdeg = 1500 + 1000 * (12 - abs(12 - hour)) // 12 - 500
            bay.drift_nt[2] = 100 * (bay.temp_cdeg - 1500) // 100  # 100 nT/degC
            assert bay.heartbeat() == REST, (day, hour)
    frame = bay.detector.frame
    slope = frame.empty_nt(2, 2500) - frame.empty_nt(2, 1500)
    assert 700 < slope < 1300


def test_missed_departure_is_found_at_the_heartbeat() -> None:
    bay = ready()
    bay.arrive()
    bay.wait(8)
    bay.sleep(3600)
    bay.parked.clear()
    assert bay.heartbeat() == HOLD  # look closer
    bay.wait(8)
    assert bay.changes[-1][:2] == (FREE, "departure")


def test_reboot_while_occupied_stays_occupied() -> None:
    bay = ready()
    bay.arrive()
    bay.wait(8)
    bay.changes.clear()
    bay.sleep(0)
    assert bay.detector.state == OCCUPIED and bay.detector.cause == "retained"
    assert bay.wait(8) == REST and bay.changes == []
    bay.leave()
    bay.wait(8)
    assert [c[0] for c in bay.changes] == [FREE]


def _restarted(config: dict, step_nt: int, answer: bool | None) -> Bay:
    """Return a proven empty bay whose node lost its supply while the field moved by so little."""
    bay = proven(config=config)
    bay.sleep(0)
    bay.detector.restart()
    bay.drift_nt = [step_nt, 0, 0]
    bay.answer, bay.asked = answer, 0
    bay.wait(40)
    return bay


def test_a_faint_vehicle_that_came_during_a_restart_is_found() -> None:
    config = dict(CONFIG)
    config["confirm_range"] = True
    for step_nt in (100, 1000, 3000):
        bay = _restarted(config, step_nt, True)
        assert [c[:2] for c in bay.changes] == [(OCCUPIED, "range")] and bay.asked == tuning.MOST_ASKS, step_nt
        bay = _restarted(config, step_nt, False)
        assert bay.changes == [] and bay.asked == 1, step_nt
    bay = _restarted(CONFIG, 3000, True)
    assert bay.changes == [] and bay.asked == 0


def test_a_step_that_drift_may_explain_is_asked_about_in_vain_once() -> None:
    config = dict(CONFIG)
    config["confirm_range"] = True
    bay = proven(config=config)
    for step_nt, answer in ((3000, False), (6000, True)):
        bay.sleep(60)
        bay.answer, bay.asked = answer, 0
        bay.drift_nt = [step_nt, 0, 0]
        bay.wait(40)
        assert bay.asked == (tuning.MOST_ASKS if answer else 1)
    assert [c[:2] for c in bay.changes] == [(OCCUPIED, "range")]


def test_occupied_for_a_day_becomes_unknown() -> None:
    bay = ready()
    bay.arrive()
    bay.wait(8)
    causes = []
    for _ in range(25):
        bay.sleep(3600)
        if bay.heartbeat() == CHANGED:
            causes.append(bay.detector.cause)
    assert causes == ["stale"] and bay.detector.state == UNKNOWN
    bay.leave()
    bay.wait(8)
    assert bay.detector.state == FREE


def test_occupied_for_a_day_with_a_range_sensor() -> None:
    config = dict(CONFIG)
    config["confirm_range"] = True
    bay = ready(config=config)
    bay.answer = True
    bay.arrive()
    bay.wait(20)
    assert bay.detector.state == OCCUPIED and not bay.detector.moving
    for hour in range(30):
        bay.sleep(3600)
        if bay.heartbeat() != REST:
            assert hour >= 23 and bay.detector.confirm(True) == REST
    assert bay.detector.state == OCCUPIED


def test_commissioned_over_a_vehicle_the_range_sensor_says_so() -> None:
    for answer, state, known in ((True, OCCUPIED, 0), (False, FREE, 1), (None, FREE, 0)):
        config = dict(CONFIG)
        config["confirm_range"] = True
        bay = Bay(config=config)
        bay.answer = answer
        bay.wait(8)
        assert [c[:2] for c in bay.changes] == [(state, "calibrated")]
        assert bay.detector.faults == (0 if known else faults.CALIBRATING)


def test_commissioned_over_a_vehicle_the_empty_bay_is_found_when_it_comes_back() -> None:
    bay = Bay()
    bay.parked.append((VAN, 0, 0))
    bay.wait(8)
    assert bay.changes.pop()[:2] == (FREE, "calibrated")
    bay.leave()
    bay.wait(1000)
    for _ in range(3):
        if bay.detector.cause != "healed":
            bay.arrive(VAN, x_mm=300)
            bay.wait(300)
            bay.leave()
            bay.wait(1000)
    assert (bay.detector.state, bay.detector.cause) == (FREE, "healed")
    assert bay.detector.faults == faults.CALIBRATING and bay.detector.confidence <= tuning.UNPROVEN_PERCENT
    come_and_go(bay)


def test_one_and_the_same_vehicle_proves_nothing() -> None:
    bay = Bay()
    bay.parked.append((VAN, 0, 0))
    bay.wait(8)
    for _ in range(6):
        bay.leave()
        bay.wait(1000)
        bay.arrive(VAN)
        bay.wait(1000)
        assert bay.detector.faults == faults.CALIBRATING
        assert bay.detector.confidence <= tuning.UNPROVEN_PERCENT


def test_certain_once_the_empty_bay_was_seen_twice() -> None:
    bay = proven()
    bay.arrive()
    bay.wait(8)
    assert bay.detector.state == OCCUPIED and bay.detector.confidence > 85


def _audited(bay: Bay, present: bool, count: int) -> list:
    """Return the states after each of so many heartbeats at which the range sensor saw this."""
    states = []
    for _ in range(count):
        bay.detector.audit(bay.t_ms, present)
        states.append(bay.detector.state)
    return states


def test_the_range_sensor_contradicts_at_heartbeats() -> None:
    bay = proven()
    long = tuning.AUDITS_LONG
    assert _audited(bay, True, long) == [FREE] + [UNKNOWN] * (long - 2) + [OCCUPIED]
    assert bay.detector.confidence <= 75 and bay.detector.cause == "range"
    assert [bay.detector.audit(bay.t_ms, None) for _ in range(30)] == [REST] * 30  # it cannot tell
    assert _audited(bay, False, long) == [OCCUPIED] + [UNKNOWN] * (long - 2) + [FREE]
    for seen in (True, False) * 10:
        assert bay.detector.audit(bay.t_ms, seen) == REST  # only several in a row count


def test_a_missing_echo_never_takes_a_strong_vehicle_for_the_empty_bay() -> None:
    bay = proven()
    bay.arrive(VAN)
    bay.wait(8)
    assert _audited(bay, False, 3 * tuning.AUDITS_LONG)[1:] == [UNKNOWN] * (3 * tuning.AUDITS_LONG - 1)
    assert _audited(bay, True, 1) == [OCCUPIED] and bay.detector.resumed
    bay.answer = False
    bay.leave()
    bay.wait(20)
    assert bay.detector.state == FREE and not bay.detector.resumed


def test_a_large_field_that_crept_past_an_insensitive_pin_is_no_drift() -> None:
    bay = proven()
    bay.sleep(600)
    bay.parked.append((VAN, 0, 0))
    assert bay.heartbeat() == HOLD
    bay.wait(20)
    assert bay.detector.state != FREE


def test_doubt_is_given_up_when_nothing_speaks_for_it() -> None:
    bay = proven()
    bay.detector.event_ms = bay.t_ms
    bay.detector.change(UNKNOWN, 50, "doubt")
    for _ in range(26):
        bay.sleep(3600)
        bay.heartbeat()
    assert bay.detector.state == FREE and 55 <= bay.detector.confidence <= 65


def test_a_node_that_was_turned_finds_its_empty_bay_and_says_so() -> None:
    bay = proven()
    bay.sleep(600)
    bay.drift_nt[:] = [20_000, -14_000, 6000]
    bay.wait(300)
    for x_mm in (300, -700, 900, -200, 600, 0):
        bay.arrive(VAN, x_mm=x_mm)
        bay.wait(300)
        bay.sleep(3600)
        bay.heartbeat()
        bay.leave()
        bay.wait(300)
        if bay.detector.cause == "healed":
            break
        bay.sleep(3600)
        bay.heartbeat()
    assert (bay.detector.state, bay.detector.faults) == (FREE, faults.NODE_MOVED | faults.CALIBRATING)
    come_and_go(bay)
