"""The bench's stand-in for the node against the node itself: the same recording to both, the same decisions."""

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from baysense_host.bench.detection import seeds
from baysense_host.bench.detection.field import transients
from baysense_host.bench.detection.field.bays import read_bay
from baysense_host.bench.detection.field.radar_rule import GateRanger, words
from baysense_host.bench.detection.node import watch
from baysense_host.bench.detection.simulate import normal
from baysense_host.bench.detection.site import Site, Stretch
from baysense_host.bench.detection.watch import Decision
from baysense_host.virtual import replay as replay_module
from baysense_host.virtual.options import DEFAULT_BOARD

_DATA = Path(os.environ.get("BAYSENSE_DATA", Path(__file__).parents[3] / "shared" / "data"))
_PARKING = sorted(_DATA.glob("transients_parking/*.csv"))
_BAYS = sorted(_DATA.glob("bays/*.csv"))
_EVENT_S, _TOLD_S = 1.5, 3.0  # so far apart the two may be
_PAUSE_S = 25.0  # what is left of the hours between two movements
_ROWS = 200  # of a recorded bay: some days
_START = ("power", "calibrated")  # causes of what was told before anything happened


class Told(NamedTuple):
    """One decision of either: state, since when, known when [s of the recording]."""

    state: str
    event_s: float
    told_s: float


@pytest.fixture
def on_board(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that plays a recording to the whole node on the virtual board."""
    told_s: list[float] = []
    take = replay_module._Player._take

    def noting(player: Any, method: str, params: dict[str, Any]) -> None:
        waiting = len(player._fresh)
        take(player, method, params)
        if len(player._fresh) > waiting:
            told_s.append(player._t_s())

    monkeypatch.setattr(replay_module._Player, "_take", noting)

    def play(path: Path, *, sparse: bool, confirm: bool = False) -> list[Told]:
        *decisions, _ = replay_module.replay(path, sparse=sparse, board=DEFAULT_BOARD, confirm=confirm)
        changes = decisions[1:]
        times_s = told_s[-len(changes) :] if changes else []
        return [Told(one["state"], one["t_s"], at_s) for one, at_s in zip(changes, times_s, strict=True)]

    return play


def _stand_in(site: Site, *, use_range: bool = False, start_s: float = 0.0) -> list[Told]:
    decisions: list[Decision] = watch(site, use_range).decisions
    return [
        Told(one.state, one.event_s - start_s, one.told_s - start_s) for one in decisions if one.cause not in _START
    ]


def _agree(ours: list[Told], whole: list[Told]) -> None:
    assert [one.state for one in ours] == [one.state for one in whole], (ours, whole)
    assert [one.event_s for one in ours] == pytest.approx([one.event_s for one in whole], abs=_EVENT_S)
    assert [one.told_s for one in ours] == pytest.approx([one.told_s for one in whole], abs=_TOLD_S)


def _lapsed(site: Site) -> Stretch:
    """Return the movements of a site with nothing but a pause of quiet field between them."""
    rng = np.random.default_rng(1)
    fields, temps = [], []
    for stretch in site.stretches():
        if stretch.dense:
            fields.append(stretch.field_nt)
            temps.append(stretch.temp_cdeg)
        else:
            count = round(_PAUSE_S * 10)
            noisy = stretch.field_nt[-1] + rng.normal(0.0, site.noise_nt, (count, 3))
            fields.append(noisy.round().astype(np.int32))
            temps.append(np.full(count, stretch.temp_cdeg[-1]))
    field_nt = np.concatenate(fields)
    return Stretch(np.arange(len(field_nt)) / 10, field_nt, np.concatenate(temps).astype(np.int32), dense=True)


def _write(path: Path, stretch: Stretch) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("t_s", "x_ut", "y_ut", "z_ut", "temp_c"))
        for t_s, field_nt, cdeg in zip(stretch.t_s, stretch.field_nt, stretch.temp_cdeg, strict=True):
            writer.writerow((f"{t_s:.1f}", *(value / 1000 for value in field_nt.tolist()), cdeg / 100))
    return path


def _site(name: str, stretch: Stretch) -> Site:
    def stretches() -> Iterator[Stretch]:
        yield stretch

    return Site(name, "test", stretches, changes=(), days=float(stretch.t_s[-1]) / 86_400)


@pytest.mark.parametrize("number", [0, 1])
def test_cars_of_the_street_are_told_alike(number: int, tmp_path: Path, on_board: Any) -> None:
    site = normal.sites(seeds.TUNING, 1.0, quick=True)[number]
    stretch = _lapsed(site)
    whole = on_board(_write(tmp_path / "street.csv", stretch), sparse=False)
    ours = _stand_in(_site(site.name, stretch))
    assert len(whole) >= len(site.changes) // 2
    _agree(ours, whole)


def _strength_nt(path: Path) -> float:
    """Return how far the vehicle of a recorded window lifts the field from where it was before."""
    (stretch,) = transients.read_window(path, transients.PARKING).stretches()
    away = np.abs(stretch.field_nt - np.median(stretch.field_nt[:1000], axis=0)).max(1)
    return float(np.quantile(away, 0.95))


@pytest.mark.skipif(not _PARKING, reason=f"no recordings under {_DATA}; set BAYSENSE_DATA")
def test_recorded_cars_are_told_alike(on_board: Any) -> None:
    for path in sorted(_PARKING, key=_strength_nt)[-3:]:
        site = transients.read_window(path, transients.PARKING)
        whole = on_board(path, sparse=False)
        assert len(whole) >= 2, path
        _agree(_stand_in(site, start_s=transients.BEFORE_S), whole)


def _days(path: Path) -> Site:
    """Write days of rows ten minutes apart: strong vehicles, a weak one, a neighbour, warm afternoons."""
    t_s = np.arange(0.0, 1.5 * 86_400, 600.0)
    temp_c = 12.0 + 6.0 * np.sin(2 * np.pi * (t_s / 86_400 - 0.4))
    field_ut = np.array((20.0, -5.0, 45.0)) + np.outer(temp_c, (0.06, -0.04, 0.1))
    present = np.zeros(len(t_s), bool)
    for first, last, vector in (
        (30, 60, (-20.0, 6.0, 25.0)),
        (90, 110, (-5.5, 1.5, 7.5)),
        (150, 190, (14.0, 9.0, -8.0)),
    ):
        field_ut[first:last] += vector
        present[first:last] = True
    field_ut[70:80] += (1.0, -1.2, 0.5)
    gates = np.where(present, 40, 6)
    field_nt = (1000 * field_ut).round().astype(np.int32)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("t_s", "x_ut", "y_ut", "z_ut", "temp_c", "gate0"))
        writer.writerows(zip(t_s, *(field_nt.T / 1000), temp_c.round(2), gates, strict=True))

    stretch = Stretch(t_s, field_nt, (100 * temp_c).round().astype(np.int32), dense=False)
    ranger = GateRanger(t_s, words(gates[:, np.newaxis].astype(float)))
    return replace(_site("days", stretch), ranger=ranger)


@pytest.mark.parametrize("confirm", [False, True])
def test_days_of_a_bay_are_told_alike(confirm: bool, tmp_path: Path, on_board: Any) -> None:
    path = tmp_path / "days.csv"
    site = _days(path)
    whole = on_board(path, sparse=True, confirm=confirm)
    assert len(whole) >= 4
    _agree(_stand_in(site, use_range=confirm), whole)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not _BAYS, reason=f"no recordings under {_DATA}; set BAYSENSE_DATA")
def test_recorded_days_are_told_alike(tmp_path: Path, on_board: Any, request: pytest.FixtureRequest) -> None:
    """What wakes it hangs on noise here: the states agree for most of the time, not each decision."""
    if "slow" not in request.config.getoption("-m"):
        pytest.skip("takes a minute: pytest -m slow")
    for source in _BAYS:
        path = tmp_path / source.name
        with source.open(encoding="utf-8") as file:
            path.write_text("".join(islice(file, 1 + _ROWS)), encoding="utf-8")
        site = read_bay(path).site
        for confirm in (False, True):
            whole = on_board(path, sparse=True, confirm=confirm)
            ours = _stand_in(site, use_range=confirm)
            (stretch,) = site.stretches()
            assert _shared(ours, whole, stretch.t_s) > 0.95, (source, confirm)


def _shared(ours: list[Told], whole: list[Told], times_s: Any) -> float:
    """Return the share of times at which both tell the same."""

    def states(told: list[Told]) -> Any:
        names = np.array(["free", *(one.state for one in told)])
        return names[np.searchsorted([one.told_s for one in told], times_s, side="right")]

    return float((states(ours) == states(whole)).mean())
