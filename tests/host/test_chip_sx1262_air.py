"""The SX1262 on the air: instants, interrupts, windows, and what it logs when it is set up wrongly."""

from collections.abc import Iterable

import pytest

from baysense_host.virtual.air.airtime import airtime_us, symbol_us
from baysense_host.virtual.chips.sx1262 import SX1262
from radio_bench import FREQ_HZ, Ear, RadioBench

TX_DONE, RX_DONE, PREAMBLE, HEADER, HEADER_ERROR, CRC_ERROR, TIMEOUT = 1, 2, 4, 0x10, 0x20, 0x40, 0x200
SET_TX, SET_RX_SINGLE, SET_RX_FOR_EVER = b"\x83\0\0\0", b"\x82\0\0\0", b"\x82\xff\xff\xff"
TO_TX_US, TO_RX_US = 126, 83


def frequency(hz: int) -> bytes:
    return b"\x86" + round(hz * (1 << 25) / 32e6).to_bytes(4, "big")


def modulation(sf: int, bw: int = 4) -> bytes:
    return bytes((0x8B, sf, bw, 1, 1 if bw == 4 and sf >= 11 else 0))


def packet(length: int, crc: int, inverted: int) -> bytes:
    return bytes((0x8C, 0, 8, 0, length, crc, inverted))


def symbols(count: int) -> bytes:
    return bytes((0xA0, count))


COMMON = (
    b"\x96\x01", b"\x98\xd7\xdb", b"\x8a\x01", frequency(FREQ_HZ), b"\x8f\x00\x80", b"\x0d\x07\x40\x34\x44",
    b"\x08\x02\x77\x02\x77\0\0\0\0", b"\x0d\x08\xd8\xfe",
)  # fmt: skip
POWER_14 = (b"\x95\x02\x02\x00\x01", b"\x8e\x16\x02")
BIT_2_CLEAR, BIT_2_SET = b"\x0d\x07\x36\x09", b"\x0d\x07\x36\x0d"
BW_125, BW_500 = b"\x0d\x08\x89\x05", b"\x0d\x08\x89\x01"


def told(bench: RadioBench, commands: Iterable[bytes]) -> None:
    for command in commands:
        bench.transfer(command)
        bench.run_ms(5)


def sender(data: bytes = b"hello", sf: int = 7, **options: bool) -> tuple[RadioBench, SX1262]:
    bench = RadioBench(**options)
    chip = bench.wire(SX1262(bench))  # type: ignore[arg-type]
    told(bench, COMMON)
    told(bench, (modulation(sf), packet(len(data), 1, 0), BIT_2_SET, BW_125, *POWER_14, b"\x0e\x00" + data))
    return bench, chip


def listener(sf: int = 7, window: int = 0, bw: int = 4, more: Iterable[bytes] = ()) -> tuple[RadioBench, SX1262]:
    bench = RadioBench()
    chip = bench.wire(SX1262(bench))  # type: ignore[arg-type]
    told(bench, COMMON)
    told(bench, (modulation(sf, bw), packet(255, 0, 1), BIT_2_CLEAR, symbols(window), b"\x9f\x01", *more))
    return bench, chip


def irq(bench: RadioBench) -> int:
    return int.from_bytes(bench.transfer(b"\x12\0\0\0")[2:], "big")


def edge_us(bench: RadioBench, role: str, level: int) -> int:
    return [t_us for t_us, who, to in bench.edges if (who, to) == (role, level)][-1]


@pytest.mark.parametrize("sf", [7, 9, 12])
def test_a_frame_begins_after_the_switching_time_and_ends_after_its_airtime(sf: int) -> None:
    bench, chip = sender(bytes(24), sf)
    ear = Ear()
    assert bench.air is not None
    bench.air.listen(ear)
    begin_us = bench.clock.now_us + TO_TX_US
    bench.transfer(SET_TX)
    assert bench.current_ua == 45_000.0
    bench.run_ms(3000)
    (reception,) = ear.frames
    emission = reception.emission
    assert (emission.start_us, emission.end_us) == (begin_us, begin_us + airtime_us(24, sf))
    assert edge_us(bench, "busy", 0) == begin_us
    assert edge_us(bench, "dio1", 1) == begin_us + airtime_us(24, sf)
    assert irq(bench) == TX_DONE and bench.current_ua == 600.0
    assert (emission.power_dbm, emission.sync_word, emission.inverted_iq, emission.crc) == (14, 0x34, False, True)
    assert emission.freq_hz == FREQ_HZ and bench.misuses() == []


def test_dio1_stays_up_until_the_interrupt_is_cleared() -> None:
    bench, chip = sender()
    bench.transfer(SET_TX)
    bench.run_ms(100)
    assert bench.levels["dio1"] == 1
    bench.transfer(b"\x02\x00\x01")
    assert bench.levels["dio1"] == 0
    bench.run_ms(1)
    assert irq(bench) == 0


@pytest.mark.parametrize(("registers", "sync_word"), [(b"\x34\x44", 0x34), (b"\x14\x24", 0x12)])
def test_two_registers_hold_the_sync_word_of_the_older_chips(registers: bytes, sync_word: int) -> None:
    bench, chip = sender()
    told(bench, [b"\x0d\x07\x40" + registers])
    assert chip.inside.config.tuning.sync_word == sync_word


def test_without_an_air_a_frame_takes_as_long() -> None:
    bench, chip = sender(with_air=False)
    bench.transfer(SET_TX)
    bench.run_ms(100)
    assert irq(bench) == TX_DONE


def test_a_power_cut_ends_the_frame_on_the_air() -> None:
    bench, chip = sender()
    ear, fates = Ear(), []
    assert bench.air is not None
    bench.air.listen(ear)
    bench.air.taps.append(lambda emission, outcomes: fates.append(outcomes))
    bench.transfer(SET_TX)
    bench.run_ms(20)
    chip.power(False)
    bench.run_ms(100)
    assert [reception.damaged for reception in ear.frames] == [True] and fates == [{"ear": "cut"}]


@pytest.mark.parametrize("sf", [7, 9, 12])
def test_a_downlink_is_received_with_its_levels(sf: int) -> None:
    bench, chip = listener(sf)
    bench.transfer(SET_RX_SINGLE)
    emission = bench.downlink(bench.clock.now_us + 20_000, sf)
    bench.run_ms(3000)
    assert irq(bench) == RX_DONE | PREAMBLE | HEADER
    ups_us = [t_us for t_us, who, level in bench.edges if (who, level) == ("dio1", 1)]
    assert ups_us[0] == emission.start_us + 5 * symbol_us(sf, 125)  # the preamble
    assert ups_us[-1] == emission.end_us
    assert bench.transfer(b"\x13\0\0\0")[2:] == b"\x08\x80"
    assert bench.transfer(b"\x1e\x80\x00" + bytes(8))[3:] == b"downlink"
    rssi, snr, signal = bench.transfer(b"\x14\0\0\0\0")[2:]
    assert (rssi, snr, signal) == (172, 52, 172)  # 14 dBm - 100 dB; 13 dB is the most it reports
    assert bench.transfer(b"\xc0\x00")[1] == 0x24  # standby, data available
    assert bench.misuses() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"inverted_iq": False}, {"sync_word": 0x12}, {"freq_hz": FREQ_HZ + 31_300}, {"sf": 8}, {"bw_khz": 250},
        {"power_dbm": -30.0},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_not_heard(changed: dict[str, object]) -> None:
    bench, chip = listener()
    bench.transfer(SET_RX_FOR_EVER)
    bench.downlink(bench.clock.now_us + 20_000, **changed)  # type: ignore[arg-type]
    bench.run_ms(500)
    assert irq(bench) == 0 and bench.levels["dio1"] == 0


def test_a_carrier_off_by_less_than_a_quarter_of_the_band_is_heard() -> None:
    bench, chip = listener()
    bench.transfer(SET_RX_SINGLE)
    bench.downlink(bench.clock.now_us + 20_000, freq_hz=FREQ_HZ + 31_000)
    bench.run_ms(500)
    assert irq(bench) & RX_DONE


@pytest.mark.parametrize(("sf", "window"), [(7, 44), (9, 14), (12, 6)])
def test_an_empty_window_ends_after_its_symbols(sf: int, window: int) -> None:
    bench, chip = listener(sf, window)
    opened_us = bench.clock.now_us + TO_RX_US
    bench.transfer(SET_RX_SINGLE)
    assert bench.current_ua == 4600.0
    bench.run_ms(1000)
    assert irq(bench) == TIMEOUT and bench.current_ua == 600.0
    assert edge_us(bench, "dio1", 1) == opened_us + window * symbol_us(sf, 125) + 1


@pytest.mark.parametrize("sf", [7, 12])
@pytest.mark.parametrize(
    ("offset_symbols", "heard"),
    [(-3.1, False), (-3.0, True), (0.0, True), (1.0, True), (1.1, False)],
)
def test_five_symbols_of_the_preamble_must_fall_into_the_window(sf: int, offset_symbols: float, heard: bool) -> None:
    bench, chip = listener(sf, 6)
    opened_us = bench.clock.now_us + 1_000_000 + TO_RX_US
    bench.downlink(opened_us + round(offset_symbols * symbol_us(sf, 125)), sf)
    bench.run_ms(1000)
    bench.transfer(SET_RX_SINGLE)
    bench.run_ms(3000)
    assert irq(bench) == (RX_DONE | PREAMBLE | HEADER if heard else TIMEOUT)


@pytest.mark.parametrize(("stop_on_preamble", "heard"), [(True, True), (False, False)])
def test_the_timer_stops_at_the_preamble_only_if_asked_to(stop_on_preamble: bool, heard: bool) -> None:
    bench, chip = listener(9, 0, more=[bytes((0x9F, stop_on_preamble))])
    opened_us = bench.clock.now_us + TO_RX_US
    window = round(40_000 / 15.625)
    bench.transfer(b"\x82" + window.to_bytes(3, "big"))
    bench.downlink(opened_us + 10_000, 9)  # the preamble is known after 20 ms, the header after 83 ms
    bench.run_ms(1000)
    assert irq(bench) == (RX_DONE | PREAMBLE | HEADER if heard else TIMEOUT | PREAMBLE)


def test_one_window_takes_one_frame_and_a_continuous_one_all() -> None:
    for command, expected in ((SET_RX_SINGLE, [1]), (SET_RX_FOR_EVER, [1, 1])):
        bench, chip = listener()
        fates: list[int] = []
        assert bench.air is not None
        bench.air.taps.append(lambda emission, outcomes, fates=fates: fates.append(1) if outcomes else None)
        bench.transfer(command)
        for delay_ms in (20, 220):
            bench.downlink(bench.clock.now_us + delay_ms * 1000)
        bench.run_ms(500)
        assert fates == expected


def test_a_collision_spoils_the_bytes_and_only_a_crc_tells() -> None:
    for crc, flags in ((False, RX_DONE | PREAMBLE | HEADER), (True, RX_DONE | PREAMBLE | HEADER | CRC_ERROR)):
        bench, chip = listener()
        bench.transfer(SET_RX_SINGLE)
        now_us = bench.clock.now_us
        bench.downlink(now_us + 20_000, crc=crc)
        bench.downlink(now_us + 40_000, sender="other")
        bench.run_ms(500)
        assert irq(bench) == flags
        assert bench.transfer(b"\x1e\x80\x00" + bytes(8))[3:] != b"downlink"


def test_a_window_ends_with_a_frame_whose_sender_falls_silent() -> None:
    bench, chip = listener(9, 14)
    bench.transfer(SET_RX_SINGLE)
    emission = bench.downlink(bench.clock.now_us + 1_000, 9)
    bench.run_ms(60)
    assert bench.air is not None
    bench.air.cut_off(emission)
    bench.run_ms(500)
    assert irq(bench) & RX_DONE and bench.current_ua == 600.0
    assert bench.transfer(b"\x1e\x80\x00" + bytes(8))[3:] != b"downlink"


def test_a_frame_longer_than_allowed_is_a_header_error() -> None:
    bench, chip = listener(more=[packet(7, 0, 1)])
    bench.transfer(SET_RX_SINGLE)
    bench.downlink(bench.clock.now_us + 20_000)
    bench.run_ms(500)
    assert irq(bench) & (RX_DONE | HEADER_ERROR) == HEADER_ERROR


def test_standby_ends_a_window() -> None:
    bench, chip = listener()
    bench.transfer(SET_RX_SINGLE)
    bench.downlink(bench.clock.now_us + 20_000)
    bench.run_ms(30)
    bench.transfer(b"\x80\x00")
    bench.run_ms(500)
    assert irq(bench) == PREAMBLE and bench.current_ua == 600.0


def test_symbol_timeouts_are_a_mantissa_and_an_exponent() -> None:
    for window, real in ((7, 8), (100, 104), (255, 248)):
        bench, chip = listener(7, window)
        opened_us = bench.clock.now_us + TO_RX_US
        bench.transfer(SET_RX_SINGLE)
        bench.run_ms(1000)
        assert edge_us(bench, "dio1", 1) == opened_us + real * 1024 + 1


def test_a_masked_interrupt_is_not_seen() -> None:
    bench, chip = listener(more=[b"\x08\x02\x02\x00\x02\0\0\0\0"])
    bench.transfer(SET_RX_SINGLE)
    bench.downlink(bench.clock.now_us + 20_000)
    bench.run_ms(500)
    assert irq(bench) == RX_DONE


def test_channel_activity_is_detected() -> None:
    bench, chip = listener(9, more=[b"\x88\x02\x16\x0a\x00\0\0\0", b"\x08\x01\x80\x01\x80\0\0\0\0"])
    bench.transfer(b"\xc5")
    bench.run_ms(100)
    assert irq(bench) == 0x080
    bench.downlink(bench.clock.now_us + 1000, 9)
    bench.run_ms(10)
    bench.transfer(b"\xc5")
    bench.run_ms(100)
    assert irq(bench) == 0x180


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (b"\x0d\x08\x89\x01", "15.1"), (b"\x0d\x08\xd8\xc8", "15.2"), (b"\x0d\x07\x36\x09", "15.4"),
        (b"\x8b\x07\x04\x01\x01", "6.1.1.4"),
    ],
)  # fmt: skip
def test_errata_that_are_not_heeded_are_logged(spoil: bytes, words: str) -> None:
    bench, chip = sender()
    told(bench, [spoil])
    bench.transfer(SET_TX)
    bench.run_ms(100)
    (misuse,) = bench.misuses()
    assert words in misuse and irq(bench) == TX_DONE


def test_500_khz_wants_the_other_modulation_bit() -> None:
    bench, chip = sender()
    told(bench, [modulation(8, 6), BW_500])
    bench.transfer(SET_TX)
    bench.run_ms(100)
    assert bench.misuses() == []


def test_settings_while_sending_are_refused() -> None:
    bench, chip = sender(bytes(24), 12)
    bench.transfer(SET_TX)
    for command in (modulation(7), b"\x84\x00"):
        bench.run_ms(1)
        bench.transfer(command)
    bench.run_ms(3000)
    assert len(bench.misuses()) == 2 and irq(bench) == TX_DONE and not chip.asleep


def test_an_uncalibrated_band_and_a_dead_antenna_switch_are_logged() -> None:
    bench, chip = listener(more=[b"\x98\xe1\xe9"])
    chip.inside._has_switch = True
    bench.transfer(SET_RX_SINGLE)
    assert [words[:5] for words in bench.misuses()] == ["9.2.1", "the a"]
