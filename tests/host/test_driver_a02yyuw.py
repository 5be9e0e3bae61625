"""The A02YYUW driver against the model."""

import importlib
from typing import Any

import pytest

from baysense_host.virtual.chips.a02yyuw import A02YYUW as Chip
from chip_bench import Bench, Line, stand_in_for_micropython


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench()
    stand_in_for_micropython(monkeypatch, bench)
    return bench


@pytest.fixture
def chip(bench: Bench) -> Chip:
    chip = Chip(bench)
    chip.power(True)
    return chip


@pytest.fixture
def driver(bench: Bench, chip: Chip) -> Any:
    return importlib.import_module("baysense.drivers.a02yyuw").A02YYUW(Line(bench))


@pytest.mark.parametrize("clearance_mm", [120, 255, 256, 4400])
def test_distance(bench: Bench, driver: Any, clearance_mm: int) -> None:
    bench.environment.clearance = clearance_mm
    assert driver.read_mm(500) == pytest.approx(clearance_mm, abs=15)


def test_open_sky_is_zero_not_silence(driver: Any) -> None:
    assert driver.read_mm(500) == 0


def test_silence_is_none_and_takes_the_time_given(bench: Bench, chip: Chip, driver: Any) -> None:
    chip.absent = True
    assert driver.read_mm(500) is None
    assert bench.now_us() == 500_000


def test_old_frames_are_dropped(bench: Bench, chip: Chip, driver: Any) -> None:
    bench.environment.clearance = 150
    bench.run_ms(1000)
    bench.environment.clearance = None
    bench.run_ms(200)  # the processed value follows
    assert driver.read_mm(300) == 0


def test_it_finds_its_way_through_garbage(bench: Bench, chip: Chip, driver: Any) -> None:
    chip.garbage = True
    bench.environment.clearance = 210
    bench.run_ms(1000)
    for _ in range(20):
        assert driver.read_mm(500) == pytest.approx(210, abs=15)


def test_nothing_but_wrong_checksums_is_none(bench: Bench, driver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "transmit", lambda data: bench.received.extend(b"\xff\x00\xc8\x00"))
    assert driver.read_mm(500) is None


def test_a_blocked_window_reads_as_nearest(chip: Chip, driver: Any) -> None:
    chip.blocked = True
    assert driver.read_mm(500) == importlib.import_module("baysense.drivers.a02yyuw").NEAREST_MM
