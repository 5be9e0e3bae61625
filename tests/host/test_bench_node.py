"""The node's bench: a short run measures everything, and what cannot be measured says why."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from baysense_host.bench.measure.app import Loaded
from baysense_host.bench.measure.changes import change_wakes
from baysense_host.bench.measure.detector_marks import detector_marks
from baysense_host.bench.measure.extent import QUICK
from baysense_host.bench.measure.heap import survives
from baysense_host.bench.measure.lives import live
from baysense_host.bench.node import run
from baysense_host.bench.parts import parts
from baysense_host.bench.report import Findings, as_record

_32_BIT = {"allocated_per_sample", "allocated_per_decision", "memory_64_to_32"}


@pytest.fixture(scope="module")
def findings() -> Findings:
    return run(quick=True)


def test_node_is_a_part_and_its_helpers_are_none() -> None:
    assert "node" in parts() and "measure" not in parts()


def test_short_run_measures_everything(findings: Findings) -> None:
    values = {mark.id: mark.value for mark in findings.marks}
    assert {name for name, value in values.items() if value is None} == _32_BIT
    assert values["changes_delivered"] == 4 and values["changes_false"] == values["changes_twice"] == 0
    assert values["own_bytes"] < values["app_bytes"] and 1 < values["detector_step"] < 1000
    assert values["charge_per_change"] > 50  # a wake and a report: 4 s at 33 mA at least
    assert values["current_at_0"] < values["current_at_1000"]
    assert {"life_HELTEC_WIFI_LORA_32_V3", "life_SEEED_XIAO_ESP32C3"} < set(values)
    assert json.loads(json.dumps(as_record("node", findings)))["marks"][0]["id"] == "wall_per_bay_day"


def test_imports_are_those_of_the_wake(findings: Findings) -> None:
    imports = findings.detail["imports"]
    assert "baysense.sensing" in imports["quiet_wake"] and "baysense.sensing" in imports["timer_wake"]
    assert "chumicro_mqtt.client" in imports["timer_wake_report"]
    assert "chumicro_mqtt.client" not in imports["timer_wake"] | imports["quiet_wake"]
    assert "baysense.service" not in imports["timer_wake_report"]


def test_a_report_ends_what_a_quiet_wake_loads() -> None:
    wake = Loaded("timer", ["board", "baysense.node", "baysense.reporting", "baysense.net.mqtt"])
    assert wake.reported and wake.measuring == ["board", "baysense.node"]


def test_without_node_js_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told: list[str] = []
    found = detector_marks(replace(QUICK, wasm=True), told.append, tmp_path)
    left_out = [mark for mark in found.marks if mark.id in _32_BIT]
    assert len(left_out) == 3 and all(mark.value is None for mark in left_out)
    assert all("node is not installed" in said for said in (told[-1], *(mark.what for mark in left_out)))


def test_too_small_a_heap_is_found_out() -> None:
    assert not survives(40, QUICK.heap_days)


def test_every_change_has_its_wake_and_the_service_window_is_left_out() -> None:
    life = live(scenario="demo", days=0.1)
    wakes = change_wakes(life)
    assert len(wakes) == len(life.bay["truth"]) == 4
    assert {wake.cause for wake in wakes} == {"deviation"}
    assert life.meter.wakes[0].cause == "power" and life.meter.wakes[0].end_s > 60
    assert life.meter.average_ua()[1] < life.bay["energy"]["average_ua"][2] / 1.3
