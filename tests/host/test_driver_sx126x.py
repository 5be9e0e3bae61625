"""The SX126x driver against the model of the SX1262, and an air around it."""

import time
from typing import Any

import pytest

from baysense_host.virtual.air.airtime import airtime_us
from baysense_host.virtual.chips.sx1262 import SX1262
from radio_bench import FREQ_HZ
from radio_driver_bench import AIRTIME_SF9_US, FRAME, Setup

FACTS = {"tcxo_mv": 1800, "tcxo_us": 5000, "dio2_switch": True, "dcdc": True, "max_dbm": 22}
ROLES = ("nss", "reset", "busy", "dio1")
STANDBY_UA = 600.0
EDGE_US = 100  # from an edge or a command to the tick that is taken of it
IQ, MODULATION, CLAMP, GAIN, SYNC = 0x0736, 0x0889, 0x08D8, 0x08AC, 0x0740
RTC_CONTROL, EVENT_MASK = 0x0902, 0x0944


def set_up(monkeypatch: pytest.MonkeyPatch, **changed: int) -> Setup:
    facts = {**FACTS, **changed}
    return Setup(monkeypatch, "SX126x", ROLES, facts, lambda bench: SX1262(bench, 1800, dio2_switch=True))


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Setup:
    setup = set_up(monkeypatch)
    setup.driver.start()
    return setup


def register(on: Setup, address: int) -> int:
    """Read one register over the bus, as the driver does."""
    value: int = on.driver._register(address)
    return value


def test_a_frame_is_as_long_as_it_should_be_and_both_ticks_are_true(on: Setup) -> None:
    begin_us, end_us = on.send()
    frame = on.bench.frames[-1]
    assert frame.end_us - frame.start_us == AIRTIME_SF9_US
    assert abs(begin_us - frame.start_us) <= EDGE_US
    assert end_us is not None and 0 <= end_us - frame.end_us <= EDGE_US
    assert not on.bench.misuses()


def test_a_frame_is_what_lorawan_wants(on: Setup) -> None:
    on.send()
    frame = on.bench.frames[-1]
    assert (frame.data, frame.freq_hz, frame.sf, frame.bw_khz) == (FRAME, FREQ_HZ, 9, 125)
    assert (frame.sync_word, frame.crc, frame.inverted_iq, frame.preamble_symbols) == (0x34, True, False, 8)


@pytest.mark.parametrize(("sf", "bw_khz"), [(7, 125), (11, 125), (12, 125), (7, 250), (12, 250), (8, 500), (12, 500)])
def test_every_data_rate_heeds_ldro_and_erratum_15_1(on: Setup, sf: int, bw_khz: int) -> None:
    on.send(sf=sf, bw_khz=bw_khz)
    frame = on.bench.frames[-1]
    assert frame.end_us - frame.start_us == airtime_us(len(FRAME), sf, bw_khz)
    assert bool(register(on, MODULATION) & 0x04) == (bw_khz != 500)
    assert not on.bench.misuses()


@pytest.mark.parametrize(
    ("asked_dbm", "given_dbm"), [(-30, -9), (-9, -9), (2, 2), (14, 14), (16, 16), (20, 20), (30, 22)]
)
def test_power_is_as_asked_within_the_limits(on: Setup, asked_dbm: int, given_dbm: int) -> None:
    on.send(dbm=asked_dbm)
    assert on.bench.frames[-1].power_dbm == given_dbm


def test_a_board_with_a_crystal_and_no_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"tcxo_mv": 0, "tcxo_us": 0, "dio2_switch": False, "dcdc": False, "max_dbm": 22}
    on = Setup(monkeypatch, "SX126x", ROLES, facts, SX1262)
    on.driver.start()
    assert on.send()[1] is not None
    assert on.hear(16_000) == FRAME
    assert not on.bench.misuses()


def test_the_board_may_allow_less(monkeypatch: pytest.MonkeyPatch) -> None:
    on = set_up(monkeypatch, max_dbm=14)
    on.driver.start()
    on.send(dbm=22)
    assert on.bench.frames[-1].power_dbm == 14


def test_iq_register_is_cleared_for_downlinks_and_set_for_uplinks(on: Setup) -> None:
    """Erratum 15.4; micropython-lib has it the wrong way round."""
    on.driver.prepare_receive(FREQ_HZ, 9, 125, 14)
    assert register(on, IQ) == 0x09
    on.driver.prepare_send(FRAME, FREQ_HZ, 9, 125, 14)
    assert register(on, IQ) == 0x0D


def test_start_sets_what_stays(on: Setup) -> None:
    assert register(on, CLAMP) & 0x1E == 0x1E
    assert register(on, GAIN) == 0x96
    assert (register(on, SYNC), register(on, SYNC + 1)) == (0x34, 0x44)
    assert b"\x9d\x01" in on.spi.commands and b"\x96\x01" in on.spi.commands
    assert b"\x97\x02\x00\x01\x41" in on.spi.commands, "1.8 V, 5 ms and a little"
    assert not on.bench.misuses()


@pytest.mark.parametrize("forgotten", ["_change_register", "_modulate"])
def test_forgetting_an_erratum_or_a_setting_is_noticed(
    on: Setup, monkeypatch: pytest.MonkeyPatch, forgotten: str
) -> None:
    """The proof that the tests above can fail."""
    monkeypatch.setattr(on.driver, forgotten, lambda *arguments: None)
    on.send()
    on.receive(14)
    assert on.bench.misuses()


# The window opens 16 ms before a downlink is due and is 14 symbols, 57 ms, wide; five of eight preamble symbols must
# fall into it.
@pytest.mark.parametrize(("late_ms", "heard"), [(-5, True), (0, True), (16, True), (-30, False), (30, False)])
def test_a_window_catches_what_falls_into_it(on: Setup, late_ms: int, heard: bool) -> None:
    assert on.hear(16_000 + late_ms * 1000) == (FRAME if heard else None)
    assert not on.bench.misuses()


def test_a_narrow_window_misses_even_what_is_punctual(on: Setup) -> None:
    assert on.hear(16_000, symbols=7) is None


@pytest.mark.parametrize("sf", [7, 12])
def test_the_longest_window_and_the_other_ends_of_the_data_rates(on: Setup, sf: int) -> None:
    on.driver.prepare_receive(FREQ_HZ, sf, 125, on.driver.max_symbols)
    open_us = on.driver.receive()
    symbol_us = 1000 * (1 << sf) // 125
    on.bench.downlink(open_us + 240 * symbol_us, sf=sf, data=FRAME)
    assert on.driver.received(20_000) == FRAME
    assert not on.bench.misuses()


@pytest.mark.parametrize("symbols", [6, 62, 63, 70, 248])
def test_an_empty_window_closes_when_it_should(on: Setup, symbols: int) -> None:
    on.driver.prepare_receive(FREQ_HZ, 7, 125, symbols)
    open_us = on.driver.receive()
    assert on.driver.received(2000) is None
    closed_us = next(t_us for t_us, role, level in on.bench.edges if role == "dio1" and level == 1)
    assert symbols * 1024 <= closed_us - open_us <= (symbols + 8) * 1024
    assert not on.bench.misuses()


@pytest.mark.parametrize(
    "other", [{"inverted_iq": False}, {"freq_hz": FREQ_HZ + 200_000}, {"sync_word": 0x12}, {"sf": 10}]
)
def test_other_frames_are_not_heard(on: Setup, other: dict[str, Any]) -> None:
    assert on.hear(10_000, **other) is None


def test_strength_and_noise_of_what_was_heard(on: Setup) -> None:
    on.bench.air.path.set("gateway", "board", 120.0)
    assert on.hear(10_000) == FRAME
    assert abs(on.driver.rssi_dbm - (14 - 120)) <= 1
    assert -20 <= on.driver.snr_db <= 13


def test_weak_frames_have_a_negative_snr(on: Setup) -> None:
    on.bench.air.path.set("gateway", "board", 141.0)
    assert on.hear(10_000) == FRAME
    assert -15 <= on.driver.snr_db <= -5


def test_two_windows_after_a_frame(on: Setup) -> None:
    """What the MAC does: send, an empty first window, a second one with a downlink at SF12."""
    _, end_us = on.send()
    assert end_us is not None
    assert on.receive(14) is None
    on.driver.prepare_receive(869_525_000, 12, 125, 6)
    on.bench.downlink(on.driver.receive() + 5000, sf=12, data=FRAME, freq_hz=869_525_000)
    assert on.driver.received(5000) == FRAME
    assert on.bench.now_us() - on.bench.frames[-1].end_us < 10_000, "woken by the pin, not by the end of its patience"
    on.driver.sleep()
    assert on.bench.current_ua == pytest.approx(0.16)
    assert not on.bench.misuses()


@pytest.mark.parametrize("heard", [True, False])
def test_the_timer_is_stopped_after_every_reception(on: Setup, heard: bool) -> None:
    """Erratum 15.3."""
    on.driver._set_register(RTC_CONTROL, 0x01)
    on.driver.prepare_receive(FREQ_HZ, 9, 125, 14)
    open_us = on.driver.receive()
    if heard:
        on.bench.downlink(open_us + 10_000, sf=9)
    assert (on.driver.received(2000) is not None) == heard
    assert register(on, RTC_CONTROL) == 0
    assert register(on, EVENT_MASK) & 0x02


def test_what_was_heard_does_not_stay(on: Setup) -> None:
    assert on.hear(10_000, data=b"short") == b"short"
    assert on.receive(14) is None


def test_a_lost_interrupt_costs_no_frame(on: Setup) -> None:
    on.bench.pin("dio1").handler = None
    begin_us, end_us = on.send()
    assert end_us is not None and 0 <= end_us - begin_us - AIRTIME_SF9_US <= 6000, "by polling"


def test_sent_gives_up(on: Setup) -> None:
    on.driver.prepare_send(FRAME, FREQ_HZ, 12, 125, 14)
    on.driver.send()
    assert on.driver.sent(100) is None
    assert on.bench.current_ua == STANDBY_UA
    assert on.send()[1] is not None, "and the next frame goes out"


def test_the_image_is_calibrated_once_a_band(on: Setup) -> None:
    for freq_hz in (868_100_000, 869_525_000, 865_062_500, 923_300_000, 868_100_000):
        on.driver.prepare_receive(freq_hz, 9, 125, 14)
    calibrations = [command for command in on.spi.commands if command[0] == 0x98]
    assert calibrations == [b"\x98\xd7\xdb", b"\x98\xe1\xe9", b"\x98\xd7\xdb"]
    assert not on.bench.misuses()


def test_get_status_is_never_asked(on: Setup) -> None:
    on.send()
    on.receive(14)
    assert not [command for command in on.spi.commands if command[0] == 0xC0]


def test_an_end_without_a_tick_is_none(on: Setup) -> None:
    on.driver.prepare_send(FRAME, FREQ_HZ, 9, 125, 14)
    on.bench.pin(ROLES[2 if "dio0" in ROLES else 3]).handler = None
    on.driver.send()
    on.bench.run_ms(300)
    assert on.driver.sent(0) is None


def test_received_gives_up(on: Setup) -> None:
    on.driver.prepare_receive(FREQ_HZ, 12, 125, 14)
    on.bench.downlink(on.driver.receive() + 10_000, sf=12)
    assert on.driver.received(300) is None
    assert on.bench.current_ua == STANDBY_UA


def test_it_starts_from_sleep_with_the_same_driver_or_a_new_one(on: Setup) -> None:
    for driver in (on.driver, on.new_driver()):
        on.driver.sleep()
        on.bench.run_ms(60_000)
        on.driver = driver
        on.driver.start()
        assert on.send()[1] is not None
    assert not on.bench.misuses()


def test_sleeping_twice_does_not_wake_it(on: Setup) -> None:
    on.driver.sleep()
    on.driver.sleep()
    assert on.bench.current_ua == pytest.approx(0.16)


def test_a_reset_ends_whatever_goes_on(on: Setup) -> None:
    on.driver.prepare_send(FRAME, FREQ_HZ, 12, 125, 14)
    on.driver.send()
    on.bench.run_ms(100)
    on.driver.start()
    assert on.send()[1] is not None
    assert not on.bench.misuses()


def test_no_radio_on_the_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    on = set_up(monkeypatch)
    on.chip.power(False)
    on.chip.absent = True
    on.chip.power(True)
    with pytest.raises(OSError, match="radio does not answer") as caught:
        on.driver.start()
    assert caught.value.errno == 19


def test_busy_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    on = set_up(monkeypatch)
    on.chip.busy_stuck = True
    begin_us = on.bench.now_us()
    with pytest.raises(OSError, match="radio stays busy") as caught:
        on.driver.start()
    assert caught.value.errno == 110
    assert on.bench.now_us() - begin_us < 200_000


def test_tcxo_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    on = set_up(monkeypatch)
    on.chip.tcxo_fault = True
    with pytest.raises(OSError, match="oscillator does not start") as caught:
        on.driver.start()
    assert caught.value.errno == 5
    assert on.bench.current_ua == pytest.approx(0.16), "and it is asleep"


def test_window_is_commanded_at_the_tick_it_says(on: Setup) -> None:
    on.driver.prepare_receive(FREQ_HZ, 9, 125, 14)
    before_us = time.ticks_us()
    open_us = on.driver.receive()
    assert 0 <= open_us - before_us <= EDGE_US
