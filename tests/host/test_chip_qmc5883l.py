"""The QMC5883L model behaves as its register map says."""

import pytest

from baysense_host.virtual.chips.noise import IDEAL
from baysense_host.virtual.chips.qmc5883l import QMC5883L
from chip_bench import EARTH_UT, Bench, Bus

ADDRESS = 0x0D
DATA, STATUS, TEMP, CONTROL_1, CONTROL_2, SET_PERIOD, CHIP_ID = 0x00, 0x06, 0x07, 0x09, 0x0A, 0x0B, 0x0D
CONTINUOUS_8G = 0x11


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def chip(bench: Bench) -> QMC5883L:
    chip = QMC5883L(bench)
    chip.errors = IDEAL
    chip.power(True)
    return chip


@pytest.fixture
def bus(chip: QMC5883L) -> Bus:
    return Bus(chip)


def test_reset_values_are_standby(bus: Bus, bench: Bench) -> None:
    assert {r: v for r in range(16) if (v := bus.get(r))} == {CHIP_ID: 0xFF}
    assert bench.current_ua == 3.0
    bench.run_ms(1000)
    assert bus.get(STATUS) == 0


def test_read_only_registers_stay(bus: Bus) -> None:
    bus.put(CHIP_ID, 0x12)
    bus.put(STATUS, 0x07)
    assert (bus.get(CHIP_ID), bus.get(STATUS)) == (0xFF, 0)


def test_absent_chip_is_a_nack(chip: QMC5883L) -> None:
    chip.absent = True
    assert chip.write(b"\x0d") == 0
    assert chip.read(1) is None


@pytest.mark.parametrize(("bits", "period_ms"), [(0, 100), (1, 20), (2, 10), (3, 5)])
def test_data_ready_until_any_data_register_is_read(bus: Bus, bench: Bench, bits: int, period_ms: int) -> None:
    bus.put(CONTROL_1, CONTINUOUS_8G | bits << 2)
    bench.run_ms(period_ms - 0.001)
    assert bus.get(STATUS) == 0
    bench.run_ms(0.001)
    assert bus.get(STATUS) == 1
    bus.get(0x03)
    assert bus.get(STATUS) == 0


def test_skipped_data(bus: Bus, bench: Bench) -> None:
    bus.put(CONTROL_1, CONTINUOUS_8G)
    bench.run_ms(200)
    assert bus.get(STATUS) == 0x05
    bus.get(0)
    assert bus.get(STATUS) == 0


@pytest.mark.parametrize(("control", "lsb_per_ut"), [(0x01, 120), (0x11, 30)])
def test_range(bus: Bus, bench: Bench, control: int, lsb_per_ut: int) -> None:
    bus.put(CONTROL_1, control)
    bench.run_ms(100)
    assert bus.signed(DATA, 3) == tuple(round(v * lsb_per_ut) for v in EARTH_UT)


def test_overflow_comes_and_goes(bus: Bus, bench: Bench) -> None:
    bus.put(CONTROL_1, 0x01)
    bench.environment.base_ut = (300.0, 0.0, -300.0)
    bench.run_ms(100)
    assert bus.get(STATUS) & 2
    assert bus.signed(DATA, 3) == (32767, 0, -32768)
    bench.environment.base_ut = EARTH_UT
    bench.run_ms(100)
    assert not bus.get(STATUS) & 2


def test_pointer_roll_over(bus: Bus, bench: Bench) -> None:
    bus.put(CONTROL_1, CONTINUOUS_8G)
    bus.put(CONTROL_2, 0x40)
    bench.run_ms(100)
    burst = bus.readfrom_mem(ADDRESS, STATUS, 7)
    assert burst[0] == 1
    assert burst[1:] == bus.readfrom_mem(ADDRESS, 0, 6)


def test_temperature_is_relative(bus: Bus, bench: Bench) -> None:
    def reading() -> int:
        bench.run_ms(100)
        return bus.signed(TEMP, 1)[0]

    bus.put(CONTROL_1, CONTINUOUS_8G)
    warm = reading()
    bench.environment.temperature = 5.0
    assert reading() - warm == -2000
    assert warm != 2500, "its offset is not calibrated"


def test_soft_reset_goes_to_standby(bus: Bus, bench: Bench) -> None:
    bus.put(SET_PERIOD, 1)
    bus.put(CONTROL_1, CONTINUOUS_8G)
    bus.put(CONTROL_2, 0x80)
    assert bus.readfrom_mem(ADDRESS, CONTROL_1, 3) == b"\0\0\0"
    assert bench.current_ua == 3.0


def test_set_period_matters(chip: QMC5883L, bus: Bus, bench: Bench) -> None:
    chip.errors = type(IDEAL)((0.0,) * 3, (0.1,) * 3, (1.0,) * 3, noise_gain=0.0)
    bench.environment.temperature = 45.0
    shifts = []
    for period in (0, 1):
        bus.put(SET_PERIOD, period)
        bus.put(CONTROL_1, CONTINUOUS_8G)
        bench.run_ms(100)
        shifts.append(bus.signed(DATA, 3)[0] / 30 - EARTH_UT[0])
    assert shifts == pytest.approx([20.0, 2.0], abs=0.04)


def test_supply_current(bus: Bus, bench: Bench) -> None:
    for control, current_ua in ((0x11, 100), (0xD1, 75), (0x1D, 850), (0xDD, 450), (0x10, 3)):
        bus.put(CONTROL_1, control)
        assert bench.current_ua == pytest.approx(current_ua)


def test_brown_out_stops_it(chip: QMC5883L, bus: Bus, bench: Bench) -> None:
    bus.put(CONTROL_1, CONTINUOUS_8G)
    bench.run_ms(100)
    chip.brown_out()
    bench.run_ms(1000)
    assert bus.get(STATUS) == 0
    assert bus.get(CONTROL_1) == 0
