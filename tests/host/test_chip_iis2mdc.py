"""The IIS2MDC model behaves as its register map says."""

import struct

import pytest

from baysense_host.virtual.chips import CHIPS
from baysense_host.virtual.chips.iis2mdc import IIS2MDC
from baysense_host.virtual.chips.noise import IDEAL
from chip_bench import EARTH_UT, Bench, Bus

ADDRESS = 0x1E
OFFSET, WHO_AM_I, CFG_A, CFG_C, INT_CTRL = 0x45, 0x4F, 0x60, 0x62, 0x63
INT_SOURCE, STATUS, OUT_X, TEMP = 0x64, 0x67, 0x68, 0x6E
CONTINUOUS_10_HZ, LATCHED_HIGH = 0x80, 0xE7
PERIOD_MS = 100
FIRST_MS = 9.4 + PERIOD_MS


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


def test_reset_values_are_idle(bus: Bus, bench: Bench) -> None:
    found = {register: value for register in range(128) if (value := bus.get(register))}
    assert found == {WHO_AM_I: 0x40, CFG_A: 0x03, INT_CTRL: 0xE0}
    assert bench.current_ua == 1.5
    bench.run_ms(1000)
    assert bus.get(STATUS) == 0
    assert bench.levels.get("int") is None


def test_it_does_not_answer_while_it_boots(bench: Bench) -> None:
    chip = IIS2MDC(bench)
    assert chip.write(b"\x4f") == 0
    chip.power(True)
    bench.run_ms(19.9)
    assert chip.write(b"\x4f") == 0
    bench.run_ms(0.1)
    assert chip.write(b"\x4f") == 2
    assert chip.read(1) == b"\x40"


def test_absent_chip_is_a_nack(chip: IIS2MDC) -> None:
    chip.absent = True
    assert chip.write(b"") == 0
    assert chip.read(1) is None


def test_read_only_and_reserved_registers_stay(bus: Bus) -> None:
    for register in (0x00, 0x44, WHO_AM_I, INT_SOURCE, STATUS, OUT_X, TEMP, 0x70):
        before = bus.get(register)
        bus.put(register, 0x5A)
        assert bus.get(register) == before
    bus.put(INT_CTRL, 0xFF)
    assert bus.get(INT_CTRL) == 0xE7


def test_bit_7_of_the_sub_address_means_nothing(bus: Bus) -> None:
    assert bus.get(WHO_AM_I | 0x80) == 0x40


def test_a_long_read_wraps_from_z_to_x_and_misses_the_temperature(bus: Bus, bench: Bench) -> None:
    bench.environment.temperature = 31.0
    bus.put(CFG_A, CONTINUOUS_10_HZ)
    bench.run_ms(FIRST_MS)
    burst = bus.readfrom_mem(ADDRESS, STATUS, 9)
    assert burst[7:9] == burst[1:3]
    assert bus.signed(TEMP, 1) == (48,)


@pytest.mark.parametrize(("bits", "period_ms"), [(0, 100), (1, 50), (2, 20), (3, 10)])
def test_output_data_rate(bus: Bus, bench: Bench, bits: int, period_ms: int) -> None:
    bus.put(CFG_A, CONTINUOUS_10_HZ | bits << 2)
    bench.run_ms(9.4 + period_ms - 0.001)
    assert bus.get(STATUS) == 0
    bench.run_ms(0.001)
    assert bus.get(STATUS) == 0x0F
    assert bus.signed(OUT_X, 3) == tuple(lsb(v) for v in EARTH_UT)
    assert bus.get(STATUS) == 0
    bench.run_ms(period_ms)
    assert bus.get(STATUS) == 0x0F


def test_reading_before_the_next_sample_gives_the_last_one(bus: Bus, bench: Bench) -> None:
    bus.put(CFG_A, CONTINUOUS_10_HZ)
    bench.run_ms(FIRST_MS)
    first = bus.signed(OUT_X, 3)
    bench.environment.base_ut = (0.0, 0.0, 0.0)
    bench.run_ms(PERIOD_MS - 1)
    assert bus.get(STATUS) == 0
    assert bus.signed(OUT_X, 3) == first
    bench.run_ms(1)
    assert bus.signed(OUT_X, 3) == (0, 0, 0)


def test_unread_sample_is_an_overrun_until_it_is_read(bus: Bus, bench: Bench) -> None:
    bus.put(CFG_A, CONTINUOUS_10_HZ)
    bench.run_ms(FIRST_MS + PERIOD_MS)
    assert bus.get(STATUS) == 0xFF
    bus.readfrom_mem(ADDRESS, OUT_X, 2)
    assert bus.get(STATUS) == 0x66, "x alone was read"
    bus.signed(OUT_X, 3)
    assert bus.get(STATUS) == 0


def test_block_data_update_keeps_both_bytes_of_one_sample(bus: Bus, bench: Bench) -> None:
    for config_c, torn in ((0x10, False), (0x00, True)):
        bench.environment.base_ut = (0.15 * 0x0102, 0.0, 0.0)
        bus.put(CFG_A, 0x03)
        bus.put(CFG_A, CONTINUOUS_10_HZ, 0, config_c)
        bench.run_ms(FIRST_MS)
        low = bus.get(OUT_X)
        bench.environment.base_ut = (0.15 * 0x0304, 0.0, 0.0)
        bench.run_ms(PERIOD_MS)
        assert low == 0x02
        assert bus.get(OUT_X + 1) == (0x03 if torn else 0x01)


def test_offset_registers_are_subtracted_from_the_next_sample_on(bus: Bus, bench: Bench) -> None:
    bus.put(CFG_A, CONTINUOUS_10_HZ)
    bench.run_ms(FIRST_MS)
    bus.put(OFFSET, *struct.pack("<3h", 100, -200, 300))
    x, y, z = (lsb(v) for v in EARTH_UT)
    assert bus.signed(OUT_X, 3) == (x, y, z)
    bench.run_ms(PERIOD_MS)
    assert bus.signed(OUT_X, 3) == (x - 100, y + 200, z - 300)


def test_temperature_needs_its_compensation_enabled(bus: Bus, bench: Bench) -> None:
    bench.environment.temperature = -10.0
    bus.put(CFG_A, 0x00)
    bench.run_ms(FIRST_MS)
    assert bus.readfrom_mem(ADDRESS, TEMP, 2) == b"\0\0"
    bus.put(CFG_A, CONTINUOUS_10_HZ)
    bench.run_ms(PERIOD_MS)
    assert bus.signed(TEMP, 1) == (-280,)


def test_saturation_at_full_scale_sets_mroi(bus: Bus, bench: Bench) -> None:
    bench.environment.base_ut = (5000.0, -5000.0, 4915.0)
    bus.put(CFG_A, CONTINUOUS_10_HZ)
    bus.put(INT_CTRL, 0x01)
    bench.run_ms(FIRST_MS)
    assert bus.signed(OUT_X, 3) == (32767, -32768, 32767)
    assert bus.get(INT_SOURCE) & 0x02
    bench.environment.base_ut = EARTH_UT
    bench.run_ms(PERIOD_MS)
    bus.get(STATUS)
    assert not bus.get(INT_SOURCE) & 0x02


def test_single_measurement_returns_to_idle(bus: Bus, bench: Bench) -> None:
    bus.put(CFG_A, 0x81)
    assert bench.current_ua > 1.5
    bench.run_ms(5)
    assert bus.get(STATUS) == 0
    bus.put(CFG_C, 0x10)  # another write does not start it anew
    bench.run_ms(15)
    assert bus.get(STATUS) == 0x0F
    assert bus.get(CFG_A) == 0x83
    assert bench.current_ua == 1.5
    bench.run_ms(500)
    assert bus.signed(OUT_X, 3) == tuple(lsb(v) for v in EARTH_UT)
    assert bus.get(STATUS) == 0


def test_idle_keeps_the_last_sample(bus: Bus, bench: Bench) -> None:
    bus.put(CFG_A, CONTINUOUS_10_HZ)
    bench.run_ms(FIRST_MS)
    bus.put(CFG_A, 0x83)
    bench.environment.base_ut = (0.0, 0.0, 0.0)
    bench.run_ms(1000)
    assert bus.signed(OUT_X, 3) == tuple(lsb(v) for v in EARTH_UT)


def test_soft_reset_restores_the_registers(bus: Bus) -> None:
    bus.put(OFFSET, 1, 2, 3)
    bus.put(CFG_A, CONTINUOUS_10_HZ, 0x0B, 0x50, LATCHED_HIGH)
    bus.put(CFG_A, 0x20)
    assert bus.readfrom_mem(ADDRESS, CFG_A, 4) == b"\x03\0\0\xe0"
    assert bus.readfrom_mem(ADDRESS, OFFSET, 3) == b"\0\0\0"


def test_reboot_takes_its_time(chip: IIS2MDC, bus: Bus, bench: Bench) -> None:
    bus.put(CFG_A, 0x43)
    assert chip.read(1) is None
    bench.run_ms(20)
    assert bus.get(WHO_AM_I) == 0x40


def test_i2c_disable_lasts_until_power_off(chip: IIS2MDC, bus: Bus, bench: Bench) -> None:
    bus.put(CFG_C, 0x20)
    bench.run_ms(1000)
    assert chip.write(b"\x4f") == 0
    chip.power(False)
    bench.start(chip)
    assert bus.get(WHO_AM_I) == 0x40


def test_stuck_axis_repeats_its_value(chip: IIS2MDC, bus: Bus, bench: Bench) -> None:
    bus.put(CFG_A, CONTINUOUS_10_HZ)
    bench.run_ms(FIRST_MS)
    _, y_lsb, _ = bus.signed(OUT_X, 3)
    chip.stuck_axis = 1
    bench.environment.base_ut = (0.0, 0.0, 0.0)
    bench.run_ms(PERIOD_MS)
    assert bus.signed(OUT_X, 3) == (0, y_lsb, 0)


def test_self_test_shifts_the_output(bus: Bus, bench: Bench) -> None:
    bus.put(CFG_A, CONTINUOUS_10_HZ, 0, 0x02)
    bench.run_ms(FIRST_MS)
    shifts = [shown - lsb(v) for shown, v in zip(bus.signed(OUT_X, 3), EARTH_UT, strict=True)]
    assert all(15 / 1.5 <= shift <= 500 / 1.5 for shift in shifts)


@pytest.mark.parametrize(
    ("config_a", "config_b", "current_ua"),
    [(0x80, 0, 100), (0x90, 0, 25), (0x84, 0, 200), (0x94, 0, 50), (0x80, 0x02, 120), (0x83, 0x02, 1.5)],
)
def test_supply_current(bus: Bus, bench: Bench, config_a: int, config_b: int, current_ua: float) -> None:
    bus.put(CFG_A, config_a, config_b)
    assert bench.current_ua == current_ua


def test_lis2mdl_is_the_same_chip() -> None:
    assert CHIPS["lis2mdl"] is CHIPS["iis2mdc"] is IIS2MDC
