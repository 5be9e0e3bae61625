"""`baysense tune` and `baysense tune sweep`: what they print, what they write and what they refuse."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from baysense.core import odds_table, tuning
from baysense_host.bench.detection.metrics import CONFIRMED, OURS
from baysense_host.bench.detection.radar.sweeps import LABELS
from baysense_host.bench.detection.tuning import learn, sweep, table
from baysense_host.bench.detection.tuning.fit import WIDTH
from baysense_host.cli import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), prog_name="baysense")


@pytest.fixture
def no_recordings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in a folder without recordings."""
    monkeypatch.setenv("BAYSENSE_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_tune_quick_takes_seconds_and_says_what_it_did_without(no_recordings: Path) -> None:
    began_s = time.monotonic()
    done = run("tune", "--quick", "--json")
    assert done.exit_code == 0, done.stderr
    assert time.monotonic() - began_s < 30
    assert "none: simulated sites only" in " ".join(done.stderr.split())
    told = json.loads(done.stdout)
    assert told == json.loads((no_recordings / "build/tune/tables.json").read_text(encoding="utf-8"))
    assert (told["quick"], told["recorded"], told["recorded_bays"]) == (True, 0, [])
    assert told["movements"] == sum(told["places"].values()) == sum(q["movements"] for q in told["quality"].values())
    assert {len(row) for rows in told["tables"].values() for row in rows} == {WIDTH}
    assert told["quality"]["FREE"]["loss_nat"] < 0.69  # better than a guess


def _learned() -> learn.Learned:
    tables = {name: [[number] * WIDTH] for number, name in enumerate(table.KINDS)}
    quality = {name: learn.Quality(150, 50, 0.25, 30, None) for name in tables}
    return learn.Learned(tables, quality, 600, 100, {"a": 500, "b": 100}, 1)


def test_write_freezes_the_next_version(no_recordings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learned = _learned()
    monkeypatch.setattr(learn, "learn", lambda tell, quick: learned)
    monkeypatch.setattr(table, "path", lambda: no_recordings / "odds_table.py")
    assert run("tune").exit_code == 0
    assert not (no_recordings / "odds_table.py").exists()
    done = run("tune", "--write")
    assert done.exit_code == 0
    assert "OCCUPIED_UNSEEN" in done.stdout and "600 movements, 100 of them recorded" in done.stdout
    module: dict[str, object] = {}
    exec((no_recordings / "odds_table.py").read_text(encoding="utf-8"), module)
    assert module["VERSION"] == odds_table.VERSION + 1
    assert [list(row) for row in module["FREE"]] == learned.tables["FREE"]  # type: ignore[attr-defined]


def test_radar_prints_a_table_to_freeze(no_recordings: Path) -> None:
    done = run("tune", "--radar")
    assert done.exit_code == 1
    assert "no recordings of radar sweeps" in done.stderr
    rng, lines = np.random.default_rng(1), [",".join([*(f"gate{gate}" for gate in range(10)), "label"])]
    for number in range(480):
        label = LABELS[number // 4 % 4]
        echo = 40 + 40 * (label in (2, 4)) + rng.integers(0, 9, 10)
        lines.append(",".join(map(str, [*echo, label])))
    (no_recordings / "data").mkdir()
    (no_recordings / "data/radar_sweeps.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run("tune", "--radar")
    assert done.exit_code == 0, done.stderr
    module: dict[str, object] = {}
    exec(done.stdout, module)
    assert len(module["WEIGHTS"]) == 10  # type: ignore[arg-type]
    assert json.loads(run("tune", "--radar", "--json").stdout)["recording"] == "radar_sweeps.csv"


def test_a_sweep_shows_what_a_number_does(no_recordings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_SCENARIOS", ("S1",))
    done = run("tune", "sweep", "--quick", f"TELL_Q4={tuning.TELL_Q4}:90:{90 - tuning.TELL_Q4}")
    assert done.exit_code == 0, done.stderr
    assert "none: simulated sites only" in " ".join(done.stderr.split())
    told = json.loads((no_recordings / "build/tune/sweep.json").read_text(encoding="utf-8"))
    now, same, never = (trial["simulated"] for trial in told["trials"])
    assert now == same  # the number that stands there already
    assert never[OURS]["S1 recall"] < now[OURS]["S1 recall"] > 50
    assert never[OURS]["unknown"] > now[OURS]["unknown"]
    assert now[CONFIRMED]["asked"] > 0 and now[CONFIRMED]["S2 cross-talk"] is None
    lines = [line.split() for line in done.stdout.splitlines()]
    assert any(line[:3] == ["as", "it", "is"] for line in lines)
    assert any(line[:3] == ["TELL_Q4", "=", "90"] for line in lines)
