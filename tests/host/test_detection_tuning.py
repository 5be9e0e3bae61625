"""Tables come out of movements of known outcome, and nothing that is judged later is ever looked at."""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from baysense.core import odds, odds_table, tuning
from baysense.core.odds import BINS, SEEN_ONLY
from baysense_host.bench.detection import seeds
from baysense_host.bench.detection.field.bays import Bay
from baysense_host.bench.detection.field.radar_rule import EMPTY, UNSURE, VEHICLE
from baysense_host.bench.detection.node import watch
from baysense_host.bench.detection.simulate import SCENARIOS
from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE, Change, Site, Stretch
from baysense_host.bench.detection.tuning import collect, learn, record, sites, sweep, table
from baysense_host.bench.detection.tuning.collect import Found
from baysense_host.bench.detection.tuning.fit import _SIGNS, WIDTH, fit, log_loss
from baysense_host.bench.detection.tuning.record import Meeting
from baysense_host.errors import ToolError

_FEATURES = len(_SIGNS[False])
_DAY_S = 86_400.0
_NEVER = {name: [[-80] * WIDTH] for name in table.KINDS}  # every movement leaves the bay empty


def _known() -> np.ndarray:
    """Return a smooth table [1/16 nat], a row a feature, each with mean 0 over the bins that are met."""
    place = np.linspace(-1, 1, WIDTH)
    shapes = {1: 16 * place, -1: -12 * place, 0: 16 * place**2}  # each rises or falls as a fit may
    rows = np.array([shapes[sign] for sign in _SIGNS[False]])
    for feature, row in enumerate(rows):
        row -= row[_span(feature)].mean()
    return rows


def _span(feature: int) -> slice:
    """Return the columns that a seen movement can fall into."""
    return slice(1, WIDTH) if feature in SEEN_ONLY else slice(0, BINS)


def _drawn(count: int, without: range = range(0)) -> Counter[Meeting]:
    """Draw movements seen from a free bay, with outcomes by the known table."""
    rng, known = np.random.default_rng(3), _known()
    met: Counter[Meeting] = Counter()
    kept = [number for number in range(BINS) if number not in without]
    bins = rng.choice(kept, (count, _FEATURES)) + [_span(feature).start for feature in range(_FEATURES)]
    log_odds = sum(known[feature][bins[:, feature]] for feature in range(_FEATURES))
    true = rng.random(count) < 1 / (1 + np.exp(-log_odds / 16))
    for row, outcome in zip(bins.tolist(), true.tolist(), strict=True):
        met[Meeting(False, tuple(row), outcome)] += 1
    return met


def test_a_fit_recovers_a_known_table_from_drawn_outcomes() -> None:
    found, known = np.array(fit(_drawn(10_000), False, True), float), _known()
    assert found.shape == (_FEATURES, WIDTH)
    for feature in range(_FEATURES):
        row = found[feature][_span(feature)]
        assert np.abs(row - row.mean() - known[feature][_span(feature)]).max() < 6, feature


def test_bins_nothing_fell_into_lie_between_their_neighbours() -> None:
    found = fit(_drawn(10_000, without=range(5, 8)), False, True)
    below, *empty, above = found[0][4:9]
    assert below < empty[0] < empty[1] < empty[2] < above
    ends = fit(_drawn(10_000, without=range(9, 12)), False, True)[0]
    assert all(abs(ends[number] - ends[8]) < 8 for number in range(9, 12))


def test_a_kind_of_movement_that_was_never_met_says_nothing() -> None:
    assert fit(_drawn(50), True, False) == [[0] * WIDTH] * _FEATURES
    with pytest.raises(ToolError, match="No movement"):
        fit(Counter(), True, False)


def test_the_loss_is_that_of_the_firmwares_own_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    met, rows = _drawn(300), fit(_drawn(300), False, True)
    monkeypatch.setattr(odds_table, "FREE", rows)
    q4 = {one: odds.log_odds(False, one.bins) * (1 if one.true else -1) for one in met}
    expected = sum(n * np.log1p(np.exp(-q4[one] / 16)) for one, n in met.items()) / 300
    assert log_loss(met, rows) == pytest.approx(expected)
    assert log_loss(Counter(), rows) is None


def test_the_text_is_a_module_with_the_same_tables() -> None:
    tables = {name: [[number, -number] for number in range(size)] for size, name in enumerate(table.KINDS, 2)}
    text = table.text(7, 80_000, 1234, tables)
    module: dict[str, object] = {}
    exec(text, module)
    assert {name: [list(row) for row in module[name]] for name in table.KINDS} == tables  # type: ignore[attr-defined]
    assert (module["VERSION"], module["__doc__"]) == (7, odds_table.__doc__)
    assert "80,000 movements simulated with seed 1000, and 1,234 recorded" in text
    assert table.path().read_text(encoding="utf-8").startswith('"""' + str(odds_table.__doc__))


def test_tables_and_numbers_on_trial_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before, sure = table.frozen(), tuning.SURE_Q4
    with pytest.raises(ZeroDivisionError), table.using(_NEVER), sweep.using({"SURE_Q4": sure + 1}):
        assert (table.frozen(), tuning.SURE_Q4) == (_NEVER, sure + 1)
        raise ZeroDivisionError
    assert (table.frozen(), tuning.SURE_Q4) == (before, sure)


def _step_site() -> Site:
    """Return half an hour with a car of 30 µT that stands from 200.4 s to 1000 s and takes 2 s to come and go."""
    t_s = np.arange(0.0, 1800.0, 0.1).round(1)
    there = np.interp(t_s, [198.4, 200.4, 998.0, 1000.0], [0.0, 1.0, 1.0, 0.0])
    noise = np.random.default_rng(2).normal(0, 150, (len(t_s), 3))
    field_nt = np.array([18_000, 0, 45_000]) + there[:, None] * [20_000, -5_000, -22_000] + noise
    stretch = Stretch(t_s, field_nt.astype(np.int32), np.full(len(t_s), 2000, np.int32), dense=True)
    changes = (Change(200.4, ARRIVAL), Change(1000.0, DEPARTURE))
    return Site("step", "S1", lambda: iter([stretch]), changes, 1800 / _DAY_S)


def test_movements_are_met_when_they_are_judged_and_true_is_what_they_led_to() -> None:
    site = _step_site()
    with record._listening() as met:
        told = watch(site, False)
    judged_s = [t_s for t_s, _, _ in met]
    for decision in told.decisions[-2:]:
        assert any(decision.told_s - 1 <= t_s <= decision.told_s for t_s in judged_s), decision
    assert {(one.believed, one.true, one.seen) for one in record.from_site(site)} == {
        (False, True, True),
        (True, False, True),
    }


def test_a_movement_just_before_a_change_is_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    bins = (0,) * _FEATURES
    times_s = (195.0, 196.0, 200.3, 200.4, 500.0, 996.0, 1000.1)
    monkeypatch.setattr(record, "_met", lambda site, use_range: [(t_s, False, bins) for t_s in times_s])
    found = record.from_site(_step_site())
    assert found == {Meeting(False, bins, False): 2 * 2, Meeting(False, bins, True): 2 * 2}


class _Clueless:
    """A range sensor that never knows."""

    def vehicle_above(self, t_s: float, rng: np.random.Generator) -> tuple[bool | None, bool]:
        return None, False


def test_a_movement_asked_about_several_times_is_one() -> None:
    site = replace(sites.simulated("S8", 1.0, True)[0], ranger=_Clueless())
    counts = []
    for most in (1, 3):
        with sweep.using({"MOST_ASKS": most}), record._listening() as met:
            counts.append((watch(site, True).asked, len(met)))
    (once, movements), (often, again) = counts
    assert 0 < once < often
    assert movements == again


def _bay(seed: int) -> Bay:
    """Return eight days with a car of 30 µT by day, its radar unsure in every tenth row, then twelve of chance."""
    t_s = np.arange(0.0, 20 * _DAY_S, 600.0)
    here = (t_s % _DAY_S // 3600 >= 8) & (t_s % _DAY_S // 3600 < 16)
    field_nt = np.array([18_000, 0, 45_000]) + here[:, None] * [20_000, -5_000, -22_000]
    radar = np.where(np.arange(len(t_s)) % 10 == 9, UNSURE, np.where(here, VEHICLE, EMPTY)).astype(np.int8)
    later, rng = t_s >= 0.4 * t_s[-1], np.random.default_rng(seed)
    field_nt[later] = rng.integers(-50_000, 50_000, (int(later.sum()), 3))
    radar[later] = rng.integers(0, 3, int(later.sum()))
    return Bay("bay", t_s, field_nt.astype(np.int32), np.full(len(t_s), 2000, np.int32), radar)


def test_rows_after_the_first_weeks_never_enter() -> None:
    bay = _bay(1)
    site = sites.first_weeks(bay)
    assert max(stretch.t_s.max() for stretch in site.stretches()) < bay.judged_from_s == site.days * _DAY_S
    found = record.from_bay(bay)
    assert found and found == record.from_bay(_bay(2))
    assert {(one.believed, one.true) for one in found} == {(False, True), (True, False)}


def test_only_seeds_of_tuning_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not seeds.is_judging(seeds.TUNING)
    drawn: list[int] = []

    def bays(seed: int, scale: float, quick: bool) -> list[Site]:
        drawn.append(seed)
        return [_step_site()]

    monkeypatch.setattr(sites, "SCENARIOS", dict.fromkeys(SCENARIOS, bays))
    monkeypatch.setattr(collect, "recorded_bays", list)
    for task in (
        *collect._tasks(table.frozen(), quick=True),
        *sweep._simulated_tasks([sweep.Effect({})], quick=True),
    ):
        task()  # type: ignore[operator]
    assert set(drawn) == {seeds.TUNING}
    other = SCENARIOS["S1"](seeds.JUDGING, 2.0, True)[0]
    assert SCENARIOS["S1"](seeds.TUNING, 2.0, True)[0].changes != other.changes


def test_what_has_no_plain_truth_is_left_out() -> None:
    names = [site.name for site in sites.simulated("S4", 2.0, True) if sites.is_fit(site)]
    assert names and not any("over the sensor" in name for name in names)
    restarted = [site for site in sites.simulated("S12", 2.0, True) if site.restarts_s]
    assert restarted and not any(map(sites.is_fit, restarted))
    assert set(sites.LEARNED) < set(SCENARIOS)


def test_workers_judge_by_the_tables_of_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "recorded_bays", list)
    monkeypatch.setattr(collect, "LEARNED", ("S8",))
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        frozen, never = (collect.total(collect.collect(pool, tables, True)) for tables in (table.frozen(), _NEVER))
    assert any(one.believed for one in frozen)
    assert sum(one.believed for one in never) < sum(one.believed for one in frozen)


def test_recorded_movements_weigh_more_in_a_fit_and_count_once_elsewhere() -> None:
    meeting = Meeting(True, (1,) * _FEATURES, True)
    found = [Found("a", False, Counter({meeting: 3})), Found("b", True, Counter({meeting: 2}))]
    assert collect.total(found) == {meeting: 5}
    assert collect.total(found, weighted=True)[meeting] > 5


def test_the_loss_on_sites_held_out_is_of_a_fit_that_did_not_see_them() -> None:
    met = _drawn(2000)
    lying = Counter({Meeting(one.believed, one.bins, not one.true): n for one, n in met.items()})
    out = next(one for one in (Found(f"site {n}", False, lying) for n in range(100)) if one.held_out)
    kept = next(one for one in (Found(f"site {n}", False, met) for n in range(100)) if not one.held_out)
    quality = learn.qualities([kept, out])["FREE"]
    assert (quality.movements, quality.held_out) == (4000, 2000)
    assert quality.loss_nat is not None and quality.held_out_loss_nat is not None
    assert quality.loss_nat < 0.6 < quality.held_out_loss_nat
    assert quality == learn.qualities([kept, out])["FREE"]


def test_values_to_try_are_asked_for_with_both_ends() -> None:
    assert sweep.asked("SURE_Q4=40:60:10") == [{"SURE_Q4": 40}, {"SURE_Q4": 50}, {"SURE_Q4": 60}]
    with pytest.raises(ToolError, match="no number SURE_Q") as wrong:
        sweep.asked("SURE_Q=1:2:1")
    assert "SURE_Q4" in wrong.value.hint


def test_a_sweep_looks_at_the_first_weeks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "read_bay", lambda path: _bay(int(path.name)))
    first, second = (sweep._Recorded(Path(seed), [{}, {"TELL_Q4": 90}])() for seed in ("1", "2"))
    assert first == second
    (_, now), (_, never) = first
    assert never["bay"] < 0.5 < now["bay"]
