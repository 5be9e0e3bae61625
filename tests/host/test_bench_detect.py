"""The bench of the detector: a short run measures everything and writes file and page."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from baysense.core import tuning
from baysense_host.bench import detect
from baysense_host.bench.detection.data import data_folder
from baysense_host.bench.detection.detail import field_detail
from baysense_host.bench.detection.metrics import CONTENDERS
from baysense_host.bench.detection.simulate import SCENARIOS
from baysense_host.bench.parts import parts
from baysense_host.bench.report import Findings, Mark, as_record
from baysense_host.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def findings(folder: Path) -> Findings:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return detect.run(quick=True)


def test_detect_is_a_part_and_its_helpers_are_none() -> None:
    assert "detect" in parts() and "detection" not in parts()


@pytest.mark.slow
def test_short_run_measures_every_scenario(findings: Findings) -> None:
    unmeasured = {mark.id for mark in findings.marks if mark.value is None}
    assert unmeasured <= {"allocated_per_sample"}  # not on 64 bit
    simulated = {mark.id.split("_")[0].upper() for mark in findings.marks if mark.group == "SIMULATED"}
    assert simulated == {*SCENARIOS, "CALIBRATION"}
    groups = findings.detail["simulated"]["groups"]
    assert {group["contender"] for group in groups} == set(CONTENDERS)
    assert {group["scale"] for group in groups} == {1.0, 1.5, 2.0, 2.5}


@pytest.mark.slow
def test_file_says_what_it_was_made_with(findings: Findings) -> None:
    record = json.loads(json.dumps(as_record("detect", findings), allow_nan=False))
    assert record["detail"]["about"]["tuning table"] == f"{tuning.digest():08x}"
    assert record["detail"]["about"]["seed"] == "900,000 (tuning: 1,000)"


@pytest.mark.slow
def test_page_lies_beside_that_of_a_full_run(findings: Findings, folder: Path) -> None:
    assert findings.marks
    page = (folder / "build/bench/detect_quick/page.html").read_text(encoding="utf-8")
    assert "its numbers mean little" in page and not (folder / "build/bench/detect").exists()


@pytest.mark.slow
def test_recordings_are_judged_where_there_are_any(findings: Findings) -> None:
    if not data_folder().is_dir():
        pytest.skip("no field recordings here: set BAYSENSE_DATA to a folder that has them")
    assert {"parking_arrival", "traffic_false", "radar_false_3"} <= {mark.id for mark in findings.marks}
    assert findings.detail["field"]["bays"]


def test_simulated_and_field_marks_are_never_in_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = [Mark("a", "recall", 99.0, "%", group="SIMULATED"), Mark("b", "agreement", 0.9, "", group="FIELD")]
    monkeypatch.setattr(detect, "run", lambda tell: Findings(marks))
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(main, ["bench", "detect"]).output
    order = [told.index(text) for text in ("bench detect, SIMULATED", "recall", "bench detect, FIELD", "agreement")]
    assert order == sorted(order)
    written = json.loads((tmp_path / "build/bench/detect.json").read_text())
    assert [mark["group"] for mark in written["marks"]] == ["SIMULATED", "FIELD"]


def test_without_recordings_the_field_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAYSENSE_DATA", str(tmp_path / "nowhere"))
    told: list[str] = []
    field = detect.recorded(told.append, (0,))
    assert field_detail(field)["bays"] == field.windows == field.sweeps.marks == []
    assert told == [f"no field recordings in {tmp_path / 'nowhere'}: left out"]
