"""A recording through the whole node: what it decides, how that is told, and what is refused."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from baysense_host.errors import ToolError
from baysense_host.virtual import replay as replay_module
from baysense_host.virtual.options import DEFAULT_BOARD
from baysense_host.virtual.replay import agreements, replay
from baysense_host.virtual.world import read_trace

_ROOT = Path(__file__).parents[2]
_DATA = Path(os.environ.get("BAYSENSE_DATA", _ROOT.parent / "shared" / "data"))
_DENSE = sorted(_DATA.glob("transients_*/*.csv"))
_SPARSE = sorted(_DATA.glob("bays/*.csv"))
_COMMAND = [sys.executable, "-c", "from baysense_host.cli import main; main(prog_name='baysense')", "replay"]
_HEADER = "t_s,x_ut,y_ut,z_ut"

Vector = tuple[float, float, float]
_EARTH = (20.0, -5.0, 45.0)


def _decisions(path: Path, sparse: bool = False) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    *decisions, last = replay(path, sparse=sparse, board=DEFAULT_BOARD)
    assert list(last) == ["summary"]
    return decisions, last["summary"]


def _cli(*words: str) -> "subprocess.CompletedProcess[str]":
    paths = os.pathsep.join((str(_ROOT / "host_tools"), str(_ROOT / "firmware")))
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(
        [*_COMMAND, *words], capture_output=True, text=True, timeout=60, env=environment, check=False
    )


def _dense(path: Path, corners: list[tuple[float, Vector]], start_s: float = 0.0) -> Path:
    """Write 10 rows a second along straight lines between (time, what a vehicle adds to the field)."""
    noise = random.Random(1)
    lines = [_HEADER]
    for (t0, a), (t1, b) in zip(corners, corners[1:], strict=False):
        for tenth in range(round(t0 * 10), round(t1 * 10)):
            share = (tenth / 10 - t0) / (t1 - t0)
            field = [_EARTH[i] + a[i] + share * (b[i] - a[i]) + noise.gauss(0, 0.3) for i in range(3)]
            lines.append(f"{start_s + tenth / 10:.1f}," + ",".join(f"{value:.2f}" for value in field))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _sparse(path: Path) -> Path:
    """Write a day of heartbeats with a vehicle from 06:00 to 12:00; the radar sees it, but for one doubtful row."""
    lines = [_HEADER + ",temp_c,gate0,gate1"]
    for row in range(145):
        here = 36 <= row < 72
        gates = (15, 9) if row == 100 else (40, 31) if here else (6, 5)
        x, y, z = (value + (25.0 if here else 0.0) for value in _EARTH)
        lines.append(f"{row * 600},{x},{y},{z},12.5,{gates[0]},{gates[1]}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


_EMPTY, _CAR, _VAN = (0.0, 0.0, 0.0), (-20.0, 6.0, 25.0), (18.0, -22.0, 12.0)


def test_arrival_swap_and_departure_are_told_at_their_times(tmp_path: Path) -> None:
    corners = [(0.0, _EMPTY), (10.0, _EMPTY), (13.0, _CAR), (40.0, _CAR), (43.0, _EMPTY), (46.0, _EMPTY)]
    corners += [(49.0, _VAN), (80.0, _VAN), (83.0, _EMPTY), (110.0, _EMPTY)]
    decisions, summary = _decisions(_dense(tmp_path / "visit.csv", corners, start_s=1000.0))
    start, *changes = decisions
    assert start["t_s"] == 1000.0
    assert start["cause"] == "calibrated"
    assert [(one["state"], one.get("event")) for one in decisions] == [
        ("free", None), ("occupied", None), ("occupied", "swap"), ("free", None)
    ]  # fmt: skip
    assert [one["t_s"] for one in changes] == pytest.approx([1013.0, 1049.0, 1083.0], abs=1.5)
    assert all(set(one) - {"event"} == {"t_s", "state", "confidence", "cause", "faults"} for one in decisions)
    assert all(0 < one["confidence"] <= 1 for one in decisions)
    # not sure of the empty bay before different vehicles left it
    assert [one["faults"] for one in decisions] == [["calibrating"]] * 4
    assert summary["rows"] == 1100
    assert summary["duration_s"] == pytest.approx(109.9)
    assert summary["changes"] == 3
    assert "radar_agreement" not in summary and "vehicle_agreement" not in summary


def test_a_sparse_recording_steps_and_is_compared_with_its_radar(tmp_path: Path) -> None:
    decisions, summary = _decisions(_sparse(tmp_path / "day.csv"), sparse=True)
    assert [one["state"] for one in decisions] == ["free", "occupied", "free"]
    assert [one["t_s"] for one in decisions[1:]] == pytest.approx([36 * 600, 72 * 600], abs=5)
    assert [one["faults"] for one in decisions] == [["calibrating"]] * 3
    assert summary["radar_agreement"] == 1.0
    assert summary["radar_rows"] == 144  # without the doubtful one
    assert summary["unknown_rows"] == 0
    assert 24 <= summary["wakes"] <= 40


def test_two_replays_are_equal(tmp_path: Path) -> None:
    path = _dense(tmp_path / "visit.csv", [(0.0, _EMPTY), (8.0, _EMPTY), (11.0, _CAR), (30.0, _CAR)])
    (first, _), (second, _) = _decisions(path), _decisions(path)
    assert first == second
    assert len(first) == 2


def test_agreement_counts_rows_and_unknown_agrees_with_nothing(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    rows = ["5,1,2,3,0,3", "6,1,2,3,0,30", "7,1,2,3,1,30", "8,1,2,3,1,20"]
    path.write_text("\n".join([_HEADER + ",vehicle,gate0", *rows]) + "\n", encoding="utf-8")
    trace = read_trace(path, sparse=False)
    states = [(5.0, "free"), (6.5, "occupied"), (7.5, "unknown")]
    assert agreements(trace, False, states) == {
        "vehicle_agreement": 0.75, "radar_agreement": 0.6667, "radar_rows": 3, "unknown_rows": 1
    }  # fmt: skip


def _weak(path: Path, field_ut: tuple[float, float, float]) -> list[dict[str, Any]]:
    """Replay two hours of an empty bay, then four of something weak that the radar sees."""
    rows = [(row * 600, *_EARTH, 6) for row in range(12)]
    rows += [(row * 600, *field_ut, 40) for row in range(12, 36)]
    path.write_text("\n".join([_HEADER + ",gate0", *(",".join(map(str, row)) for row in rows)]) + "\n", "utf-8")
    return list(replay(path, sparse=True, board=DEFAULT_BOARD, confirm=True))


def test_a_recorded_radar_confirms_if_asked_to(tmp_path: Path) -> None:
    *decisions, last = _weak(tmp_path / "weak.csv", (19.2, -4.5, 45.8))  # wakes nobody
    assert [(one["state"], one["cause"]) for one in decisions] == [("free", "calibrated"), ("unknown", "doubt")]
    assert 12 * 600 < decisions[1]["t_s"] < 12 * 600 + 2 * 3600 + 60  # by the second heartbeat
    assert last["summary"]["unknown_rows"] > 12  # field and radar differ: neither is believed


def test_a_recorded_radar_is_asked_about_a_faint_step_that_wakes(tmp_path: Path) -> None:
    *decisions, _ = _weak(tmp_path / "faint.csv", (18.0, -4.0, 47.5))
    assert [(one["state"], one["cause"]) for one in decisions] == [("free", "calibrated"), ("occupied", "range")]
    assert abs(decisions[1]["t_s"] - 12 * 600) < 10


def test_nothing_to_confirm_with_is_an_error(tmp_path: Path) -> None:
    path = _dense(tmp_path / "visit.csv", [(0.0, _EMPTY), (8.0, _EMPTY)])
    with pytest.raises(ToolError, match="has no radar"):
        next(replay(path, sparse=False, board=DEFAULT_BOARD, confirm=True))
    with pytest.raises(ToolError, match="has no range sensor"):
        next(replay(_sparse(path), sparse=True, board="SEEED_XIAO_ESP32C3", confirm=True))


def test_a_crash_of_the_node_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_module, "_HEAP_KIB", 32)
    with pytest.raises(ToolError, match=r"The node crashed at t_s .* of visit\.csv: MemoryError"):
        _decisions(_dense(tmp_path / "visit.csv", [(0.0, _EMPTY), (8.0, _EMPTY)]))


def test_a_node_that_does_not_start_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_module, "_LEAD_US", 100_000)  # shorter than a boot
    with pytest.raises(ToolError, match="did not start"):
        _decisions(_dense(tmp_path / "visit.csv", [(0.0, _EMPTY), (8.0, _EMPTY)]))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([_HEADER, "0,1,2,3", "0.1,1,nan,3"], "line 3: y_ut is nan, not a number"),
        (["t_s,x_ut,z_ut", "0,1,2"], "has no column y_ut"),
        ([_HEADER, "0,1,2,3", "0.1,1,2,3", "0.2,1,2,3", "90,1,2,3"], "line 5: a gap of 89.8 s before it"),
        ([_HEADER, "0,1,2,3", "0.2,1,2,3", "0.1,1,2,3"], "line 4: the clock goes back by 0.1 s"),
        ([], "is empty"),
    ],
)
def test_a_bad_recording_gives_one_clear_line(tmp_path: Path, lines: list[str], says: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    done = _cli(str(path), "--json")
    assert done.returncode == 1
    assert done.stdout == ""
    error, *hint = done.stderr.splitlines()
    assert error.startswith(f"baysense: {path}") and says in error
    assert len(hint) <= 1


def test_the_command_prints_json_lines_and_keeps_a_copy(tmp_path: Path) -> None:
    path = _dense(tmp_path / "visit.csv", [(0.0, _EMPTY), (8.0, _EMPTY), (11.0, _CAR), (30.0, _CAR)])
    done = _cli(str(path), "--json", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "decisions.jsonl").read_text(encoding="utf-8") == done.stdout
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one.get("state") for one in told] == ["free", "occupied", None]
    assert told[-1]["summary"]["changes"] == 1


@pytest.mark.skipif(not _DENSE, reason=f"no recordings under {_DATA}; set BAYSENSE_DATA")
@pytest.mark.parametrize("name", ["036", "040"])
def test_a_recorded_vehicle_parks_and_leaves(name: str) -> None:
    path = _DATA / "transients_parking" / f"{name}.csv"
    decisions, summary = _decisions(path)
    assert [one["state"] for one in decisions] == ["free", "occupied", "free"]
    assert summary["vehicle_agreement"] > 0.9


@pytest.mark.skipif(not _DENSE, reason=f"no recordings under {_DATA}; set BAYSENSE_DATA")
@pytest.mark.parametrize("name", ["004", "036", "050"])
def test_a_recorded_passing_vehicle_is_no_arrival(name: str) -> None:
    decisions, _ = _decisions(_DATA / "transients_traffic" / f"{name}.csv")
    assert [one["state"] for one in decisions] == ["free"]


@pytest.mark.skipif(not _DENSE, reason=f"no recordings under {_DATA}; set BAYSENSE_DATA")
def test_two_passes_beside_a_loud_cable_are_a_doubt_at_most() -> None:
    decisions, _ = _decisions(_DATA / "transients_traffic" / "034.csv")  # 90 uT in a second, over 3 uT of hum
    assert "occupied" not in [one["state"] for one in decisions]


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not _DENSE, reason=f"no recordings under {_DATA}; set BAYSENSE_DATA")
@pytest.mark.parametrize("path", [*_DENSE, *_SPARSE], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_recording_replays(path: Path, request: pytest.FixtureRequest) -> None:
    if "slow" not in request.config.getoption("-m"):
        pytest.skip("takes many minutes: pytest -m slow")
    decisions, summary = _decisions(path, sparse=path in _SPARSE)
    assert summary["changes"] == len(decisions) - 1
    assert path.parent.name != "transients_traffic" or "occupied" not in [one["state"] for one in decisions]
