"""The detector in a simulated bay: what changes its state, when, and what must not."""

import gc

from baysense.core import faults, tuning
from baysense.core.detector import CHANGED, HOLD, REST, Detector
from baysense.core.state import FREE, OCCUPIED, UNKNOWN
from dipole import CONFIG, SEDAN, Bay

FAINT = ((1500, 5, 3, 9), (200, 3, 2, 5), (-2500, 5, -5, 9))  # some 5 uT in the bay, 15 uT on the way
VAN = tuple((offset, 2 * mx, 2 * my, 2 * mz) for offset, mx, my, mz in SEDAN)


def ready(seed: int = 1, config: dict = CONFIG) -> Bay:
    bay = Bay(seed, config=config)
    bay.wait(8)
    assert bay.changes.pop()[:2] == (FREE, "calibrated") and not bay.changes
    assert bay.detector.confidence == 50
    return bay


def test_first_power_up_is_unknown_until_calibrated() -> None:
    bay = Bay()
    assert (bay.detector.state, bay.detector.cause) == (UNKNOWN, "power")
    assert bay.heartbeat() == HOLD
    assert all(bay.step() == HOLD for _ in range(10)) and bay.detector.moving


def test_arrival_and_departure_with_their_times() -> None:
    for seed in range(1, 5):
        bay = ready(seed)
        stood_ms = bay.arrive()
        bay.wait(20)
        clear_ms = bay.leave()
        bay.wait(8)
        (arrived, departed) = bay.changes
        assert arrived[:2] == (OCCUPIED, "arrival") and abs(arrived[2] - stood_ms) <= 1000
        assert departed[:2] == (FREE, "departure") and abs(departed[2] - clear_ms) <= 1000
        assert bay.detector.confidence > 85
        assert 18 <= bay.detector.previous_s <= 28


def test_quiet_field_rests_every_time_and_soon() -> None:
    bay = ready()
    assert all(bay.step() == REST for _ in range(200))
    bay.sleep(60)
    results = [bay.step() for _ in range(40)]
    assert results.index(REST) < 30 and CHANGED not in results
    assert all(r == REST for r in results[results.index(REST) :])


def test_other_sample_rates() -> None:
    import dipole

    for step_ms in (200, 150):
        dipole.STEP_MS = step_ms
        try:
            bay = ready()
            stood_ms = bay.arrive()
            bay.wait(12)
            bay.leave()
            bay.wait(12)
        finally:
            dipole.STEP_MS = 100
        assert [c[0] for c in bay.changes] == [OCCUPIED, FREE]
        assert abs(bay.changes[0][2] - stood_ms) <= 1000


def test_neighbour_is_no_arrival_and_its_leaving_no_departure() -> None:
    bay = ready()
    bay.arrive(VAN, y_mm=2500)
    bay.wait(8)
    bay.arrive()
    bay.wait(8)
    bay.leave(0)
    bay.wait(8)
    assert [c[0] for c in bay.changes] == [OCCUPIED]
    bay.leave(0)
    bay.wait(8)
    assert [c[0] for c in bay.changes] == [OCCUPIED, FREE]


def test_own_car_leaves_while_a_strong_neighbour_stays() -> None:
    bay = ready()
    lorry = tuple((offset, 4 * mx, 4 * my, 4 * mz) for offset, mx, my, mz in SEDAN)
    bay.arrive(lorry, y_mm=2000)
    bay.wait(8)
    assert max(abs(part) for part in bay.detector.baseline.nearby_nt) > 2500
    bay.arrive()
    bay.wait(8)
    bay.leave(1)
    bay.wait(8)
    assert [c[0] for c in bay.changes] == [OCCUPIED, FREE]


def test_vehicle_that_passes_over_without_stopping() -> None:
    bay = ready()
    for along_mm in range(-9000, 9000, 200):
        bay.step([(VAN, along_mm, 0)])
    bay.wait(8)
    assert bay.changes == [] and bay.detector.state == FREE


def test_glitches_change_nothing() -> None:
    bay = ready()
    assert bay.step(glitch_nt=1_200_000) == REST
    assert all(bay.step(glitch_nt=-900_000 if i % 7 == 0 else 0) == REST for i in range(100))
    assert bay.changes == [] and bay.detector.faults == 0


def test_drift_neither_fills_nor_frees() -> None:
    bay = ready()
    _drift(bay, 12_000)
    assert bay.changes == []
    bay.arrive()
    bay.wait(8)
    bay.changes.clear()
    field = bay.detector.baseline.residual_nt(list(bay.detector.settled), bay.temp_cdeg)
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
    bay.drift_nt[2] += 7000  # at once, at the same temperature: that is something
    bay.wait(8)
    assert [c[0] for c in bay.changes] == [OCCUPIED]


def test_neighbour_beside_a_faint_car_is_no_departure() -> None:
    config = dict(CONFIG)
    config.update({"confirm_range": True, "occupied_nt": 9000})
    bay = ready(config=config)
    bay.answer = True
    bay.arrive(FAINT)
    bay.wait(8)
    assert bay.detector.state == OCCUPIED and 4000 < bay.detector.car_nt() < 7000
    car = bay.detector.baseline.residual_nt(bay.detector.field, bay.temp_cdeg)
    for axis in range(3):
        bay.drift_nt[axis] -= 68 * car[axis] // 100  # at once: all but a third of the car's field
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
    baseline = bay.detector.baseline
    slope = baseline.empty_nt(2, 2500) - baseline.empty_nt(2, 1500)
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


def test_wake_in_the_middle_of_an_arrival() -> None:
    bay = ready()
    bay.sleep(600)
    for along_mm in range(3000, 0, -150):  # 1.5 m/s, the first 9 m happened asleep
        bay.step([(SEDAN, along_mm, 0)])
    bay.parked.append((SEDAN, 0, 0))
    stood_ms = bay.t_ms
    bay.wait(8)
    assert [c[0] for c in bay.changes] == [OCCUPIED]
    assert abs(bay.changes[0][2] - stood_ms) <= 1000


def test_swap_is_one_change_of_the_occupied_bay() -> None:
    bay = ready()
    bay.arrive()
    bay.wait(8)
    bay.leave(far_mm=7000)
    bay.arrive(VAN, x_mm=200, far_mm=7000)
    bay.wait(8)
    assert [c[:2] for c in bay.changes] == [(OCCUPIED, "arrival"), (OCCUPIED, "swap")]
    assert bay.detector.swap


def test_manoeuvre_is_no_swap() -> None:
    bay = ready()
    bay.arrive(VAN)
    bay.wait(8)
    bay.parked.clear()
    for along_mm in range(0, 1200, 50):
        bay.step([(VAN, along_mm, 0)])
    bay.parked.append((VAN, 1200, 0))
    bay.wait(8)
    assert [c[0] for c in bay.changes] == [OCCUPIED] and bay.detector.state == OCCUPIED


def test_doubt_asks_the_range_sensor() -> None:
    for answer, state in ((True, OCCUPIED), (False, FREE), (None, FREE)):
        config = dict(CONFIG)
        config.update({"confirm_range": True, "occupied_nt": 9000})
        bay = ready(config=config)
        bay.answer = answer
        bay.arrive(FAINT)
        bay.wait(8)
        assert bay.detector.state == state, answer
        assert (bay.detector.cause == "range") == (answer is True)
        assert (bay.detector.confidence <= 40) == (answer is None)


def test_occupied_for_a_day_becomes_unknown_and_heals() -> None:
    bay = ready()
    bay.arrive()
    bay.wait(8)
    causes = []
    for _ in range(25):
        bay.sleep(3600)
        if bay.heartbeat() == CHANGED:
            causes.append(bay.detector.cause)
    assert causes == ["stale"] and bay.detector.state == UNKNOWN
    bay.arrive(VAN, x_mm=300)  # a field never seen: still nothing to be sure of
    bay.wait(8)
    assert bay.detector.state == UNKNOWN
    bay.leave(1)  # back to what stood there for a day: that is the empty bay
    bay.wait(8)
    assert (bay.detector.state, bay.detector.cause) == (FREE, "healed")


def test_occupied_for_a_day_with_a_range_sensor() -> None:
    config = dict(CONFIG)
    config["confirm_range"] = True
    bay = ready(config=config)
    bay.arrive()
    bay.wait(8)
    for hour in range(30):
        bay.sleep(3600)
        if bay.heartbeat() != REST:
            assert hour >= 23 and bay.detector.confirm(True) == REST
    assert bay.detector.state == OCCUPIED


def test_saturation_says_unknown_and_recovers() -> None:
    bay = ready()
    results = [bay.step(glitch_nt=900_000) for _ in range(30)]
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


def test_louder_noise_is_learned_instead_of_staying_awake() -> None:
    bay = ready()
    bay._noise_nt = 1000
    results = [bay.step() for _ in range(400)]
    assert HOLD in results and results[-1] == REST and bay.changes == []


def test_gap_and_clock_going_back_start_anew() -> None:
    bay = ready()
    bay.t_ms += 10_000
    assert bay.wait(5) == REST
    bay.t_ms -= 12_000
    assert bay.wait(5) == REST and bay.changes == []


def test_chatter_is_flagged() -> None:
    bay = ready()
    bay.detector.event_ms = bay.t_ms
    for _ in range(tuning.CHATTER_CHANGES):
        assert not bay.detector.chatter
        bay.detector.change(FREE, 90, "departure")
    assert bay.detector.chatter


def test_sample_allocates_nothing_while_quiet_or_moving() -> None:
    if not hasattr(gc, "mem_alloc"):
        return  # CPython; MicroPython runs this as well
    bay = ready()
    quiet = [bay.field([]) for _ in range(30)]
    moving = [bay.field([(SEDAN, 4000 - 100 * i, 0)]) for i in range(30)]
    sample, t_ms = bay.detector.sample, bay.t_ms
    sample(t_ms, quiet[0][0], quiet[0][1], quiet[0][2], 1500)
    gc.collect()
    gc.disable()
    for readings, expected in ((quiet, REST), (moving, None)):
        for reading in readings:
            t_ms += 100
            x, y, z = reading
            before = gc.mem_alloc()
            result = sample(t_ms, x, y, z, 1500)
            grown = gc.mem_alloc() - before
            assert grown == 0 and expected in (None, result)
    gc.enable()


def test_dump_is_small_and_foreign_bytes_start_anew() -> None:
    bay = ready()
    retained = bay.detector.dump()
    assert len(retained) <= 96
    again = Detector(CONFIG, retained)
    assert again.dump() == retained
    assert list(again.settled) == list(bay.detector.settled)
    for wrong in (b"", retained[:-1], b"\xff" + retained[1:]):
        assert Detector(CONFIG, wrong).state == UNKNOWN
