"""The range sensor's word and the look at its window, with the driver on the model of the sensor."""

import importlib
from types import SimpleNamespace
from typing import Any

import pytest

from baysense.core import faults
from baysense.core.state import FREE, OCCUPIED
from baysense_host.virtual.chips.a02yyuw import A02YYUW as Chip
from chip_bench import Bench, Line, stand_in_for_micropython

_CHECK_MC, _QUESTION_MC = 4.5, 16.0  # of the sensor, with some margin
_SENSOR_MA = 8.0


class Node:
    """What ranging asks of a node."""

    def __init__(self, bench: Bench, chip: Chip) -> None:
        self.pause = bench.run_ms
        self.faults = 0
        self.on_ms = 0.0
        self.recall = SimpleNamespace(confirm_range=True)
        self.detector = SimpleNamespace(held=FREE)
        self.board: Any = SimpleNamespace(RANGE="a02yyuw", range_uart=lambda: Line(bench), range_power=self.power)
        self._bench, self._chip, self._since_us = bench, chip, 0

    def power(self, on: bool) -> None:
        if on:
            self._since_us = self._bench.now_us()
        else:
            self.on_ms += (self._bench.now_us() - self._since_us) / 1000
        self._chip.power(on)

    def fault(self, mask: int) -> None:
        self.faults |= mask

    def clear(self, mask: int) -> None:
        self.faults &= ~mask


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench()
    stand_in_for_micropython(monkeypatch, bench)
    return bench


@pytest.fixture
def chip(bench: Bench) -> Chip:
    return Chip(bench)


@pytest.fixture
def node(bench: Bench, chip: Chip) -> Node:
    return Node(bench, chip)


@pytest.fixture
def ranging(bench: Bench) -> Any:
    return importlib.import_module("baysense.ranging")


@pytest.mark.parametrize(("clearance_mm", "word"), [(150, True), (900, True), (None, False), (2500, False)])
def test_vehicle_or_sky(bench: Bench, node: Node, ranging: Any, clearance_mm: int | None, word: bool) -> None:
    bench.environment.clearance = clearance_mm
    assert ranging.vehicle_above(node) is word
    assert node.faults == 0
    assert node.on_ms * _SENSOR_MA / 1000 < _QUESTION_MC


def test_a_person_moves_too_much(bench: Bench, node: Node, ranging: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.environment, "clearance_mm", lambda t_us: 300 + t_us // 1000 % 700)
    assert ranging.vehicle_above(node) is None
    assert node.faults == 0
    node.faults = faults.RANGE_BLOCKED
    assert ranging.vehicle_above(node) is None
    assert node.faults == faults.RANGE_BLOCKED  # what nobody can tell does not clear the window


def test_a_blocked_window_is_a_fault_until_it_is_clear(chip: Chip, node: Node, ranging: Any) -> None:
    chip.blocked = True
    assert ranging.vehicle_above(node) is None
    assert node.faults == faults.RANGE_BLOCKED
    chip.blocked = False
    assert ranging.vehicle_above(node) is False
    assert node.faults == 0


def test_silence_is_a_fault(chip: Chip, node: Node, ranging: Any) -> None:
    chip.absent = True
    assert ranging.vehicle_above(node) is None
    assert node.faults == faults.RANGE_ABSENT


@pytest.mark.parametrize(("clearance_mm", "held"), [(180, OCCUPIED), (None, FREE), (2500, FREE)])
def test_the_check_costs_little_while_it_agrees(
    bench: Bench, node: Node, ranging: Any, clearance_mm: int | None, held: int
) -> None:
    bench.environment.clearance, node.detector.held = clearance_mm, held
    assert ranging.check(node) is (held == OCCUPIED)
    assert node.faults == 0
    assert 0 < node.on_ms * _SENSOR_MA / 1000 < _CHECK_MC


@pytest.mark.parametrize(("clearance_mm", "held"), [(180, FREE), (None, OCCUPIED)])
def test_the_check_looks_twice_before_it_contradicts(
    bench: Bench, node: Node, ranging: Any, clearance_mm: int | None, held: int
) -> None:
    bench.environment.clearance, node.detector.held = clearance_mm, held
    assert ranging.check(node) is (held == FREE)
    assert node.on_ms * _SENSOR_MA / 1000 > _CHECK_MC


def test_a_person_over_the_sensor_contradicts_nobody(
    bench: Bench, node: Node, ranging: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.environment, "clearance_mm", lambda t_us: 300 + t_us // 1000 % 700)
    assert ranging.check(node) is None
    assert node.faults == 0


def test_the_check_takes_back_what_is_past(node: Node, ranging: Any) -> None:
    node.faults = faults.RANGE_BLOCKED | faults.RANGE_ABSENT | faults.PIN_STUCK
    ranging.check(node)
    assert node.faults == faults.PIN_STUCK


@pytest.mark.parametrize(("fault", "expected"), [("blocked", faults.RANGE_BLOCKED), ("absent", faults.RANGE_ABSENT)])
def test_the_check_finds_what_is_wrong(chip: Chip, node: Node, ranging: Any, fault: str, expected: int) -> None:
    setattr(chip, fault, True)
    assert ranging.check(node) is None
    assert node.faults == expected


def test_what_is_not_used_is_not_powered_and_has_no_faults(node: Node, ranging: Any) -> None:
    node.recall.confirm_range = False
    node.faults = faults.RANGE_BLOCKED
    assert ranging.check(node) is None
    assert ranging.vehicle_above(node) is None
    assert (node.faults, node.on_ms) == (0, 0)


def test_the_supply_goes_off_when_the_line_fails(node: Node, ranging: Any) -> None:
    def broken() -> None:
        raise OSError("no line")

    node.board.range_uart = broken
    with pytest.raises(OSError, match="no line"):
        ranging.check(node)
    assert node.on_ms > 0
