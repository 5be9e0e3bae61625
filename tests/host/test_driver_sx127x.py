"""The SX127x driver against the model of the SX1276, and an air around it."""

from typing import Any

import pytest

from baysense_host.virtual.air.airtime import airtime_us
from baysense_host.virtual.chips.sx1276 import SX1276
from radio_bench import FREQ_HZ
from radio_driver_bench import AIRTIME_SF9_US, FRAME, Setup

FACTS = {"pa_boost": True, "max_dbm": 20}
ROLES = ("nss", "reset", "dio0", "dio1")
STANDBY_UA = 1600.0
EDGE_US = 100  # from an edge or a command to the tick that is taken of it
INVERT_IQ, INVERT_IQ2, HIGH_BW, IF_FREQ2, DETECT, OCP, LNA, SYNC = 0x33, 0x3B, 0x36, 0x2F, 0x31, 0x0B, 0x0C, 0x39


def set_up(monkeypatch: pytest.MonkeyPatch, **changed: int) -> Setup:
    facts = {**FACTS, **changed}
    return Setup(monkeypatch, "SX127x", ROLES, facts, lambda bench: SX1276(bench, pa_boost=bool(facts["pa_boost"])))


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Setup:
    setup = set_up(monkeypatch)
    setup.driver.start()
    return setup


def register(on: Setup, address: int) -> int:
    """Read one register over the bus, as the driver does."""
    value: int = on.driver._get(address)
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
    assert (frame.data, frame.sf, frame.bw_khz) == (FRAME, 9, 125)
    assert abs(frame.freq_hz - FREQ_HZ) <= 31, "a step is 61 Hz"
    assert (frame.sync_word, frame.crc, frame.inverted_iq, frame.preamble_symbols) == (0x34, True, False, 8)


@pytest.mark.parametrize(("sf", "bw_khz"), [(7, 125), (11, 125), (12, 125), (7, 250), (12, 250), (8, 500), (12, 500)])
def test_every_data_rate_heeds_ldro_and_the_errata(on: Setup, sf: int, bw_khz: int) -> None:
    on.send(sf=sf, bw_khz=bw_khz)
    frame = on.bench.frames[-1]
    assert frame.end_us - frame.start_us == airtime_us(len(FRAME), sf, bw_khz)
    on.receive(8, sf=sf, bw_khz=bw_khz)
    if bw_khz == 500:  # errata 2.1 and 2.3
        assert (register(on, HIGH_BW), register(on, 0x3A)) == (0x02, 0x64)
        assert register(on, DETECT) & 0x80
    else:
        assert register(on, HIGH_BW) == 0x03
        assert not register(on, DETECT) & 0x80
        assert (register(on, IF_FREQ2), register(on, IF_FREQ2 + 1)) == (0x40, 0x00)
    assert not on.bench.misuses()


@pytest.mark.parametrize(
    ("asked_dbm", "given_dbm"), [(-3, 2), (2, 2), (14, 14), (17, 17), (18, 18), (20, 20), (22, 20)]
)
def test_power_is_as_asked_within_the_limits(on: Setup, asked_dbm: int, given_dbm: int) -> None:
    on.send(dbm=asked_dbm)
    assert on.bench.frames[-1].power_dbm == pytest.approx(given_dbm)
    assert register(on, OCP) == (0x31 if given_dbm > 17 else 0x2B)
    assert not on.bench.misuses()


@pytest.mark.parametrize(("asked_dbm", "given_dbm"), [(-9, -4), (0, 0), (7, 7), (14, 14), (20, 14)])
def test_power_at_the_other_output(monkeypatch: pytest.MonkeyPatch, asked_dbm: int, given_dbm: int) -> None:
    on = set_up(monkeypatch, pa_boost=False, max_dbm=14)
    on.driver.start()
    on.send(dbm=asked_dbm)
    assert on.bench.frames[-1].power_dbm == pytest.approx(given_dbm, abs=0.3)
    assert not on.bench.misuses()


def test_iq_registers(on: Setup) -> None:
    on.driver.prepare_receive(FREQ_HZ, 9, 125, 14)
    assert (register(on, INVERT_IQ), register(on, INVERT_IQ2)) == (0x67, 0x19)
    on.driver.prepare_send(FRAME, FREQ_HZ, 9, 125, 14)
    assert (register(on, INVERT_IQ), register(on, INVERT_IQ2)) == (0x27, 0x1D)


@pytest.mark.parametrize("forgotten", ["_invert", "_modulate", "_tune"])
def test_forgetting_a_setting_is_noticed(on: Setup, monkeypatch: pytest.MonkeyPatch, forgotten: str) -> None:
    """The proof that the tests above can fail."""
    monkeypatch.setattr(on.driver, forgotten, lambda *arguments: None)
    on.driver.start()
    assert on.hear(10_000) is None or on.bench.misuses()


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
    on.bench.downlink(open_us + 1015 * symbol_us, sf=sf, data=FRAME)
    assert on.driver.received(40_000) == FRAME
    assert not on.bench.misuses()


@pytest.mark.parametrize("symbols", [4, 63, 300, 1023])
def test_an_empty_window_closes_when_it_should(on: Setup, symbols: int) -> None:
    on.driver.prepare_receive(FREQ_HZ, 7, 125, symbols)
    open_us = on.driver.receive()
    assert on.driver.received(2000) is None
    closed_us = next(t_us for t_us, role, level in on.bench.edges if role == "dio1" and level == 1)
    assert symbols * 1024 <= closed_us - open_us <= symbols * 1024 + 1000
    assert not on.bench.misuses()


@pytest.mark.parametrize(
    "other", [{"inverted_iq": False}, {"freq_hz": FREQ_HZ + 200_000}, {"sync_word": 0x12}, {"sf": 10}]
)
def test_other_frames_are_not_heard(on: Setup, other: dict[str, Any]) -> None:
    assert on.hear(10_000, **other) is None


@pytest.mark.parametrize("loss_db", [60.0, 120.0, 141.0])
def test_strength_and_noise_of_what_was_heard(on: Setup, loss_db: float) -> None:
    on.bench.air.path.set("gateway", "board", loss_db)
    assert on.hear(10_000) == FRAME
    assert abs(on.driver.rssi_dbm - (14 - loss_db)) <= 2
    assert (on.driver.snr_db < 0) == (loss_db > 130)


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
    assert on.bench.current_ua == pytest.approx(0.2)
    assert not on.bench.misuses()


def test_what_was_heard_does_not_stay(on: Setup) -> None:
    assert on.hear(10_000, data=b"short") == b"short"
    assert on.receive(14) is None


def test_a_lost_interrupt_costs_no_frame(on: Setup) -> None:
    on.bench.pin("dio0").handler = None
    begin_us, end_us = on.send()
    assert end_us is not None and 0 <= end_us - begin_us - AIRTIME_SF9_US <= 6000, "by polling"


def test_sent_gives_up(on: Setup) -> None:
    on.driver.prepare_send(FRAME, FREQ_HZ, 12, 125, 14)
    on.driver.send()
    assert on.driver.sent(100) is None
    assert on.bench.current_ua == STANDBY_UA
    assert on.send()[1] is not None, "and the next frame goes out"


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


def test_start_sets_what_stays(on: Setup) -> None:
    assert register(on, SYNC) == 0x34
    assert register(on, LNA) == 0x23, "the boost for the upper band is on"
    assert not on.bench.misuses()


def test_the_image_of_the_upper_band_is_calibrated_first(on: Setup) -> None:
    upper, calibrate, lora = b"\x86\xd9\x00\x00", b"\xbb\x42", b"\x81\x80"
    commands = on.spi.commands
    assert commands.index(upper) < commands.index(calibrate) < commands.index(lora)
    assert 0 < on.chip._calibrated_us <= on.bench.now_us()


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


def test_oscillator_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    on = set_up(monkeypatch)
    on.chip.tcxo_fault = True
    with pytest.raises(OSError, match="oscillator does not start") as caught:
        on.driver.start()
    assert caught.value.errno == 5
    assert on.bench.current_ua == pytest.approx(0.2), "and it is asleep"
