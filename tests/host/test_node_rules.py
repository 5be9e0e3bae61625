"""The rules of DESIGN, "On the device", on the whole firmware: what a city would notice if one were broken."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from baysense_host.paths import firmware_dir
from baysense_host.virtual.net.broker import EmbeddedBroker
from baysense_host.virtual.net.faults import REFUSE, Fault
from baysense_host.virtual.world import SCENARIOS, World
from node_bench import NodeBench, node_bench

_HOUR_S, _DAY_S = 3600, 86_400


@pytest.fixture(scope="module")
def broker() -> Iterator[tuple[str, int]]:
    with EmbeddedBroker() as running:
        yield running.address


def faults(bench: NodeBench) -> set[str]:
    """Return the faults that the node tells of when somebody presses its button."""
    bench.press()
    return set(bench.told("ready")[-1]["faults"])


def test_quiet_bay_costs_one_wake_an_hour(tmp_path: Path) -> None:
    with node_bench(tmp_path) as bench:
        bench.run(_DAY_S)
        assert bench.states() == ["free"]
        assert 20 <= bench.board.wakes["timer"] <= 24
        assert bench.board.wakes.get("deviation", 0) == 0


def test_weather_of_a_quiet_day_wakes_nobody(tmp_path: Path) -> None:
    world = World(SCENARIOS["quiet"], seed=5, days=1.0, bays=1)
    with node_bench(tmp_path, environment=world.environment(0)) as bench:
        bench.run(_DAY_S)
        assert bench.states() == ["free"]
        assert bench.board.wakes["timer"] <= 24
        assert bench.board.wakes.get("deviation", 0) <= 3


def test_parked_car_does_not_wake_the_node_again(tmp_path: Path) -> None:
    with node_bench(tmp_path) as bench:
        bench.bay.drive_at(600)
        bench.run(_DAY_S)
        assert bench.states() == ["free", "occupied"]
        assert bench.board.wakes["deviation"] == 1
        assert bench.board.wakes["timer"] <= 24


def test_change_is_timed_to_a_second(tmp_path: Path) -> None:
    with node_bench(tmp_path) as bench:
        bench.bay.drive_at(600)
        bench.bay.drive_at(7200)
        bench.run(3 * _HOUR_S)
        free, arrival, departure = bench.events("change")
    assert arrival["t_s"] - arrival["age_s"] == pytest.approx(603, abs=1)
    # This field moves on for a moment after a real one would: a car that leaves has no gentle end.
    assert departure["t_s"] - departure["age_s"] == pytest.approx(7203, abs=1.0)


def test_forgotten_int_on_dataoff_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broker: tuple[str, int]
) -> None:
    """Without the bit the interrupt compares raw values: Earth's field alone holds the pin active."""
    firmware = tmp_path / "firmware"
    shutil.copytree(firmware_dir(), firmware, ignore=shutil.ignore_patterns("__pycache__"))
    driver = firmware / "baysense" / "drivers" / "iis2mdc.py"
    source = driver.read_text()
    assert source.count("0x0B") == 1
    driver.write_text(source.replace("0x0B", "0x03"))
    monkeypatch.setattr("baysense_host.virtual.fleet.firmware_dir", lambda: firmware)
    with node_bench(tmp_path, broker) as bench:
        bench.run(6 * _HOUR_S)
        assert "pin_stuck" in bench.received("health")[-1]["faults"]
        assert bench.wakes() > 8  # it cannot watch, and looks more often than once an hour


def test_browned_out_magnetometer_is_noticed_and_set_up_again(tmp_path: Path) -> None:
    with node_bench(tmp_path) as bench:
        bench.run(600)
        bench.chip("iis2mdc").brown_out()
        bench.bay.drive_at(900)  # it is deaf: this one is found at the heartbeat
        bench.bay.drive_at(7200)
        bench.run(2 * _HOUR_S)
        assert bench.states() == ["free", "occupied", "free"]
        _, arrival, departure = bench.events("change")
        assert arrival["t_s"] < 600 + _HOUR_S + 30
        assert "sensor_reset" in arrival["faults"]
        assert departure["t_s"] == pytest.approx(7203, abs=15)


def test_life_goes_on_without_the_magnetometer(tmp_path: Path) -> None:
    with node_bench(tmp_path) as bench:
        bench.run(600)
        bench.chip("iis2mdc").absent = True
        bench.run(4 * _HOUR_S)
        assert "sensor_absent" in faults(bench)
        assert bench.board.wakes["timer"] >= 3
        bench.chip("iis2mdc").absent = False
        bench.run(2 * _HOUR_S)
        assert "sensor_absent" not in faults(bench)
        bench.bay.drive_at(bench.now_s() + 600)
        bench.run(_HOUR_S)
        assert bench.states()[-1] == "occupied"


def test_absent_magnetometer_from_the_start(tmp_path: Path) -> None:
    with node_bench(tmp_path) as bench:
        bench.chip("iis2mdc").absent = True
        bench.run(2 * _HOUR_S)
        assert bench.told("ready")[0]["faults"] == ["sensor_absent"]
        assert bench.told("ready")[0]["state"] == "unknown"
        assert bench.wakes() >= 2


def test_power_cut_while_occupied(tmp_path: Path) -> None:
    with node_bench(tmp_path) as bench:
        bench.bay.drive_at(600)
        bench.run(1200)
        bench.power_cut()
        bench.run(600)
        ready = bench.told("ready")[-1]
        assert (ready["cause"], ready["state"]) == ("power", "occupied")
        bench.bay.drive_at(bench.now_s() + 60)
        bench.run(600)
        assert bench.states() == ["free", "occupied", "free"]


def test_brown_out_under_the_radio_is_named(tmp_path: Path, broker: tuple[str, int]) -> None:
    with node_bench(tmp_path, broker) as bench:
        bench.run(600)
        bench.bay.drive_at(700)
        bench.run(600, stop=lambda: bool(bench.node.network.wifi.connected))
        bench.board.brown_out()  # which MicroPython takes for power-on
        bench.run(600)
        assert bench.events("boot")[-1]["cause"] == "brown_out"
        assert "brown_out" in bench.events("boot")[-1]["faults"]
        assert [event["state"] for event in bench.received("event") if event["event"] == "change"] == [
            "free",
            "occupied",
        ]


def test_watchdog_is_named(tmp_path: Path) -> None:
    with node_bench(tmp_path) as bench:
        bench.run(600)
        bench.board.watchdog_bite()
        bench.run(60)
        assert bench.events("boot")[-1]["cause"] == "watchdog"
        assert "watchdog" in bench.events("boot")[-1]["faults"]


def test_events_wait_for_the_broker_and_arrive_once(tmp_path: Path, broker: tuple[str, int]) -> None:
    with node_bench(tmp_path, broker) as bench:
        bench.network.fail(Fault(REFUSE, 300_000_000, 4 * _HOUR_S * 1_000_000))
        bench.bay.drive_at(600)
        bench.bay.drive_at(2000)
        bench.bay.drive_at(5 * _HOUR_S)
        bench.run(4 * _HOUR_S - 1)
        assert [event["event"] for event in bench.received("event")] == ["boot", "change"]
        bench.run(3 * _HOUR_S)
        received = bench.received("event")
        health = bench.received("health")
    for urgent in (True, False):  # heartbeats that were not sent in time come last
        sequence = [event["seq"] for event in received if (event["event"] != "heartbeat") == urgent]
        assert sequence == sorted(set(sequence)) and len(sequence) >= 3
    changes = [event for event in received if event["event"] == "change"]
    assert [event["state"] for event in changes] == ["free", "occupied", "free", "occupied"]
    ages_s = [event["age_s"] for event in changes]
    assert 3 * _HOUR_S < ages_s[1] < 5 * _HOUR_S
    assert ages_s[1] - ages_s[2] == pytest.approx(1400, abs=20)
    assert ages_s[3] < 30
    assert any("uplink_failed" in message["faults"] for message in health)


def test_wrong_wifi_password_is_named(tmp_path: Path, broker: tuple[str, int]) -> None:
    with node_bench(tmp_path, broker, wifi_password="not the one") as bench:
        bench.run(_HOUR_S)
        assert bench.received("event") == []
        assert any("refused the password" in line for line in bench.log)
        assert "wifi_password" in faults(bench)


def test_missing_wifi_network_is_named(tmp_path: Path, broker: tuple[str, int]) -> None:
    with node_bench(tmp_path, broker, wifi_ssid="elsewhere") as bench:
        bench.run(_HOUR_S)
        assert "wifi_no_network" in faults(bench)


def test_state_is_published_again_with_every_report(tmp_path: Path, broker: tuple[str, int]) -> None:
    with node_bench(tmp_path, broker, bay="A7") as bench:
        bench.bay.drive_at(600)
        bench.run(2 * _HOUR_S)
        state, health = bench.received("state")[-1], bench.received("health")[-1]
    assert state["state"] == "occupied"
    assert state["bay"] == "A7"
    assert health["battery_voltage"] > 3
    assert health["faults"] == []
