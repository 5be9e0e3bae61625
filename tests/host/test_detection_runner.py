"""Every contender watches every site once, the same sites whoever draws them."""

import numpy as np
import pytest

from baysense_host.bench.detection import runner
from baysense_host.bench.detection.baselines import Fixed
from baysense_host.bench.detection.contenders import CONTENDERS
from baysense_host.bench.detection.metrics import ATDA, FIXED
from baysense_host.bench.detection.seeds import TUNING
from baysense_host.bench.detection.site import Site, Stretch
from baysense_host.bench.detection.watch import Watch

_ROW = Stretch(np.zeros(1), np.zeros((1, 3), np.int32), np.zeros(1, np.int32), dense=False)


def _bays(seed: int, scale: float, quick: bool) -> list[Site]:
    return [Site(f"{seed} {number}", "S1", lambda: iter([_ROW]), (), 1.0, scale) for number in range(7)]


def test_the_parts_of_a_scenario_are_all_of_its_sites_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "SCENARIOS", {"S1": _bays})
    monkeypatch.setattr(runner, "CONTENDERS", {FIXED: (Fixed(), False)})
    tasks = [runner._Task("S1", 1.5, 42, False, part, 3) for part in range(3)]
    names = [score.site for task in tasks for score in runner._scores(task)]
    assert sorted(names) == [f"42 {number}" for number in range(7)]


def test_a_site_is_drawn_once_for_all_and_only_ours_may_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, asked = [], []

    def stretches() -> "object":
        drawn.append(True)
        return iter([_ROW])

    def contender(site: Site, use_range: bool) -> Watch:
        asked.append(use_range)
        assert [stretch is _ROW for stretch in site.stretches()] == [True]
        return Watch()

    monkeypatch.setattr(runner, "CONTENDERS", {name: (contender, use) for name, (_, use) in CONTENDERS.items()})
    scores = runner.site_scores(Site("bay", "S1", stretches, (), 1.0))  # type: ignore[arg-type]
    assert [score.contender for score in scores] == list(CONTENDERS)
    assert drawn == [True]
    assert asked == [True, False, False, False]


def test_only_who_has_a_range_sensor_is_asked_whether_it_is_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = {name: (lambda site, use_range: Watch(), use) for name, (_, use) in CONTENDERS.items()}
    monkeypatch.setattr(runner, "CONTENDERS", silent)
    faults = ("range_blocked", "magnet")
    first, *others = runner.site_scores(Site("bay", "S9", lambda: iter([_ROW]), (), 1.0, expected_faults=faults))
    assert first.faults_missing == ["range_blocked", "magnet"]
    assert all(score.faults_missing == ["magnet"] for score in others)


def test_a_run_is_the_same_again() -> None:
    said: list[str] = []
    first, again = (runner.run(TUNING, said.append, quick=True, scenarios=("S11",), scales=(2.0,)) for _ in range(2))
    assert said[0] == said[1] == f"S11, moments x 2: {len(first)} scores so far"
    assert {score.contender for score in first} == set(CONTENDERS)
    for one, other in zip(first, again, strict=True):
        assert one.confusion_s.tolist() == other.confusion_s.tolist()
        assert (one.site, one.contender, one.latencies_s, one.wakes) == (
            other.site,
            other.contender,
            other.latencies_s,
            other.wakes,
        )
    baselines = [score for score in first if score.contender in (FIXED, ATDA)]
    assert all(score.matched_true for score in baselines)
