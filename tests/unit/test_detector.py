"""The detector in a simulated bay: what changes its state, when, and what must not."""

import gc

from baysense.core import faults, tuning
from baysense.core.detector import CHANGED, HOLD, REST, Detector
from baysense.core.event import SIZE_BYTES as EVENT_BYTES
from baysense.core.geometry import size_nt
from baysense.core.state import FREE, OCCUPIED, UNKNOWN
from baysense.storage.journal import ROOM_BYTES
from dipole import CONFIG, SEDAN, Bay

FAINT = ((1500, 5, 3, 9), (200, 3, 2, 5), (-2500, 5, -5, 9))  # some 5 uT in the bay, 15 uT on the way
VAN = tuple((offset, 2 * mx, 2 * my, 2 * mz) for offset, mx, my, mz in SEDAN)


def ready(seed: int = 1, config: dict = CONFIG) -> Bay:
    bay = Bay(seed, config=config)
    bay.wait(8)
    assert bay.changes.pop()[:2] == (FREE, "calibrated") and not bay.changes
    assert bay.detector.confidence == 50 and bay.detector.faults == faults.CALIBRATING
    return bay


def proven(seed: int = 1, config: dict = CONFIG) -> Bay:
    """Return a bay that was seen empty again after two different vehicles."""
    bay = ready(seed, config)
    for parts in (SEDAN, VAN):
        bay.answer = True
        bay.arrive(parts)
        bay.wait(150)
        bay.answer = False
        bay.leave()
        bay.wait(20)
    assert [c[0] for c in bay.changes] == [OCCUPIED, FREE] * 2 and bay.detector.faults == 0
    bay.changes.clear()
    bay.answer = None
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
        assert 50 < bay.detector.confidence <= tuning.UNPROVEN_PERCENT
        clear_ms = bay.leave()
        bay.wait(8)
        (arrived, departed) = bay.changes
        assert arrived[:2] == (OCCUPIED, "arrival") and abs(arrived[2] - stood_ms) <= 1000
        assert departed[:2] == (FREE, "departure") and abs(departed[2] - clear_ms) <= 1000
        assert bay.detector.confidence == tuning.UNPROVEN_PERCENT  # one vehicle's absence may be another's presence
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
    assert size_nt(*bay.detector.place) > 2500
    bay.arrive()
    bay.wait(8)
    bay.leave(1)
    bay.wait(8)
    # a lorry so near may well be called a doubt, but never a vehicle of one's own
    assert [c[0] for c in bay.changes if c[0] != UNKNOWN] == [OCCUPIED, FREE]


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
    assert bay.changes == [] and bay.detector.faults == faults.CALIBRATING


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


def test_neighbour_beside_a_faint_car_is_no_departure() -> None:
    config = dict(CONFIG)
    config.update({"confirm_range": True, "occupied_nt": 9000})
    bay = ready(config=config)
    bay.answer = True
    bay.arrive(FAINT)
    bay.wait(8)
    assert bay.detector.state == OCCUPIED and 4000 < size_nt(*bay.detector.place) < 7000
    car = bay.detector.residual_nt()
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


def test_who_stands_in_an_empty_bay_for_one_answer_is_no_vehicle() -> None:
    config = dict(CONFIG)
    config["confirm_range"] = True
    bay = proven(config=config)
    bay.sleep(60)
    bay.drift_nt = [5500, 0, 0]
    answers = [None, None, True]
    while answers:
        bay.answer, asked = answers[-1], bay.asked
        bay.step()
        if bay.asked > asked:
            answers.pop()
    assert [c[0] for c in bay.changes] == [UNKNOWN]


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
    for answer in (True, False, None):
        config = dict(CONFIG)
        config.update({"confirm_range": True, "occupied_nt": 9000})
        bay = ready(config=config)
        bay.answer, bay.asked = answer, 0
        bay.arrive(FAINT)
        bay.wait(20)
        if answer is not None:
            assert bay.detector.state == (OCCUPIED if answer else FREE), answer
        assert bay.asked == (1 if answer else tuning.MOST_ASKS)
        assert bay.detector.confidence <= tuning.UNPROVEN_PERCENT


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
    assert len(retained) <= ROOM_BYTES - EVENT_BYTES  # a change of state is one record on flash
    again = Detector(CONFIG, retained)
    assert again.dump() == retained
    assert list(again.settled) == list(bay.detector.settled)
    for wrong in (b"", retained[:-1], b"\xff" + retained[1:]):
        assert Detector(CONFIG, wrong).state == UNKNOWN


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
    _comes_and_goes(bay)


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
    _comes_and_goes(bay)


def test_certain_once_the_empty_bay_was_seen_twice() -> None:
    bay = proven()
    bay.arrive()
    bay.wait(8)
    assert bay.detector.state == OCCUPIED and bay.detector.confidence > 85


def test_doubt_with_nobody_to_ask_is_unknown() -> None:
    bay = proven()
    for step_nt in range(2000, 12_000, 500):  # at once, as nothing that drives
        bay.drift_nt[2] += step_nt
        bay.wait(8)
        bay.drift_nt[2] -= step_nt
        bay.wait(20)
    assert (UNKNOWN, "doubt") in [change[:2] for change in bay.changes]
    assert bay.detector.state == FREE


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


def test_a_frozen_sensor_is_looked_at_longer() -> None:
    bay = proven()
    x, y, z = bay.detector.settled
    assert bay.detector.rest(bay.t_ms, x, y, z, bay.temp_cdeg) == HOLD
    assert bay.detector.rest(bay.t_ms, x + 30, y, z, bay.temp_cdeg) == REST


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
    _comes_and_goes(bay)


def _comes_and_goes(bay: Bay) -> None:
    """See one more vehicle come and go."""
    bay.changes.clear()
    bay.arrive(VAN)
    bay.wait(20)
    bay.leave()
    bay.wait(20)
    assert [c[0] for c in bay.changes] == [OCCUPIED, FREE]
