"""What the node makes of its detector: a bay that chatters, a range sensor that knows better, a magnet on the lid."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from baysense.core import tuning
from baysense_host.virtual.net.broker import EmbeddedBroker
from node_bench import NodeBench, node_bench

_HOUR_S = 3600
_EVERY_S = 60  # so often something comes or goes
_MAKES = ["HELTEC_WIFI_LORA_32_V3", "ESPRESSIF_ESP32_DEVKITC"]  # on battery, on mains


@pytest.fixture(scope="module")
def broker() -> Iterator[tuple[str, int]]:
    with EmbeddedBroker() as running:
        yield running.address


def changes(bench: NodeBench) -> list[dict[str, Any]]:
    return [event for event in bench.received("event") if event["event"] == "change"]


def chatter(bench: NodeBench, times: int) -> None:
    """Let a car come and go all the time, from now on; afterwards it is gone if `times` is even."""
    for turn in range(times):
        bench.bay.drive_at(bench.now_s() + 10 + turn * _EVERY_S)
    bench.run(times * _EVERY_S)


@pytest.mark.parametrize("make", _MAKES)
def test_a_bay_that_chatters_is_told_of_once_an_hour(tmp_path: Path, broker: tuple[str, int], make: str) -> None:
    with node_bench(tmp_path, broker, make) as bench:
        bench.run(_HOUR_S + 60)  # a new hour of the device's clock
        chatter(bench, 39)
        told = changes(bench)
        assert tuning.CHATTER_CHANGES <= len(told) <= tuning.CHATTER_CHANGES + 3
        assert "chatter" in bench.received("health")[-1]["faults"]
        bench.run(_HOUR_S)
        late = changes(bench)[len(told) :]
        assert [event["state"] for event in late] == ["occupied"]
        assert late[0]["cause"] in ("arrival", "range")
        assert late[0]["previous_s"] == pytest.approx(_EVERY_S, abs=5)
        came_s = bench.sent("event")[-1] - late[0]["age_s"]
        assert came_s == pytest.approx(_HOUR_S + 60 + 10 + 38 * _EVERY_S + 3, abs=3 + late[0]["age_uncertainty_s"])
        assert bench.received("state")[-1]["state"] == "occupied"
        bench.run(_HOUR_S)
        assert "chatter" not in bench.received("health")[-1]["faults"]
        assert len(changes(bench)) == len(told) + 1


def test_a_held_back_change_outlives_a_reset(tmp_path: Path, broker: tuple[str, int]) -> None:
    with node_bench(tmp_path, broker) as bench:
        bench.run(_HOUR_S + 60)
        chatter(bench, 25)
        told = len(changes(bench))
        bench.board.watchdog_bite()
        bench.run(120)
        late = changes(bench)[told:]
        assert [event["state"] for event in late] == ["occupied"]
        assert late[0]["cause"] in ("arrival", "range")
        assert bench.told("ready")[-1]["state"] == "occupied"


def test_chatter_does_not_delay_the_alarm_of_a_keep_clear_zone(tmp_path: Path, broker: tuple[str, int]) -> None:
    with node_bench(tmp_path, broker, zone="keep_clear", dwell_s=300) as bench:
        bench.run(_HOUR_S + 60)
        chatter(bench, 25)
        assert [event for event in bench.received("event") if event["event"] == "dwell"] == []
        bench.run(400)
        *_, change, dwell = bench.received("event")
        assert (change["event"], change["state"]) == ("change", "occupied")
        assert dwell["event"] == "dwell" and dwell["age_s"] == pytest.approx(300, abs=10)


def test_a_vehicle_that_only_the_range_sensor_sees(
    tmp_path: Path, broker: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with node_bench(tmp_path, broker) as bench:
        monkeypatch.setattr(bench.bay, "field_ut", lambda t_us: (18.0, 1.4, 46.9))
        bench.run(600)
        bench.bay.drive_at(700)
        bench.run(tuning.AUDITS * _HOUR_S + 60)
        assert [(event["state"], event["cause"]) for event in changes(bench)][1:] == [("unknown", "doubt")]


def test_a_magnet_on_the_lid_is_told_and_taken_back(tmp_path: Path, broker: tuple[str, int]) -> None:
    with node_bench(tmp_path, broker) as bench:
        bench.run(600)
        bare = bench.bay.field_ut
        bench.bay.field_ut = lambda t_us: (bare(t_us)[0] + 400.0, *bare(t_us)[1:])  # type: ignore[method-assign]
        bench.bay.drive_at(700)
        bench.run(_HOUR_S)
        assert "magnet" in [event["cause"] for event in changes(bench)]
        assert "magnet" in bench.received("health")[-1]["faults"]
        bench.run(2 * _HOUR_S)
        assert "magnet" in bench.received("health")[-1]["faults"]
