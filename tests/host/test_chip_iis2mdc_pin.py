"""The IIS2MDC model raises its pin as its registers say, and does no work while nothing can change."""

import struct

import pytest

from baysense_host.virtual.chips.iis2mdc import IIS2MDC
from baysense_host.virtual.chips.noise import IDEAL
from chip_bench import CAR_UT, EARTH_UT, Bench, Bus

OFFSET, CFG_A, CFG_C, INT_CTRL, INT_SOURCE, INT_THS, OUT_X = 0x45, 0x60, 0x62, 0x63, 0x64, 0x65, 0x68
CONTINUOUS_10_HZ, LATCHED_HIGH, PULSED_HIGH = 0x80, 0xE7, 0xE5
ON_DATA_OFF, INT_ON_PIN = 0x08, 0x40
PERIOD_MS = 100
FIRST_MS = 9.4 + PERIOD_MS
DAY_MS = 86_400_000


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def chip(bench: Bench) -> IIS2MDC:
    chip = IIS2MDC(bench)
    chip.errors = IDEAL
    bench.start(chip)
    return chip


@pytest.fixture
def bus(chip: IIS2MDC) -> Bus:
    return Bus(chip)


def lsb(field_ut: float) -> int:
    return round(field_ut / 0.15)


def watch(bus: Bus, offset_ut: tuple[float, ...], threshold_lsb: int, config_b: int, control: int) -> None:
    bus.put(OFFSET, *struct.pack("<3h", *[lsb(v) for v in offset_ut]))
    bus.put(INT_THS, *struct.pack("<h", threshold_lsb))
    bus.put(CFG_A, CONTINUOUS_10_HZ, config_b, INT_ON_PIN)
    bus.put(INT_CTRL, control)


def test_brown_out_makes_it_deaf(chip: IIS2MDC, bus: Bus, bench: Bench) -> None:
    watch(bus, EARTH_UT, 17, ON_DATA_OFF, LATCHED_HIGH)
    bench.run_ms(FIRST_MS)
    assert bench.levels["int"] == 0
    chip.brown_out()
    assert bench.levels["int"] is None
    bench.environment.movements.append((bench.now_us(), bench.now_us() + 60_000_000, CAR_UT))
    bench.run_ms(60_000)
    assert bench.levels["int"] is None
    assert bus.get(CFG_A) == 0x03
    assert bench.lines == [{"kind": "chip_brown_out", "chip": "iis2mdc"}]


def test_the_wake_pin_needs_int_on_dataoff(bus: Bus, bench: Bench) -> None:
    """A parked car, its vector in the offset registers: quiet with the bit, active for ever without it."""
    bench.environment.base_ut = parked = tuple(a + b for a, b in zip(EARTH_UT, CAR_UT, strict=True))
    for config_b, level in ((ON_DATA_OFF, 0), (0, 1)):
        watch(bus, parked, 17, config_b, LATCHED_HIGH)
        for _ in range(5):
            bench.run_ms(FIRST_MS)
            bus.get(INT_SOURCE)
        bench.run_ms(PERIOD_MS)
        assert bench.levels["int"] == level, f"CFG_REG_B {config_b:#04x}"


def test_latched_interrupt_stays_until_the_source_is_read(bus: Bus, bench: Bench) -> None:
    watch(bus, EARTH_UT, 17, ON_DATA_OFF, LATCHED_HIGH)
    bench.run_ms(FIRST_MS)
    begin_us = bench.now_us() + 3_600_050_000
    bench.environment.movements.append((begin_us, begin_us + 1_000_000, (0.0, -5.0, 3.0)))
    bench.run_ms(3_600_000)
    assert bench.levels["int"] == 0
    bench.run_ms(PERIOD_MS)
    assert bench.levels["int"] == 1
    bench.run_ms(3_600_000)
    assert bench.levels["int"] == 1
    assert bus.get(INT_SOURCE) == 0x80 >> 2 | 0x10 >> 1 | 1
    assert bench.levels["int"] == 0
    assert bus.get(INT_SOURCE) == 0


def test_pulsed_interrupt_follows_the_field(bus: Bus, bench: Bench) -> None:
    watch(bus, EARTH_UT, 17, ON_DATA_OFF, PULSED_HIGH)
    bench.run_ms(FIRST_MS)
    begin_us = bench.now_us() + 3_600_000_000
    bench.environment.movements.append((begin_us, begin_us + 1_000_000, (5.0, 0.0, 0.0)))
    bench.environment.movements.append((begin_us, begin_us + 3_000_000, (0.0, 0.0, 0.0)))
    bench.run_ms(2 * 3_600_000)
    levels = [level for _, _, level in bench.edges]
    assert levels == [0, 1, 0]
    assert 900_000 <= bench.edges[2][0] - bench.edges[1][0] <= 1_100_000


def test_only_enabled_axes_count(bus: Bus, bench: Bench) -> None:
    watch(bus, (0.0, 0.0, 0.0), 17, ON_DATA_OFF, 0x40 | 0x07)  # y alone: 1.5 µT are 10 LSB
    bench.run_ms(FIRST_MS)
    assert bench.levels["int"] == 0
    bus.put(INT_CTRL, 0x20 | 0x07)
    bench.run_ms(PERIOD_MS)
    assert bench.levels["int"] == 1


def test_without_iea_the_pin_is_active_low(bus: Bus, bench: Bench) -> None:
    watch(bus, EARTH_UT, 17, ON_DATA_OFF, LATCHED_HIGH & ~0x04)
    bench.run_ms(FIRST_MS)
    assert bench.levels["int"] == 1
    bench.environment.movements.append((bench.now_us(), bench.now_us() + 1_000_000, CAR_UT))
    bus.put(INT_CTRL, LATCHED_HIGH & ~0x04)
    bench.run_ms(PERIOD_MS)
    assert bench.levels["int"] == 0


def test_without_int_on_pin_nobody_drives_the_wire(bus: Bus, bench: Bench) -> None:
    watch(bus, (0.0, 0.0, 0.0), 17, ON_DATA_OFF, LATCHED_HIGH)
    bus.put(CFG_C, 0)
    bench.run_ms(FIRST_MS)
    assert bench.levels["int"] is None
    assert bus.get(INT_SOURCE) & 1


def test_data_ready_on_the_pin(bus: Bus, bench: Bench) -> None:
    bus.put(CFG_A, CONTINUOUS_10_HZ, 0, 0x11)
    bench.run_ms(FIRST_MS - 1)
    assert bench.levels["int"] == 0
    bench.run_ms(1)
    assert bench.levels["int"] == 1
    bus.signed(OUT_X, 3)
    assert bench.levels["int"] == 0
    bench.run_ms(PERIOD_MS)
    assert bench.levels["int"] == 1


def test_a_quiet_day_is_not_polled(bus: Bus, bench: Bench) -> None:
    watch(bus, EARTH_UT, 17, ON_DATA_OFF, LATCHED_HIGH)
    begin_us = bench.now_us() + 3_600_000_000
    bench.environment.movements.append((begin_us, begin_us + 10_000_000, (0.3, 0.0, 0.0)))
    bench.run_ms(DAY_MS)
    assert bench.environment.asked < 1440 + 10 * 10 + 10
    assert bench.levels["int"] == 0


def test_drift_is_noticed_within_a_minute_or_two(bus: Bus, bench: Bench) -> None:
    watch(bus, EARTH_UT, 17, ON_DATA_OFF, LATCHED_HIGH)
    bench.run_ms(FIRST_MS)
    bench.environment.base_ut = (EARTH_UT[0] + 4.0, EARTH_UT[1], EARTH_UT[2])
    bench.run_ms(61_000)
    assert bench.levels["int"] == 1


def test_an_idle_chip_computes_nothing(bus: Bus, bench: Bench) -> None:
    bench.run_ms(DAY_MS)
    bus.put(CFG_A, CONTINUOUS_10_HZ)
    bench.run_ms(DAY_MS)
    assert bench.environment.asked == 0, "no interrupt is enabled"


def test_glitch_flips_a_high_byte_and_raises_the_pin(chip: IIS2MDC, bus: Bus, bench: Bench) -> None:
    watch(bus, EARTH_UT, 17, ON_DATA_OFF, LATCHED_HIGH)
    bench.run_ms(60_000)
    chip.glitch(axis=1)
    bench.run_ms(PERIOD_MS)
    assert bench.levels["int"] == 1
    assert bus.signed(OUT_X, 3)[1] == -256
    bench.run_ms(PERIOD_MS)
    assert bus.signed(OUT_X, 3) == (0, 0, 0)


def test_power_off_draws_nothing_and_lets_go(chip: IIS2MDC, bus: Bus, bench: Bench) -> None:
    watch(bus, EARTH_UT, 17, ON_DATA_OFF, LATCHED_HIGH)
    chip.power(False)
    assert (bench.current_ua, bench.levels["int"]) == (0, None)
    bench.run_ms(DAY_MS)
    assert bench.environment.asked == 0
