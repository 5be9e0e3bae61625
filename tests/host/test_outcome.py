"""What a run tells while it lasts, and what its result says besides the events."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from baysense_host.virtual.options import SimOptions
from baysense_host.virtual.outcome import summary
from baysense_host.virtual.run import simulate

News = list[dict[str, Any]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], News]:
    news: News = []
    return simulate(SimOptions(days=0.1, out=tmp_path_factory.mktemp("run")), news.append), news


def test_truth_is_told_when_it_happens(lived: tuple[dict[str, Any], News]) -> None:
    result, news = lived
    told = [(report["t_s"], report["state"]) for report in news if report["kind"] == "truth"]
    assert told == [(change["t_s"], change["state"]) for change in result["bays"][0]["truth"]] != []
    assert [report["kind"] for report in news if report["kind"] in ("start", "event")] == ["start"] + 4 * ["event"]


def test_real_time_ticks_every_second(tmp_path: Path) -> None:
    news: News = []
    simulate(SimOptions(days=2.5 / 86_400, realtime=True, out=tmp_path), news.append)
    assert Counter(report["kind"] for report in news)["tick"] == 3


def test_result_knows_state_at_the_start_and_thresholds(lived: tuple[dict[str, Any], News]) -> None:
    bay = lived[0]["bays"][0]
    assert bay["start_state"] == "free"
    assert bay["thresholds_ut"] == {"free": 2.5, "occupied": 6.0}


@pytest.mark.parametrize("board", ["HELTEC_WIFI_LORA_32_V3", "ESPRESSIF_ESP32_DEVKITC", "SEEED_XIAO_ESP32C3"])
def test_every_current_names_its_source(board: str, tmp_path: Path) -> None:
    result = simulate(SimOptions(board=board, days=0.001, out=tmp_path))
    causes = result["bays"][0]["energy"]["by_cause"]
    assert {"mcu", "wifi"} <= {cause["what"] for cause in causes}
    assert [cause["what"] for cause in causes if not cause["source"]] == []


def test_changes_are_counted_once_and_unknown_is_none() -> None:
    def event(seq: int, state: str) -> dict[str, Any]:
        return {"seq": seq, "state": state, "t_s": None}

    events = [event(3, "occupied"), event(3, "occupied"), event(5, "free"), event(6, "unknown"), event(4, "occupied")]
    counts = summary([{"truth": [], "events": events}])
    assert counts["changes_received"] == 3
    assert counts["duplicates"] == 1 and counts["out_of_order"] == 1
