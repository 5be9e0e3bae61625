"""The IIS2MDC driver against the register-level model."""

import importlib
from array import array
from types import ModuleType
from typing import Any

import pytest

from baysense_host.virtual.chips.iis2mdc import IIS2MDC as Chip
from baysense_host.virtual.chips.noise import IDEAL
from chip_bench import CAR_UT, EARTH_UT, Bench, Bus, stand_in_for_micropython

PARKED_UT = (EARTH_UT[0] + CAR_UT[0], EARTH_UT[1] + CAR_UT[1], EARTH_UT[2] + CAR_UT[2])
THRESHOLD_NT = 2500
PERIOD_MS = 100
MINUTE_MS = 60_000


class Setup:
    """Chip and driver on one bench."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bench = Bench()
        stand_in_for_micropython(monkeypatch, self.bench)
        self.module: ModuleType = importlib.import_module("baysense.drivers.iis2mdc")
        self.chip = Chip(self.bench)
        self.chip.errors = IDEAL
        self.bench.start(self.chip)
        self.driver = self.new_driver()
        self.sample = array("i", (0, 0, 0, 0))

    def new_driver(self) -> Any:
        return self.module.IIS2MDC(Bus(self.chip))

    def read(self) -> tuple[int, ...]:
        """Wait for the next sample and return it."""
        for _ in range(3):
            self.bench.run_ms(PERIOD_MS)
            if self.driver.read_into(self.sample):
                return tuple(self.sample)
        raise AssertionError("no sample came")

    def watch(self, field_ut: tuple[float, float, float], threshold_nt: int = THRESHOLD_NT) -> int | None:
        """Do what the node does before it sleeps; return the pin."""
        self.driver.watch(*[round(v * 1000) for v in field_ut], threshold_nt)
        self.bench.run_ms(PERIOD_MS)
        self.driver.clear()
        self.bench.run_ms(PERIOD_MS)
        return self.bench.levels["int"]

    def move(self, duration_ms: int, field_ut: tuple[float, float, float]) -> None:
        """Let something move for so long, after a minute in which the chip may learn that it will."""
        begin_us = self.bench.now_us() + MINUTE_MS * 1000
        self.bench.environment.movements.append((begin_us, begin_us + duration_ms * 1000, field_ut))
        self.bench.run_ms(MINUTE_MS + duration_ms)


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Setup:
    return Setup(monkeypatch)


def near(found: tuple[int, ...], field_ut: tuple[float, float, float]) -> bool:
    return all(abs(nt - ut * 1000) <= 75 for nt, ut in zip(found, field_ut, strict=False))


def test_start_configures_and_the_second_start_finds_it_kept(on: Setup) -> None:
    assert on.driver.start() is False
    assert on.driver.configured()
    assert on.new_driver().start() is True
    assert on.bench.current_ua == 120


def test_reading_in_nanotesla_and_hundredths_of_a_degree(on: Setup) -> None:
    on.bench.environment.temperature = -12.5
    on.driver.start()
    found = on.read()
    assert near(found, EARTH_UT)
    assert found[3] == -1250
    assert on.driver.read_into(on.sample) is False, "no new sample yet"
    assert not on.driver.saturated


def test_watching_does_not_change_what_is_read(on: Setup) -> None:
    on.driver.start()
    on.watch(PARKED_UT)
    assert near(on.read(), EARTH_UT)


def test_a_reading_right_after_watch_is_of_a_sample_with_the_new_vector(on: Setup) -> None:
    on.driver.start()
    on.bench.run_ms(PERIOD_MS * 2)
    on.driver.watch(20_000, 30_000, 40_000, THRESHOLD_NT)
    assert on.driver.read_into(on.sample) is False
    assert near(on.read(), EARTH_UT)


def test_after_a_deep_sleep_a_new_driver_knows_the_stored_vector(on: Setup) -> None:
    on.driver.start()
    on.watch(PARKED_UT)
    on.driver = on.new_driver()
    assert on.driver.start() is True
    assert near(on.read(), EARTH_UT)


@pytest.mark.parametrize("field_ut", [EARTH_UT, PARKED_UT])
def test_the_pin_is_idle_at_rest_free_or_occupied(on: Setup, field_ut: tuple[float, float, float]) -> None:
    on.bench.environment.base_ut = field_ut
    on.driver.start()
    assert on.watch(field_ut) == 0
    on.move(600_000, (0.0, 0.0, 0.0))
    assert on.bench.levels["int"] == 0
    on.move(1000, (0.0, -3.0, 0.0))
    assert on.bench.levels["int"] == 1
    on.bench.run_ms(60_000)
    assert on.bench.levels["int"] == 1, "latched: the node must not miss it"
    assert on.driver.clear() == 0x10 >> 1 | 1
    assert on.bench.levels["int"] == 0


def test_forgetting_int_on_dataoff_keeps_the_pin_active(on: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof that the test above can fail: the same driver without the bit."""
    monkeypatch.setattr(on.module, "_CFG_B", on.module._CFG_B & ~0x08)
    on.bench.environment.base_ut = PARKED_UT
    on.driver.start()
    assert on.watch(PARKED_UT) == 1


def test_losing_the_bit_is_noticed(on: Setup) -> None:
    on.driver.start()
    on.watch(EARTH_UT)
    Bus(on.chip).writeto_mem(0x1E, 0x61, b"\x03")
    assert not on.driver.configured()


def test_threshold_is_honoured(on: Setup) -> None:
    on.driver.start()
    on.watch(EARTH_UT, threshold_nt=6000)
    on.move(1000, (5.5, 0.0, 0.0))
    assert on.bench.levels["int"] == 0
    on.move(1000, (6.5, 0.0, 0.0))
    assert on.bench.levels["int"] == 1


def test_a_brown_out_is_noticed_and_mended(on: Setup) -> None:
    on.driver.start()
    on.watch(PARKED_UT)
    on.chip.brown_out()
    on.bench.run_ms(20)
    assert not on.driver.configured()
    on.driver = on.new_driver()
    assert on.driver.start() is False
    assert near(on.read(), EARTH_UT)


def test_rest_stops_the_chip(on: Setup) -> None:
    on.driver.start()
    on.watch(PARKED_UT)
    on.driver.rest()
    assert on.bench.current_ua == 1.5
    assert on.bench.levels["int"] == 0
    on.bench.run_ms(1000)
    assert not on.driver.configured()
    on.driver.start()
    assert near(on.read(), EARTH_UT)


@pytest.mark.parametrize("watched_ut", [None, (40.0, 0.0, 0.0), (-40.0, 0.0, 0.0)])
@pytest.mark.parametrize("sign", [1, -1])
def test_saturation(on: Setup, watched_ut: tuple[float, float, float] | None, sign: int) -> None:
    on.driver.start()
    if watched_ut:
        on.watch(watched_ut)
    on.bench.environment.base_ut = (sign * 6000.0, 0.0, 0.0)
    on.bench.run_ms(PERIOD_MS)
    found = on.read()
    assert on.driver.saturated
    assert abs(found[0]) >= on.module.LIMIT_NT - 45_000
    on.bench.environment.base_ut = (sign * 4800.0, 0.0, 0.0)
    on.bench.run_ms(PERIOD_MS)
    on.read()
    assert not on.driver.saturated


def test_absent_chip_is_named_with_its_address(on: Setup) -> None:
    on.chip.absent = True
    with pytest.raises(OSError, match=r"no IIS2MDC answers at address 0x1e \(error 19\): check") as caught:
        on.driver.start()
    assert caught.value.errno == 19


def test_wrong_chip_is_named(on: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on.module, "_WHO_AM_I", 0x60)
    with pytest.raises(OSError, match="address 0x1e says 0x03, an IIS2MDC says 0x40: check"):
        on.driver.start()


def test_offset_is_rounded_and_limited(on: Setup) -> None:
    offset_lsb = on.module.offset_lsb
    cases = {
        0: 0,
        74: 0,
        75: 1,
        -75: -1,
        150: 1,
        -47_040: -314,
        224: 1,
        225: 2,
        9_000_000: 32767,
        -9_000_000: -32767,
    }
    assert {nt: offset_lsb(nt) for nt in cases} == cases
