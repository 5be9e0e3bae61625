"""The QMC5883L driver against the register-level model."""

import importlib
from array import array
from typing import Any

import pytest

from baysense_host.virtual.chips.noise import IDEAL
from baysense_host.virtual.chips.qmc5883l import QMC5883L as Chip
from chip_bench import EARTH_UT, Bench, Bus, stand_in_for_micropython

PERIOD_MS = 100


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench()
    stand_in_for_micropython(monkeypatch, bench)
    return bench


@pytest.fixture
def chip(bench: Bench) -> Chip:
    chip = Chip(bench)
    chip.errors = IDEAL
    chip.power(True)
    return chip


@pytest.fixture
def driver(bench: Bench, chip: Chip) -> Any:
    return importlib.import_module("baysense.drivers.qmc5883l").QMC5883L(Bus(chip))


def test_start_configures_once(driver: Any) -> None:
    assert driver.start() is False
    assert driver.configured()
    assert driver.start() is True
    assert not driver.can_watch


def test_reading_in_nanotesla(bench: Bench, driver: Any) -> None:
    driver.start()
    sample = array("i", (0, 0, 0, 0))
    assert driver.read_into(sample) is False
    bench.run_ms(PERIOD_MS)
    assert driver.read_into(sample) is True
    assert all(abs(nt - ut * 1000) <= 34 for nt, ut in zip(sample, EARTH_UT, strict=False))
    assert driver.read_into(sample) is False
    before_cdeg = sample[3]
    bench.environment.temperature += 10.0
    bench.run_ms(PERIOD_MS)
    driver.read_into(sample)
    assert sample[3] - before_cdeg == 1000


def test_saturation(bench: Bench, driver: Any) -> None:
    driver.start()
    sample = array("i", (0, 0, 0, 0))
    for field_ut, expected in ((-1500.0, True), (1000.0, False)):
        bench.environment.base_ut = (0.0, field_ut, 0.0)
        bench.run_ms(PERIOD_MS)
        assert driver.read_into(sample)
        assert driver.saturated is expected


def test_a_brown_out_is_noticed_and_mended(bench: Bench, chip: Chip, driver: Any) -> None:
    driver.start()
    chip.brown_out()
    assert not driver.configured()
    assert driver.start() is False
    bench.run_ms(PERIOD_MS)
    assert driver.read_into(array("i", (0, 0, 0, 0)))


def test_rest_goes_to_standby(bench: Bench, driver: Any) -> None:
    driver.start()
    driver.rest()
    assert bench.current_ua == 3.0
    assert not driver.configured()


def test_absent_and_wrong_chip_are_named(chip: Chip, driver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chip.absent = True
    with pytest.raises(OSError, match=r"no QMC5883L answers at address 0x0d \(error 19\): check"):
        driver.start()
    chip.absent = False
    chip._registers[0x0D] = 0x80
    with pytest.raises(OSError, match="address 0x0d says 0x80, a QMC5883L says 0xff: check"):
        driver.start()
