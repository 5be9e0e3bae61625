"""The detector in a simulated bay: what moves, what changes its state, when, and what must not."""

import gc

from bays import FAINT, VAN, proven, ready
from baysense.core import faults, tuning
from baysense.core.detector import CHANGED, HOLD, REST, Detector
from baysense.core.event import SIZE_BYTES as EVENT_BYTES
from baysense.core.geometry import size_nt
from baysense.core.state import FREE, OCCUPIED, UNKNOWN
from baysense.storage.journal import ROOM_BYTES
from dipole import CONFIG, SEDAN, Bay


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


def test_doubt_with_nobody_to_ask_is_unknown() -> None:
    bay = proven()
    for step_nt in range(2000, 12_000, 500):  # at once, as nothing that drives
        bay.drift_nt[2] += step_nt
        bay.wait(8)
        bay.drift_nt[2] -= step_nt
        bay.wait(20)
    assert (UNKNOWN, "doubt") in [change[:2] for change in bay.changes]
    assert bay.detector.state == FREE
