"""The radar's classifier: how recordings are split, fitted to and judged, and the maker's own way with its radar."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from baysense.core import radar
from baysense.core.confirm import ABSENT, PRESENT, UNSURE
from baysense_host.bench.detection.data import recordings
from baysense_host.bench.detection.radar import blocks, judge
from baysense_host.bench.detection.radar.findings import sweep_findings
from baysense_host.bench.detection.radar.fit import Table, fit
from baysense_host.bench.detection.radar.maker import Recording, replays, vehicles
from baysense_host.bench.detection.radar.passages import copy_lag, passages
from baysense_host.bench.detection.radar.sweeps import (
    EMPTY,
    EMPTY_DISTURBED,
    LABELS,
    VEHICLE,
    VEHICLE_DISTURBED,
    Sweeps,
    all_sweeps,
    read_sweeps,
)
from baysense_host.errors import ToolError

_FLOOR = 40
_NOISE = 3
_HAS_SWEEPS = pytest.mark.skipif(not recordings("radar_sweeps*.csv"), reason="no recordings of radar sweeps at hand")


def _drawn(seed: int, spells: int = 60, weakest: int = 15) -> Sweeps:
    """Return empty spells and vehicles in turn, the later half of them under interference."""
    rng = np.random.default_rng(seed)
    gates, labels = [], []
    for number in range(spells):
        disturbed, occupied = number >= spells // 2, number % 2
        echo = np.full(radar.GATES, _FLOOR)
        echo[: radar.NEAR_GATES] += rng.integers(50, 90, radar.NEAR_GATES) if disturbed else [30, 5]
        if occupied:
            echo += rng.integers(weakest, 60, radar.GATES)
        count = int(rng.integers(8, 25))
        gates.append(echo + rng.normal(0, _NOISE, (count, radar.GATES)))
        labels += [(EMPTY, VEHICLE, EMPTY_DISTURBED, VEHICLE_DISTURBED)[2 * disturbed + occupied]] * count
    return Sweeps("drawn", np.rint(np.concatenate(gates)).astype(np.int32), np.array(labels, np.int8))


def _copied(sweeps: Sweeps, times: int) -> Sweeps:
    rng = np.random.default_rng(7)
    gates = [sweeps.gates + rng.integers(-2, 3, sweeps.gates.shape) for _ in range(times)]
    return Sweeps("copied", np.concatenate(gates).astype(np.int32), np.tile(sweeps.labels, times))


def test_copies_of_a_passage_are_found() -> None:
    once = _drawn(1)
    copied = _copied(once, 3)
    assert copy_lag(copied) == len(once.labels)
    first, second, third = passages(copied).reshape(3, -1)
    assert (first == second).all() and (first == third).all()
    assert len(np.unique(first)) == len(np.unique(once.runs))


def test_a_recording_without_copies_is_split_by_its_runs() -> None:
    once = _drawn(1)
    assert copy_lag(once) is None
    assert (passages(once) == once.runs).all()


def test_no_passage_both_tunes_and_judges() -> None:
    copied = _copied(_drawn(2), 3)
    tuning, passage = blocks.is_tuning(blocks.blocks(copied)), passages(copied)
    assert not np.intersect1d(passage[tuning], passage[~tuning]).size
    for label in LABELS:
        assert {True, False} == set(tuning[copied.labels == label]), label


def test_a_fit_tells_vehicles_in_another_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    _freeze(monkeypatch, fit(_drawn(3)))
    said = judge.judge(_drawn(4))
    disturbed = judge.pooled(said, judge.ONE, EMPTY_DISTURBED)
    assert (disturbed.share(PRESENT).value or 0) < 0.03
    assert (judge.pooled(said, judge.ONE, VEHICLE_DISTURBED).share(PRESENT).value or 0) > 0.97
    alone = judge.pooled(said, judge.STRONGEST_GATE, EMPTY_DISTURBED).share(PRESENT).value or 0
    assert alone > 0.5  # one threshold takes interference for a vehicle


def test_a_fit_does_not_look_at_the_judging_blocks() -> None:
    drawn = _drawn(5)
    judged = ~blocks.is_tuning(blocks.blocks(drawn))
    gates = np.where(judged[:, None], 200, drawn.gates).astype(np.int32)
    assert fit(Sweeps("changed", gates, drawn.labels)) == fit(drawn)
    assert fit(_drawn(6)) != fit(drawn)


def test_a_fit_needs_every_label() -> None:
    drawn = _drawn(3)
    clear = drawn.labels < EMPTY_DISTURBED
    with pytest.raises(ToolError, match="lacks one of the labels"):
        fit(Sweeps("clear", drawn.gates[clear], drawn.labels[clear]))


def test_unsure_is_neither_and_three_sweeps_outvote_one(monkeypatch: pytest.MonkeyPatch) -> None:
    say = {1: ABSENT, 2: PRESENT, 3: UNSURE}
    monkeypatch.setattr(judge, "vehicle", lambda gates: say[gates[0]])
    monkeypatch.setattr(judge, "burst", lambda sweeps: say[max(gates[0] for gates in sweeps)])
    first = np.array([2, 2, 1, 2, 3, 1, 1, 1], np.int32)  # three sweeps on end within one label: 4 and 0 times
    labels = np.array([VEHICLE] * 6 + [EMPTY] * 2, np.int8)
    said = judge.judge(Sweeps("by hand", np.repeat(first[:, None], radar.GATES, axis=1), labels))
    for way, counts in (
        (judge.ONE, [3, 2, 1]),
        (judge.TWO_OF_THREE, [2, 0, 2]),  # 221 212 | 123 231: no two agree
        (judge.TOGETHER, [2, 0, 2]),
    ):
        assert judge.pooled(said, way, VEHICLE).counts.tolist() == [counts], way
    assert judge.pooled(said, judge.ONE, EMPTY).share(PRESENT).ci95 == (0.0, 1.0)  # two sweeps of one passage
    assert judge.pooled(said, judge.ONE, EMPTY).counts.tolist() == [[0, 2, 0]]
    assert not judge.pooled(said, judge.TOGETHER, EMPTY).counts.size


@pytest.mark.parametrize(
    "text", ["", "gate0,label\n1,2\n", "\xff", ",".join(f"gate{n}" for n in range(10)) + ",label\n"]
)
def test_what_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "radar_sweeps.csv"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ToolError):
        read_sweeps(path)


def test_without_recordings_there_are_no_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAYSENSE_DATA", str(tmp_path))
    assert not sweep_findings().marks


@_HAS_SWEEPS
def test_the_frozen_table_is_what_the_fit_finds() -> None:
    tuned = [sweeps for sweeps in all_sweeps() if blocks.fingerprint(sweeps) == blocks.TUNED_ON]
    if not tuned:
        pytest.skip("the recording that the table was made of is not at hand")
    assert fit(tuned[0]) == _frozen()


@_HAS_SWEEPS
def test_recordings_are_judged_better_than_by_one_threshold() -> None:
    found = sweep_findings()
    assert [mark.id for mark in found.marks] == ["radar_false_3", "radar_recall_2", "radar_recall_4"]
    shares = {(row["way"], row["label"]): row["vehicle_percent"] for row in found.detail["said"]}
    disturbed = "empty, interference"
    assert shares[judge.ONE, disturbed] < shares[judge.STRONGEST_GATE, disturbed] / 4


def _place(distance_m: float | None, strength: float = 20.0) -> NDArray[np.complex128]:
    """Return one frame with an echo at a distance."""
    points_m = np.linspace(0.1, 0.4, 11)
    width_m = 0.02
    echo = 0 if distance_m is None else strength * np.exp(-(((points_m - distance_m) / width_m) ** 2))
    return (np.full(11, 0.5) + echo).astype(complex)


def _recording(distances_m: list[float | None]) -> Recording:
    frames = np.array([_place(distance_m) for distance_m in distances_m])
    return Recording(frames, np.linspace(0.1, 0.4, 11), 1.0, 3, 8.0, 0.1, 0.6)


def test_the_makers_way_wants_frames_that_agree() -> None:
    assert vehicles(_recording([0.25] * 4)).tolist() == [False, True, True, True]  # two of three
    assert not vehicles(_recording([0.1, 0.25, 0.4, 0.1, 0.25, 0.4])).any()  # somebody moves
    assert not vehicles(_recording([None] * 4)).any()
    assert vehicles(_recording([0.25, 0.25, None, None])).tolist() == [False, True, True, False]


def test_the_makers_recordings_give_the_makers_results() -> None:
    pytest.importorskip("h5py", reason="h5py is not installed")
    if not recordings("radar_a121/parking_*.h5"):
        pytest.skip("no recordings of the 60 GHz radar at hand")
    for replay in replays():
        assert replay["as_the_maker"] == replay["frames"], replay


def _frozen() -> Table:
    return Table(
        radar.LOWEST,
        radar.HIGHEST,
        radar.WEIGHTS,
        radar.STRONGEST,
        radar.SECOND,
        radar.WEAKEST,
        radar.BIAS,
        radar.VEHICLE_FROM,
        radar.EMPTY_BELOW,
    )


def _freeze(monkeypatch: pytest.MonkeyPatch, table: Table) -> None:
    for name, value in vars(table).items():
        monkeypatch.setattr(radar, name.upper(), value)
