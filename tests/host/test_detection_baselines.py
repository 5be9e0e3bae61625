"""The two baselines do what is written of them, and nothing better."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from baysense_host.bench.detection.baselines import Atda, Fixed
from baysense_host.bench.detection.site import Site, Stretch
from baysense_host.bench.detection.watch import Watch

_EARTH_NT = (20_000, -5_000, 45_000)
_END_S = 7200.0


@dataclass(frozen=True)
class _Field:
    """What stands on the empty bay's x axis from when on [s, nT]; read densely between two times."""

    steps: Sequence[tuple[float, float]]
    dense_s: tuple[float, float]
    drift_nt_s: float = 0.0

    def site(self) -> Site:
        return Site("bay", "S1", self._stretches, (), _END_S / 86_400)

    def _stretches(self) -> Iterator[Stretch]:
        begin_s, end_s = self.dense_s
        yield self._read(np.arange(0.0, begin_s, 600.0), dense=False)
        if end_s > begin_s:
            yield self._read(np.arange(begin_s, end_s, 0.1), dense=True)
        yield self._read(np.arange(end_s, _END_S, 600.0), dense=False)

    def _read(self, t_s: np.ndarray, *, dense: bool) -> Stretch:
        field_nt = np.tile(np.array(_EARTH_NT, float), (len(t_s), 1))
        field_nt[:, 0] += self.drift_nt_s * t_s
        for since_s, nt in self.steps:
            field_nt[t_s >= since_s - 1e-6, 0] = _EARTH_NT[0] + nt + self.drift_nt_s * t_s[t_s >= since_s - 1e-6]
        return Stretch(t_s, field_nt.round().astype(np.int32), np.full(len(t_s), 2000, np.int32), dense)


def _told(watch: Watch) -> list[tuple[str, float]]:
    return [(decision.state, round(decision.told_s, 1)) for decision in watch.decisions]


_VISIT = _Field([(1000.0, 20_000.0), (1500.0, 0.0)], (900.0, 1600.0))


def test_a_fixed_threshold_tells_after_its_seconds() -> None:
    watch = Fixed()(_VISIT.site(), False)
    assert _told(watch) == [("free", 0.0), ("occupied", 1003.0), ("free", 1503.0)]
    assert watch.messages == 2


def test_atda_counts_on_for_3_s_and_off_for_5_s() -> None:
    # Its average over 1 s stays above the threshold for one sample more.
    assert _told(Atda()(_VISIT.site(), False)) == [("free", 0.0), ("occupied", 1003.0), ("free", 1505.5)]


@pytest.mark.parametrize("contender", [Fixed(), Atda()])
@pytest.mark.parametrize(("lasts_s", "told"), [(2.0, 0), (4.0, 1)])
def test_what_lasts_less_than_3_s_is_not_told(contender: Fixed | Atda, lasts_s: float, told: int) -> None:
    passing = _Field([(1000.0, 20_000.0), (1000.0 + lasts_s, 0.0)], (900.0, 1600.0))
    states = [state for state, _ in _told(contender(passing.site(), False))]
    assert states.count("occupied") == told


@pytest.mark.parametrize(("contender", "nt"), [(Fixed(), 6000.0), (Atda(), 5000.0)])
def test_the_threshold_lies_where_it_is_written(contender: Fixed | Atda, nt: float) -> None:
    for over_nt, told in ((-100.0, 0), (100.0, 1)):
        step = _Field([(1000.0, nt + over_nt)], (900.0, 1600.0))
        assert contender(step.site(), False).messages == told


def test_heat_makes_the_fixed_threshold_wrong_and_atda_follows_it() -> None:
    heat = _Field([], (1000.0, 1000.0), drift_nt_s=2.0)  # 14 µT in 2 h
    assert Fixed()(heat.site(), False).messages == 1
    assert Atda()(heat.site(), False).messages == 0


@pytest.mark.parametrize(("step_nt", "told"), [(6300.0, 0), (6700.0, 1)])
def test_atda_follows_again_60_s_after_a_vehicle(step_nt: float, told: int) -> None:
    # Free at 1,505.5 s with 4 µT left over: at 1,700 s the baseline has followed it for 134.5 s, to 1.45 µT.
    left = _Field([(1000.0, 20_000.0), (1500.0, 4000.0), (1700.0, step_nt)], (900.0, 1800.0))
    assert Atda()(left.site(), False).messages == 2 + told


def test_atda_cannot_find_back_when_the_field_drifts_under_a_vehicle() -> None:
    heat = _Field([(1000.0, 20_000.0), (6500.0, 0.0)], (6400.0, 6600.0), drift_nt_s=2.0)
    assert _told(Atda()(heat.site(), False))[-1][0] == "occupied"


def test_rows_minutes_apart_hold_until_the_next() -> None:
    sparse = _Field([(1200.0, 20_000.0), (3000.0, 0.0)], (1000.0, 1000.0))
    for contender, off_s in ((Fixed(), 3.0), (Atda(), 5.0)):
        told = _told(contender(sparse.site(), False))
        rows_s = [t_s for t_s in (*np.arange(0.0, 1000.0, 600.0), *np.arange(1000.0, _END_S, 600.0))]
        on_s, free_s = (min(row for row in rows_s if row >= since) for since in (1200.0, 3000.0))
        assert told == [("free", 0.0), ("occupied", on_s + 3.0), ("free", free_s + off_s)]


def test_atda_by_rows_is_atda_by_samples() -> None:
    """A row that holds for minutes is worth as much as all samples of that time."""
    rng = np.random.default_rng(1)
    rows_s = np.arange(0.0, _END_S, 30.0)
    field_nt = (np.array(_EARTH_NT) + rng.normal(0, 3500, (len(rows_s), 3))).round().astype(np.int32)
    cdeg = np.full(len(rows_s), 2000, np.int32)
    sparse = Site("bay", "S1", lambda: iter([Stretch(rows_s, field_nt, cdeg, dense=False)]), (), _END_S / 86_400)
    rows = np.repeat(np.arange(len(rows_s)), 60)
    t_s = np.arange(len(rows)) * 0.5
    sampled = Stretch(t_s, field_nt[rows], cdeg[rows], dense=False)  # 2 Hz already, and not averaged
    dense = Site("bay", "S1", lambda: iter([sampled]), (), _END_S / 86_400)
    contender = Atda(empty_nt=np.array(_EARTH_NT, float))
    told = _told(contender(sparse, False))
    assert len(told) > 20
    assert told == _told(contender(dense, False))


def test_given_the_empty_bay_they_do_not_begin_with_what_they_read() -> None:
    parked = _Field([(0.0, 20_000.0), (1500.0, 0.0)], (900.0, 1600.0))
    empty_nt = np.array(_EARTH_NT, float)
    for contender in (Fixed(empty_nt=empty_nt), Atda(empty_nt=empty_nt)):
        assert [state for state, _ in _told(contender(parked.site(), False))] == ["free", "occupied", "free"]
