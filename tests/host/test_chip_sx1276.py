"""The SX1276: registers, FIFO, modes and interrupts, and what it refuses."""

import pytest

from baysense_host.virtual.air.airtime import airtime_us, symbol_us
from baysense_host.virtual.chips.sx1276 import SX1276
from radio_bench import FREQ_HZ, Ear, RadioBench

RX_TIMEOUT, RX_DONE, CRC_ERROR, HEADER, TX_DONE = 0x80, 0x40, 0x20, 0x10, 0x08
TO_TX_US, TO_RX_US = 60 + 5 + 50, 60 + 50  # from standby, PaRamp 40 µs


def radio(**facts: bool) -> tuple[RadioBench, SX1276]:
    bench = RadioBench()
    return bench, bench.wire(SX1276(bench, **facts))  # type: ignore[arg-type]


def put(bench: RadioBench, register: int, *values: int) -> None:
    bench.transfer(bytes((register | 0x80, *values)))


def get(bench: RadioBench, register: int, count: int = 1) -> bytes:
    return bench.transfer(bytes((register,)), bytes(count))[1:]


def set_up(bench: RadioBench, sf: int, inverted: bool, symbols: int = 100) -> None:
    put(bench, 0x01, 0x00)
    put(bench, 0x01, 0x80)
    put(bench, 0x01, 0x81)
    put(bench, 0x06, *round(FREQ_HZ * (1 << 19) / 32e6).to_bytes(3, "big"))
    put(bench, 0x1D, 0x72, sf << 4 | 0x04 | symbols >> 8, symbols & 0xFF)
    put(bench, 0x26, 0x0C if sf >= 11 else 0x04)
    put(bench, 0x31, 0x43)
    put(bench, 0x33, 0x67 if inverted else 0x27)
    put(bench, 0x3B, 0x19 if inverted else 0x1D)
    put(bench, 0x39, 0x34)


def sender(data: bytes = b"hello", sf: int = 7, **facts: bool) -> tuple[RadioBench, SX1276]:
    bench, chip = radio(**facts)
    set_up(bench, sf, inverted=False)
    put(bench, 0x09, 0xFC)  # PA_BOOST, 14 dBm
    put(bench, 0x40, 0x40)
    put(bench, 0x22, len(data))
    put(bench, 0x0D, 0x80)
    put(bench, 0x00, *data)
    return bench, chip


def listener(sf: int = 7, symbols: int = 100) -> tuple[RadioBench, SX1276]:
    bench, chip = radio()
    set_up(bench, sf, inverted=True, symbols=symbols)
    return bench, chip


def edge_us(bench: RadioBench, role: str) -> int:
    return [t_us for t_us, who, level in bench.edges if (who, level) == (role, 1)][-1]


def test_it_starts_in_fsk_standby_with_the_datasheets_values() -> None:
    bench, chip = radio()
    assert get(bench, 0x42) == b"\x12" and get(bench, 0x01) == b"\x09"
    assert get(bench, 0x06, 3) == b"\x6c\x80\x00" and bench.current_ua == 1600.0
    put(bench, 0x42, 0)
    assert get(bench, 0x42) == b"\x12"  # read-only


def test_the_lora_bit_changes_in_sleep_only() -> None:
    bench, chip = radio()
    put(bench, 0x01, 0x81)
    assert get(bench, 0x01) == b"\x01" and bench.misuses() == ["LoRa bit changed outside sleep"]
    put(bench, 0x01, 0x00)
    assert bench.current_ua == 0.2
    put(bench, 0x01, 0x80)
    put(bench, 0x01, 0x81)
    assert get(bench, 0x01) == b"\x81" and len(bench.misuses()) == 1


def test_the_fsk_page_hides_the_lora_registers() -> None:
    bench, chip = radio()
    put(bench, 0x39, 0x34)
    set_up(bench, 7, inverted=False)
    assert get(bench, 0x39) == b"\x34" and get(bench, 0x1D) == b"\x72"
    put(bench, 0x01, 0x80)
    put(bench, 0x01, 0x00)
    assert get(bench, 0x1D) == b"\x00"


def test_image_calibration_takes_its_time_and_belongs_into_fsk_standby() -> None:
    bench, chip = radio()
    put(bench, 0x01, 0x01)
    put(bench, 0x3B, 0x42)
    assert get(bench, 0x3B)[0] & 0x20
    bench.run_ms(11)
    assert get(bench, 0x3B) == b"\x02" and bench.misuses() == []
    put(bench, 0x01, 0x00)
    put(bench, 0x3B, 0x42)
    assert bench.misuses() == ["image calibration outside FSK standby"]


def test_the_fifo_counts_up_and_is_closed_asleep() -> None:
    bench, chip = sender(b"abc")
    put(bench, 0x0D, 0x80)
    assert get(bench, 0x00, 3) == b"abc" and get(bench, 0x0D) == b"\x83"
    put(bench, 0x01, 0x80)
    put(bench, 0x00, 1, 2)
    assert get(bench, 0x00) == b"\x00"
    assert bench.misuses() == ["FIFO written in sleep"] * 2 + ["FIFO read in sleep"]
    put(bench, 0x01, 0x81)
    put(bench, 0x0D, 0x80)
    assert get(bench, 0x00, 3) == bytes(3)  # lost in sleep


def test_the_fifo_belongs_to_the_lora_modem() -> None:
    bench, chip = radio()
    put(bench, 0x00, 1)
    assert bench.misuses() == ["FIFO written with the FSK modem"]


def test_reset_makes_it_forget_and_takes_five_milliseconds() -> None:
    bench, chip = radio()
    put(bench, 0x0C, 0x23)
    chip.pin("reset", 0)
    bench.run_ms(1)
    assert get(bench, 0x42) == b"\x00"
    chip.pin("reset", None)
    bench.run_ms(4)
    assert get(bench, 0x42) == b"\x00" and set(bench.misuses()) == {"access before the end of the reset"}
    bench.run_ms(1)
    assert get(bench, 0x0C) == b"\x20"


@pytest.mark.parametrize("sf", [7, 9, 12])
def test_a_frame_begins_after_the_start_up_and_ends_after_its_airtime(sf: int) -> None:
    bench, chip = sender(bytes(24), sf)
    ear = Ear()
    assert bench.air is not None
    bench.air.listen(ear)
    begin_us = bench.clock.now_us + TO_TX_US
    put(bench, 0x01, 0x83)
    assert bench.current_ua == pytest.approx(78_600.0)
    bench.run_ms(3000)
    (reception,) = ear.frames
    emission = reception.emission
    assert (emission.start_us, emission.end_us) == (begin_us, begin_us + airtime_us(24, sf))
    assert edge_us(bench, "dio0") == emission.end_us
    assert get(bench, 0x12) == bytes((TX_DONE,)) and get(bench, 0x01) == b"\x81"
    assert (emission.power_dbm, emission.sync_word, emission.inverted_iq, emission.crc) == (14, 0x34, False, True)
    assert abs(emission.freq_hz - FREQ_HZ) <= 31 and reception.data == bytes(24)
    put(bench, 0x12, 0xFF)
    assert get(bench, 0x12) == b"\x00" and bench.levels["dio0"] == 0 and bench.misuses() == []


@pytest.mark.parametrize(
    ("config", "dac", "dbm"), [(0xFF, 0x84, 17.0), (0xFF, 0x87, 20.0), (0xF0, 0x84, 2.0), (0x70, 0x84, 0.0)]
)
def test_the_amplifiers_give_what_their_registers_say(config: int, dac: int, dbm: float) -> None:
    bench, chip = radio()
    put(bench, 0x09, config)
    put(bench, 0x4D, dac)
    assert chip.registers.power_dbm == pytest.approx(dbm)


def test_the_wrong_amplifier_hardly_reaches_the_antenna() -> None:
    bench, chip = sender(pa_boost=False)
    put(bench, 0x01, 0x83)
    bench.run_ms(100)
    assert bench.misuses() == ["the antenna is on the other amplifier's pin"]


@pytest.mark.parametrize("sf", [7, 9, 12])
def test_a_downlink_is_received_with_its_levels(sf: int) -> None:
    bench, chip = listener(sf)
    put(bench, 0x01, 0x86)
    emission = bench.downlink(bench.clock.now_us + 20_000, sf)
    bench.run_ms(3000)
    assert get(bench, 0x12) == bytes((RX_DONE | HEADER,)) and edge_us(bench, "dio0") == emission.end_us
    assert get(bench, 0x13) == b"\x08" and get(bench, 0x10) == b"\x00"
    put(bench, 0x0D, 0x00)
    assert get(bench, 0x00, 8) == b"downlink"
    assert get(bench, 0x19) == bytes((52,)) and get(bench, 0x1A) == bytes((round((157 - 86) * 15 / 16),))
    assert get(bench, 0x01) == b"\x81" and bench.misuses() == []


def test_a_signal_below_the_noise_shows_the_noise() -> None:
    bench, chip = listener(9)
    assert bench.air is not None
    bench.air.path.default_db = 141.0  # -127 dBm, noise -117 dBm
    put(bench, 0x01, 0x86)
    bench.downlink(bench.clock.now_us + 20_000, 9)
    bench.run_ms(3000)
    snr = get(bench, 0x19)[0] - 256
    assert snr == pytest.approx(-40, abs=1)
    assert -157 + get(bench, 0x1A)[0] + snr / 4 == pytest.approx(-127, abs=1)  # 5.5.5


@pytest.mark.parametrize(("sf", "symbols"), [(7, 44), (12, 6), (7, 300)])
def test_an_empty_window_ends_after_its_symbols(sf: int, symbols: int) -> None:
    bench, chip = listener(sf, symbols)
    opened_us = bench.clock.now_us + TO_RX_US
    put(bench, 0x01, 0x86)
    assert bench.current_ua == 10_800.0
    bench.run_ms(3000)
    assert get(bench, 0x12) == bytes((RX_TIMEOUT,))
    assert edge_us(bench, "dio1") == opened_us + symbols * symbol_us(sf, 125) + 1
    assert bench.current_ua == 1600.0


@pytest.mark.parametrize(("offset_symbols", "heard"), [(-3.1, False), (-3.0, True), (1.0, True), (1.1, False)])
def test_five_symbols_of_the_preamble_must_fall_into_the_window(offset_symbols: float, heard: bool) -> None:
    bench, chip = listener(9, 6)
    opened_us = bench.clock.now_us + 1_000_000 + TO_RX_US
    bench.downlink(opened_us + round(offset_symbols * symbol_us(9, 125)), 9)
    bench.run_ms(1000)
    put(bench, 0x01, 0x86)
    bench.run_ms(3000)
    assert get(bench, 0x12)[0] == (RX_DONE | HEADER if heard else RX_TIMEOUT)


def test_what_is_turned_the_other_way_is_not_heard() -> None:
    bench, chip = listener()
    put(bench, 0x01, 0x85)
    bench.downlink(bench.clock.now_us + 20_000, inverted_iq=False)
    bench.run_ms(500)
    assert get(bench, 0x12) == b"\x00"


def test_a_crc_error_comes_with_the_frame() -> None:
    bench, chip = listener()
    put(bench, 0x01, 0x86)
    now_us = bench.clock.now_us
    bench.downlink(now_us + 20_000, crc=True)
    bench.downlink(now_us + 40_000, sender="other")
    bench.run_ms(500)
    assert get(bench, 0x12) == bytes((RX_DONE | HEADER | CRC_ERROR,)) and get(bench, 0x1C) == b"\x40"


def test_masked_flags_stay_away() -> None:
    bench, chip = listener()
    put(bench, 0x11, HEADER)
    put(bench, 0x01, 0x86)
    bench.downlink(bench.clock.now_us + 20_000)
    bench.run_ms(500)
    assert get(bench, 0x12) == bytes((RX_DONE,))


def test_channel_activity_is_detected() -> None:
    for delay_us, flags in ((1_000_000, 0x04), (1000, 0x05)):
        bench, chip = listener(9)
        put(bench, 0x40, 0xA0)
        bench.downlink(bench.clock.now_us + delay_us, 9)
        bench.run_ms(5)
        put(bench, 0x01, 0x87)
        bench.run_ms(20)
        assert get(bench, 0x12) == bytes((flags,)) and bench.levels["dio0"] == 1


@pytest.mark.parametrize(
    ("register", "value", "words"),
    [(0x26, 0x0C, "4.1.1.6"), (0x3B, 0x1D, "InvertIQ2"), (0x31, 0xC3, "2.3"), (0x1F, 3, "4.1.5"), (0x36, 2, "2.1")],
)
def test_what_it_puts_up_with_is_logged(register: int, value: int, words: str) -> None:
    bench, chip = listener()
    put(bench, register, value)
    put(bench, 0x01, 0x86)
    (misuse,) = bench.misuses()
    assert words in misuse


def test_settings_in_a_window_are_logged() -> None:
    bench, chip = listener()
    put(bench, 0x01, 0x86)
    put(bench, 0x1E, 0x94)
    assert bench.misuses() == ["register 0x1e written outside sleep and standby"]


def test_the_fsk_modem_sends_nothing() -> None:
    bench, chip = radio()
    put(bench, 0x01, 0x03)
    assert bench.misuses() == ["the FSK modem is not modelled"] and get(bench, 0x01) == b"\x01"


def test_an_absent_radio_answers_zeros_and_a_clockless_one_never_ends() -> None:
    bench, chip = sender()
    chip.tcxo_fault = True
    put(bench, 0x01, 0x83)
    bench.run_ms(10_000)
    assert get(bench, 0x12) == b"\x00" and get(bench, 0x01) == b"\x83"
    chip.absent = True
    assert get(bench, 0x42) == b"\x00"


def test_without_supply_it_is_silent() -> None:
    bench, chip = sender(bytes(24), 12)
    put(bench, 0x01, 0x83)
    bench.run_ms(10)
    chip.power(False)
    bench.run_ms(3000)
    assert get(bench, 0x42) == b"\x00" and bench.current_ua == 0.0 and bench.levels["dio0"] is None
