"""Charge, current and battery life, each as a range of the boards' currents."""

import json
from typing import Any

from baysense_host.bench.measure.changes import change_wakes, charge_per_change_mc
from baysense_host.bench.measure.extent import Extent
from baysense_host.bench.measure.lives import Life, live
from baysense_host.bench.report import Findings, Mark, Tell
from baysense_host.paths import boards_dir
from baysense_host.virtual.ledger import Range

_WAKES_A_DAY = 24


def energy_marks(demo: Life, extent: Extent, tell: Tell) -> Findings:
    """Return charge per change, timer wakes, current over traffic and the life of every battery board."""
    detail: dict[str, Any] = {"by_cause_demo": demo.bay["energy"]["by_cause"]}
    marks = [_per_change(demo, detail), _timer_wakes(extent, tell, detail)]
    marks += _currents(extent, tell, detail)
    marks += _lives(demo, extent, tell, detail)
    return Findings(marks, {"energy": detail})


def _per_change(demo: Life, detail: dict[str, Any]) -> Mark:
    charge_mc = charge_per_change_mc(demo)
    detail["change_wakes"] = [wake._asdict() for wake in change_wakes(demo)]
    what = f"charge of the wakes by a real change, per change ({_span(charge_mc)})"
    return Mark("charge_per_change", what, sum(charge_mc) / 2, "mC", n=len(demo.bay["truth"]))


def _timer_wakes(extent: Extent, tell: Tell, detail: dict[str, Any]) -> Mark:
    life = live(scenario="quiet", days=extent.days)
    tell("a quiet day")
    detail["quiet_wakes"] = life.bay["wakes"]
    a_day = life.bay["wakes"].get("timer", 0) / extent.days
    return Mark("timer_wakes", "timer wakes on a day without vehicles", a_day, "/d", _WAKES_A_DAY)


def _currents(extent: Extent, tell: Tell, detail: dict[str, Any]) -> list[Mark]:
    marks = []
    for passes in extent.passes_per_day:
        life = live(scenario="traffic", days=extent.days, passes_per_day=passes)
        tell(f"{passes:,} cars going by")
        current_ua = life.meter.average_ua()
        detail[f"traffic_{passes}"] = {"average_ua": current_ua, "wakes": life.bay["wakes"]}
        what = f"average current at {passes:,} passing cars a day ({_span(current_ua)})"
        marks.append(Mark(f"current_at_{passes}", what, sum(current_ua) / 2, "µA"))
    return marks


def _lives(demo: Life, extent: Extent, tell: Tell, detail: dict[str, Any]) -> list[Mark]:
    """Return the shorter end of each range: what the tables promise at least."""
    marks = []
    for board in _battery_boards():
        same = board == demo.result["board"]
        life = demo if same else live(scenario="demo", days=extent.days, board=board)
        tell(f"battery life of {board}")
        years = life.meter.life_years()
        detail[f"life_{board}"] = {"years": years, "average_ua": life.meter.average_ua(), "wakes": life.bay["wakes"]}
        marks.append(Mark(f"life_{board}", f"battery life of {board} at demo days ({_span(years)})", years[0], "y",
                          better="high"))  # fmt: skip
    return marks


def _battery_boards() -> list[str]:
    facts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(boards_dir().glob("*/board.json"))]
    return [board["name"] for board in facts if board["power"] == "battery"]


def _span(ends: Range) -> str:
    return f"{ends[0]:.3g} to {ends[1]:.3g}"
