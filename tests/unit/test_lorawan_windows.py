"""Receive windows: when they open, for how long, and what they catch in spite of pauses and clock errors."""

from air_bench import Bench
from baysense.lorawan.airtime import airtime_us, symbol_us
from baysense.lorawan.windows import symbols

EARLY_US = 50_000
# Payload, spreading factor, time on air [us], of lorawan.md section 5, made by two independent calculators.
AIR_TIMES = (
    (1, 7, 46_336), (4, 7, 51_456), (11, 7, 61_696), (51, 7, 118_016),
    (1, 9, 164_864), (4, 9, 164_864), (11, 9, 205_824), (51, 9, 390_144),
    (1, 12, 1_155_072), (4, 12, 1_318_912), (11, 12, 1_482_752), (51, 12, 2_793_472),
)  # fmt: skip
ACCEPTS = (
    (33, 7, 71_936),
    (33, 9, 246_784),
    (33, 12, 1_810_432),
    (17, 7, 46_336),
    (17, 9, 164_864),
    (17, 12, 1_155_072),
)


def test_air_time_is_that_of_the_table_to_the_microsecond() -> None:
    for size, sf, expected_us in AIR_TIMES:
        assert airtime_us(13 + size, sf, 125) == expected_us
    for size, sf, expected_us in ACCEPTS:
        assert airtime_us(size, sf, 125, crc=False) == expected_us


def test_windows_are_commanded_within_a_millisecond() -> None:
    for rate, sf in ((5, 7), (3, 9), (0, 12)):
        bench = Bench()
        bench.join()
        bench.at_rate(rate)
        del bench.radio.windows[:], bench.radio.frames[:]
        bench.send()
        begin_us, frame, hz = bench.radio.frames[0][:3]
        end_us = begin_us + airtime_us(len(frame), sf, 125)
        first, second = bench.radio.windows
        assert abs(first[0] - (end_us + 1_000_000 - EARLY_US)) <= 1000
        assert abs(second[0] - (end_us + 2_000_000 - EARLY_US)) <= 1000
        assert first[1:] == (hz, sf, 125, symbols(sf, 125, 248))
        assert second[1:] == (869_525_000, 12, 125, symbols(12, 125, 248))


def test_the_windows_of_a_join_open_five_and_six_seconds_after_it() -> None:
    bench = Bench()
    bench.network.deaf = True
    assert not bench.mac.join()
    begin_us, frame, hz, sf, bw_khz, power_dbm = bench.radio.frames[0]
    end_us = begin_us + airtime_us(23, sf, bw_khz)
    assert [window[0] - end_us for window in bench.radio.windows] == [5_000_000 - EARLY_US, 6_000_000 - EARLY_US]
    assert (bench.radio.windows[0][1], sf, power_dbm) == (hz, 7, 14)


def test_the_delay_of_rx1_is_what_the_network_sets() -> None:
    bench = Bench()
    bench.network.delay_s = 15
    bench.join()
    del bench.radio.windows[:], bench.radio.frames[:]
    bench.send()
    begin_us, frame = bench.radio.frames[0][:2]
    end_us = begin_us + airtime_us(len(frame), 7, 125)
    assert [window[0] - end_us for window in bench.radio.windows] == [15_000_000 - EARLY_US, 16_000_000 - EARLY_US]


def test_a_downlink_is_caught_with_pauses_and_clock_error() -> None:
    for rate in (5, 3, 0):
        bench = Bench()
        bench.network.rx2_rate = rate
        bench.join()
        bench.at_rate(rate)
        for window in (1, 2):
            bench.network.window = window
            for error_ms in (-20, -11, 0, 9, 20):
                for pause_ms in (0, 1, 17, 30):
                    bench.clock.pause = lambda: pause_ms * 1000  # noqa: B023
                    bench.network.error_us = error_ms * 1000
                    bench.network.say(fport=2, payload=b"x")
                    result = bench.send()
                    assert result.downlink == (2, b"x"), (rate, window, error_ms, pause_ms)


def test_pauses_that_change_all_the_time() -> None:
    bench = Bench()
    bench.join()
    bench.clock.pause = lambda: bench.clock.random(30_001)
    for turn in range(100):
        bench.network.error_us = bench.clock.random(40_001) - 20_000
        bench.network.window = 1 + turn % 2
        bench.network.say(fport=2, payload=b"x")
        assert bench.send().downlink == (2, b"x")


def test_beyond_what_it_is_made_for_it_does_miss() -> None:
    bench = Bench()
    bench.join()
    for error_ms, pause_ms in ((-60, 0), (-20, 45), (90, 0)):
        bench.clock.pause = lambda: pause_ms * 1000  # noqa: B023
        bench.network.error_us = error_ms * 1000
        bench.network.say(fport=2, payload=b"x")
        assert bench.send().downlink is None, (error_ms, pause_ms)


def test_a_frame_that_ends_later_than_computed_moves_the_windows() -> None:
    for late_us, counts_us in ((1_900, 0), (-5_000, 0), (2_100, 2_100), (40_000, 40_000)):
        bench = Bench()
        bench.join()
        bench.radio.ended_late_us = late_us
        del bench.radio.windows[:], bench.radio.frames[:]
        bench.send()
        end_us = bench.radio.frames[0][0] + airtime_us(18, 7, 125)
        assert bench.radio.windows[0][0] - end_us == 950_000 + counts_us and bench.mac.apart_us == late_us


def test_a_radio_that_does_not_end_is_an_error_and_leaves_order() -> None:
    bench = Bench()
    bench.join()
    bench.radio.done = False
    try:
        bench.mac.send(1, b"x")
    except OSError as error:
        assert error.args[0] == 110
    else:
        raise AssertionError
    assert not bench.radio.awake and not bench.clock.held
    bench.radio.done = True
    assert bench.send().fcnt_up == 1


def test_a_window_covers_pause_and_clock_error_at_every_data_rate() -> None:
    for sf in range(7, 13):
        count = symbols(sf, 125, 248)
        assert count * symbol_us(sf, 125) >= EARLY_US + 20_000 + 5 * symbol_us(sf, 125)
    assert symbols(7, 500, 248) == 248
