"""Air time: no hour holds more than the law allows, wherever it begins; joining slows down."""

from air_bench import Bench, link_adr
from baysense.lorawan.airtime import airtime_us
from baysense.lorawan.duty import NEVER_S, Duty
from baysense.lorawan.mac import Busy
from baysense.lorawan.regions import eu868

HOUR_US = 3_600_000_000


def most_in_an_hour(frames: list, low_hz: int, high_hz: int) -> int:
    """Return the air time of the fullest hour of a band [us]."""
    sent = []
    for begin_us, data, hz, sf, bw_khz, _ in frames:
        if low_hz <= hz < high_hz:
            sent.append((begin_us, airtime_us(len(data), sf, bw_khz)))
    most = total = first = 0
    for begin_us, air_us in sent:
        total += air_us
        while sent[first][0] < begin_us + air_us - HOUR_US:
            total -= sent[first][1]
            first += 1
        most = max(most, total)
    return most


def test_no_hour_of_saturated_sending_breaks_the_law() -> None:
    for rate, most_bytes in ((5, 222), (0, 51)):
        bench = Bench()
        bench.network.cflist = (8_671_000).to_bytes(3, "little") + (8_635_000).to_bytes(3, "little") + bytes(10)
        bench.join()
        bench.at_rate(rate)
        bench.clock.wait_s(7200)
        for turn in range(400):
            bench.send(bytes(most_bytes if turn % 3 else 1))
            if turn % 50 == 0:
                bench.network.say()  # so that ADR stays where it is
                bench.restart(bench.mac.dump())
        for low_hz, high_hz, most_ms in eu868.BANDS:
            used_us = most_in_an_hour(bench.radio.frames, low_hz, high_hz)
            assert used_us <= most_ms * 1000, (rate, low_hz, used_us)
            if low_hz == 868_000_000:
                assert used_us > most_ms * 900  # and it is not left unused


def test_power_cuts_give_no_air_time_back() -> None:
    bench = Bench()
    bench.join()
    bench.at_rate(0)
    for turn in range(300):
        bench.send(bytes(bench.mac.max_payload()))
        if turn % 3 == 0:
            bench.restart(b"")
    assert most_in_an_hour(bench.radio.frames, 868_000_000, 868_600_000) <= 36_000_000


def test_what_has_to_be_waited_for_is_told_and_enough() -> None:
    bench = Bench()
    mac = bench.join()
    bench.at_rate(0)
    bench.send(bytes(51))
    try:
        mac.send(1, bytes(51))
    except Busy as busy:
        assert 100 < busy.wait_s < 400
        bench.clock.wait_s(busy.wait_s - 1)
        try:
            mac.send(1, bytes(51))
            raise AssertionError
        except Busy as again:
            assert again.wait_s == 1
    bench.clock.wait_s(1)
    assert mac.send(1, bytes(51)).sf == 12


def test_waiting_is_enough_under_the_strictest_limit() -> None:
    duty = Duty(eu868.BANDS, False, 0)
    duty.limit(15)  # one part in 32,768
    airtime = airtime_us(64, 12, 125)
    wait_s = duty.wait_s(869_525_000, airtime, 0)
    assert wait_s > 25 * 3600 and duty.wait_s(869_525_000, airtime, wait_s) == 0


def test_a_frequency_between_the_bands_is_never_used() -> None:
    duty = Duty(eu868.BANDS, True, 0)
    for hz in (868_650_000, 869_300_000, 862_900_000, 870_000_000):
        assert duty.wait_s(hz, 1000, 0) == NEVER_S
    assert duty.wait_s(869_525_000, 36_000_000, 0) == 0
    assert duty.wait_s(869_525_000, 36_000_001, 0) == NEVER_S


def test_a_clock_that_restarts_gives_nothing_and_takes_nothing() -> None:
    duty = Duty(eu868.BANDS, True, 1_000_000)
    duty.pay(868_100_000, 3_600_000)
    wait_s = duty.wait_s(868_100_000, 1_000_000, 1_000_000)
    assert duty.wait_s(868_100_000, 1_000_000, 5) == wait_s
    assert duty.wait_s(868_100_000, 1_000_000, 5 + wait_s) == 0


def test_joining_keeps_to_its_back_off_for_two_days() -> None:
    for sleeps in (True, False):
        bench = Bench()
        bench.network.deaf = True
        began_us = bench.clock.t_us
        while bench.clock.t_us < began_us + 60 * HOUR_US:
            bench.waiting(bench.mac.join)
            if sleeps:
                bench.restart(bench.mac.dump())
        air = [(frame[0] - began_us, airtime_us(23, frame[3], 125)) for frame in bench.radio.frames]
        assert 34_500_000 < total_us(air, 0, 1) <= 36_000_000
        assert 34_500_000 < total_us(air, 1, 11) <= 36_000_000
        for start_h in range(11, 36):
            assert 5_500_000 < total_us(air, start_h, start_h + 24) <= 8_700_000, start_h
        assert [frame[3] for frame in bench.radio.frames[:8]] == [7, 8, 9, 10, 11, 12, 7, 8]
        assert air[5][0] < 60_000_000  # the first round is at once


def total_us(air: list, from_h: int, until_h: int) -> int:
    """Return the air time that began between two hours [us]."""
    return sum([air_us for at_us, air_us in air if from_h * HOUR_US <= at_us < until_h * HOUR_US])


def test_a_new_start_of_joining_begins_with_the_air_time_that_is_left() -> None:
    bench = Bench()
    bench.network.deaf = True
    for _ in range(40):
        bench.waiting(bench.mac.join)
        bench.restart(b"")  # a power cut after each request
    assert most_in_an_hour(bench.radio.frames, 868_000_000, 868_600_000) <= 36_000_000
    nonces = [request[17] for request in bench.network.requests]
    assert nonces == list(range(1, 41))


def test_rejoining_waits_for_the_back_off_of_its_own() -> None:
    bench = Bench()
    bench.join()
    bench.network.deaf = True
    for _ in range(6):
        bench.waiting(bench.mac.join)
    assert bench.mac.joined
    bench.network.deaf = False
    session_fcnt = bench.send().fcnt_up
    assert session_fcnt == 0


def test_repetitions_stop_when_air_time_is_used_up() -> None:
    bench = Bench()
    bench.join()
    bench.network.say(link_adr(0, transmissions=15))
    bench.send()
    bench.send(b"")
    bench.clock.wait_s(3600)
    del bench.network.uplinks[:]
    bench.send(bytes(51))
    assert len(bench.network.uplinks) == 1
