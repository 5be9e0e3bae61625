"""The node's bench: a short run measures everything, and what cannot be measured says why."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from baysense_host.bench.measure.app import Loaded
from baysense_host.bench.measure.changes import change_wakes, charge_per_change_mc
from baysense_host.bench.measure.detector_marks import detector_marks
from baysense_host.bench.measure.extent import QUICK
from baysense_host.bench.measure.heap import survives
from baysense_host.bench.measure.lives import Life, live
from baysense_host.bench.measure.meter import Meter, Wake
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
    assert all(("baysense.drivers.iis2mdc" in imports[kind]) == (kind != "report") for kind in imports)
    assert all(("chumicro_mqtt.client" in imports[kind]) == (kind == "report") for kind in imports)
    assert all("baysense.service" not in imports[kind] for kind in imports)


def test_a_report_is_known_by_what_it_loads() -> None:
    assert Loaded("soft", ["board", "baysense.node", "baysense.reporting", "baysense.net.mqtt"]).reports
    assert not Loaded("soft", ["board", "baysense.node"]).reports  # Ctrl-D


def test_without_node_js_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told: list[str] = []
    found = detector_marks(replace(QUICK, wasm=True), told.append, tmp_path)
    left_out = [mark for mark in found.marks if mark.id in _32_BIT]
    assert len(left_out) == 3 and all(mark.value is None for mark in left_out)
    assert all("node is not installed" in said for said in (told[-1], *(mark.what for mark in left_out)))


def test_too_small_a_heap_is_found_out() -> None:
    assert not survives(40, QUICK.heap_days)


def test_wakes_of_a_change_move_with_it_or_report_it() -> None:
    wakes = [
        Wake("power", 0.0, 63.0, (2000.0, 4000.0)),
        Wake("timer", 3600.0, 3602.0, (100.0, 200.0)),
        Wake("deviation", 4990.0, 5010.0, (10.0, 20.0)),  # an arrival, not reported yet
        Wake("timer", 5070.0, 5074.0, (30.0, 50.0)),  # reports it
        Wake("deviation", 6000.0, 6004.0, (1.0, 2.0)),  # somebody going by
    ]
    meter = Meter()
    meter.wakes = wakes
    bay = {"truth": [{"t_s": 5001.0}], "events": [{"received_s": 5073.9}]}
    life = Life({"bays": [bay]}, meter, [])
    assert change_wakes(life) == wakes[2:4]
    assert charge_per_change_mc(life) == (40.0, 70.0)


def test_averages_leave_the_service_window_out() -> None:
    life = live(scenario="quiet", days=0.1)
    first, *others = life.meter.wakes
    assert first.cause == "power" and first.end_s > 60 and {wake.cause for wake in others} == {"timer"}
    assert first.charge_mc[0] > 60 * 33  # a minute at 33 mA
    assert all(wake.charge_mc[1] < 400 for wake in others)  # without the magnetometer's hour before it, 432 mC
    low_ua, high_ua = life.meter.average_ua()
    assert 110 < low_ua < high_ua < life.bay["energy"]["average_ua"][2] - 200  # magnetometer alone: 120
