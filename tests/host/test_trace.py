"""Recordings: what is refused, and how a good one is played."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from baysense_host.errors import ToolError
from baysense_host.virtual.world import FOREVER_US, TraceEnvironment, read_trace

_HEADER = "t_s,x_ut,y_ut,z_ut"
_DATA = Path(os.environ.get("BAYSENSE_DATA", Path(__file__).parents[3] / "shared" / "data"))
_FIELD_FILES = sorted([*_DATA.glob("bays/*.csv"), *_DATA.glob("transients_*/*.csv")])


def _write(folder: Path, *lines: str) -> Path:
    path = folder / "trace.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], r"trace\.csv is empty: it has not even a header"),
        ([_HEADER], r"trace\.csv is empty: it has no row"),
        (["t_s,x_ut,z_ut", "0,1,2"], r"has no column y_ut$"),
        (["time;x;y;z", "0;1;2;3"], r"has no column t_s, x_ut, y_ut, z_ut"),
        ([_HEADER, "0,1,2,3", "0.1,1,nan,3"], r"line 3: y_ut is nan, not a number"),
        ([_HEADER, "0,1,2,3", "0.1,inf,2,3"], r"line 3: x_ut is inf, not a number"),
        ([_HEADER, "0,1,2,3", "0.1,1,2"], r"line 3: z_ut is missing"),
        ([_HEADER, "0,1,2,3", "0.1,1,,3"], r"line 3: y_ut is missing"),
        ([_HEADER, "0,1,2,3", "0.1,1,2,three"], r"line 3: z_ut is three"),
        ([_HEADER + ",temp_c", "0,1,2,3,"], r"line 2: temp_c is missing"),
        ([_HEADER + ",vehicle", "0,1,2,3,2"], r"line 2: vehicle is 2, neither 0 nor 1"),
        ([_HEADER, "0,1,2,3", "5,1,2,3", "4.5,1,2,3"], r"line 4: the clock goes back by 0\.5 s"),
        ([_HEADER, "0,1,2,3", "0.1,1,2,3", "0.2,1,2,3", "61,1,2,3"], r"line 5: a gap of 60\.8 s"),
    ],
)
def test_a_bad_trace_is_refused_in_one_line(tmp_path: Path, lines: list[str], says: str) -> None:
    with pytest.raises(ToolError, match=says) as caught:
        read_trace(_write(tmp_path, *lines) if lines else _empty(tmp_path), sparse=False)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def _empty(folder: Path) -> Path:
    path = folder / "trace.csv"
    path.touch()
    return path


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="cannot read .*nowhere.csv"):
        read_trace(tmp_path / "nowhere.csv", sparse=False)
    with pytest.raises(ToolError, match="cannot read"):
        read_trace(tmp_path, sparse=False)
    (tmp_path / "image.csv").write_bytes(b"\xff\xd8\xff\xe0" * 9)
    with pytest.raises(ToolError, match="is no CSV text"):
        read_trace(tmp_path / "image.csv", sparse=False)


def test_rows_minutes_apart_want_sparse(tmp_path: Path) -> None:
    path = _write(tmp_path, _HEADER, "0,1,2,3", "600,1,2,3", "1200,1,2,3")
    with pytest.raises(ToolError, match="600 s apart") as caught:
        read_trace(path, sparse=False)
    assert "--sparse" in caught.value.hint
    assert read_trace(path, sparse=True).duration_s == 1200


def test_a_clock_going_back_is_refused_in_sparse_too(tmp_path: Path) -> None:
    path = _write(tmp_path, _HEADER, "0,1,2,3", "600,1,2,3", "500,1,2,3")
    with pytest.raises(ToolError, match="line 4: the clock goes back by 100 s"):
        read_trace(path, sparse=True)


def test_optional_columns_are_kept_and_others_left_alone(tmp_path: Path) -> None:
    path = _write(
        tmp_path,
        "\ufeffgate10,note," + _HEADER + ",gate2,temp_c,vehicle",
        "7,,100.5,1,2,3,5,20.5,0",
        "8,x,101,1,2,3,6,21.5,1",
    )
    trace = read_trace(path, sparse=False)
    assert trace.start_s == 100.5
    assert trace.t_us == [0, 500_000]
    assert trace.gates == [(5.0, 7.0), (6.0, 8.0)]
    assert trace.vehicle == [False, True]
    assert trace.temperature_c == [20.5, 21.5]
    bare = read_trace(_write(tmp_path, _HEADER, "0,1,2,3"), sparse=False)
    assert (bare.gates, bare.vehicle, bare.temperature_c) == (None, None, None)


def test_dense_is_played_in_straight_lines(tmp_path: Path) -> None:
    path = _write(tmp_path, _HEADER + ",temp_c", "5,10,0,-4,20", "6,20,0,-8,22", "6,30,0,-8,22", "8,40,1,-8,22")
    env = TraceEnvironment(read_trace(path, sparse=False), sparse=False)
    assert env.duration_s == 3.0
    assert env.field_ut(0) == (10, 0, -4)
    assert env.field_ut(250_000) == (12.5, 0, -5)
    assert env.temperature_c(500_000) == 21
    assert env.field_ut(1_000_000) == (30, 0, -8)  # two rows at one time: a step
    assert env.field_ut(2_000_000) == (35, 0.5, -8)
    assert env.field_ut(3_000_000) == env.field_ut(99_000_000) == (40, 1, -8)
    assert env.field_ut(-1) == (10, 0, -4)
    assert env.quiet_until_us(1_500_000) == 1_500_000
    assert env.quiet_until_us(3_000_000) == FOREVER_US
    assert env.clearance_mm(0) is None


def test_sparse_is_played_in_steps(tmp_path: Path) -> None:
    path = _write(tmp_path, _HEADER, "0,10,0,0", "600,10.9,0,0", "1200,10.9,0,-9", "1800,10.9,0,-9")
    env = TraceEnvironment(read_trace(path, sparse=True), sparse=True)
    assert env.field_ut(599_999_999) == (10, 0, 0)
    assert env.field_ut(600_000_000) == (10.9, 0, 0)
    assert env.temperature_c(0) == 20.0
    # 0.9 µT is drift, 9 µT is a step that a sensor gets a second to notice
    assert env.quiet_until_us(0) == 1_200_000_000
    assert env.quiet_until_us(1_200_000_000) == 1_200_000_000
    assert env.quiet_until_us(1_200_999_999) == 1_200_999_999
    assert env.quiet_until_us(1_201_000_000) == FOREVER_US


@pytest.mark.skipif(not _FIELD_FILES, reason=f"left out: no field recordings in {_DATA} (set BAYSENSE_DATA)")
def test_every_field_recording_can_be_played() -> None:
    for path in _FIELD_FILES:
        sparse = path.parent.name == "bays"
        trace = read_trace(path, sparse)
        env = TraceEnvironment(trace, sparse)
        assert trace.duration_s > 5
        assert all(b >= a for a, b in pairwise(trace.t_us))
        assert (trace.temperature_c is not None, trace.gates is not None) == (sparse, sparse)
        assert (trace.vehicle is not None) == (not sparse)
        for i, t_us in enumerate(trace.t_us):
            assert env.field_ut(t_us) == trace.field_ut[i] or t_us == trace.t_us[i + 1]


@pytest.mark.skipif(not _FIELD_FILES, reason=f"left out: no field recordings in {_DATA} (set BAYSENSE_DATA)")
def test_sparse_field_recordings_are_not_taken_for_dense() -> None:
    for path in _FIELD_FILES:
        if path.parent.name == "bays":
            with pytest.raises(ToolError, match="s apart"):
                read_trace(path, sparse=False)
