"""Bench files have one shape, and the command finds its parts by looking."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from baysense_host.bench.parts import parts
from baysense_host.bench.report import Findings, Mark, as_record, write_record
from baysense_host.cli import main


@pytest.mark.parametrize(
    ("mark", "ok"),
    [
        (Mark("a", "seconds per day", 4.9, "s", 5.0), True),
        (Mark("a", "seconds per day", 5.1, "s", 5.0), False),
        (Mark("a", "accuracy", 0.97, "", 0.98, "high"), False),
        (Mark("a", "accuracy", 0.99, "", 0.98, "high"), True),
        (Mark("a", "not measured", None, "s", 5.0), False),
        (Mark("a", "for information", 7.0, "s"), True),
    ],
)
def test_marks_know_whether_they_are_reached(mark: Mark, ok: bool) -> None:
    assert mark.ok is ok


def test_file_has_the_agreed_shape(tmp_path: Path) -> None:
    marks = [Mark("wall", "wall time", 6.0, "s", 5.0, n=3, ci95=(5.5, 6.5))]
    record = as_record("node", Findings(marks, {"runs": [6, 6, 6]}))
    path = write_record(record, tmp_path / "build" / "bench")
    assert path.name == "node.json"
    written = json.loads(path.read_text())
    assert list(written) == ["part", "commit", "date", "host", "marks", "detail"]
    assert written["marks"] == [
        {
            "id": "wall", "what": "wall time", "value": 6.0, "unit": "s", "mark": 5.0,
            "better": "low", "ok": False, "n": 3, "ci95": [5.5, 6.5],
        }
    ]  # fmt: skip
    assert written["detail"] == {"runs": [6, 6, 6]}


def test_helpers_are_no_parts() -> None:
    assert not {"report", "parts"} & set(parts())


def test_unknown_part_names_those_there_are() -> None:
    done = CliRunner().invoke(main, ["bench", "flux-capacitor"])
    assert done.exit_code == 2
    told = " ".join(done.stderr.replace("│", "").split())
    assert "There is nothing to bench called flux-capacitor. Parts: " in told
