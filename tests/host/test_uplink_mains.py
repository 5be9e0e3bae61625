"""A mains node: always connected, quick to answer, and missed when it is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from baysense_host.virtual.net.faults import HALF_OPEN, Fault
from baysense_host.virtual.net.mosquitto import Mosquitto
from city import City, city, retained
from node_bench import DEV_EUI, NodeBench, node_bench
from uplink_bench import MAINS, needs_mosquitto

STATUS = f"baysense/{DEV_EUI}/status"
US = 1_000_000
PERIOD_S = 300


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    needs_mosquitto()
    with Mosquitto(tmp_path / "broker", persistence=True) as found:
        yield found


@pytest.fixture
def listening(broker: Mosquitto) -> Iterator[City]:
    with city(broker.address) as found:
        yield found


@pytest.fixture
def bench(tmp_path: Path, listening: City) -> Iterator[NodeBench]:
    """Return a node that has connected and reported."""
    with node_bench(tmp_path, listening, MAINS, heartbeat_s=PERIOD_S) as found:
        found.run(60)
        yield found


def connections(bench: NodeBench) -> int:
    return len(bench.happened("socket", "connect"))


def test_it_stays_connected(bench: NodeBench, listening: City) -> None:
    assert listening.raw("/status") == [b"online"]
    bench.run(2 * PERIOD_S)
    assert connections(bench) == 1 and bench.board.state == "awake"
    assert len(listening.got("health")) == 3


def test_a_command_is_answered_within_a_second(bench: NodeBench, listening: City) -> None:
    for number, method in enumerate(("info", "log", "config", "sensor.read")):
        asked_s = bench.now_s()
        listening.call(DEV_EUI, number, method)
        bench.run(1)
        assert listening.got("reply")[-1]["id"] == number
        assert bench.sent("reply")[-1] - asked_s <= 1
        bench.run(10)
    assert listening.got("reply")[0]["result"]["cause"] == "power"


def test_an_event_arrives_within_a_second_of_the_change(bench: NodeBench, listening: City) -> None:
    for drive_s in (100, 160, 220):
        bench.bay.drive_at(drive_s)
    bench.run(240)
    recorded_s = [event["t_s"] for event in bench.events("change")][1:]
    sent_s = bench.sent("event")[-3:]
    assert [event["state"] for event in listening.got("event")][-3:] == ["occupied", "free", "occupied"]
    assert all(0 <= sent - recorded <= 1 for recorded, sent in zip(recorded_s, sent_s, strict=True))
    assert all(event["age_s"] <= 10 for event in listening.got("event")[-3:])


def test_it_is_missed_after_a_power_cut_and_comes_back(bench: NodeBench, listening: City) -> None:
    bench.board.power_cut()
    bench.network.close()  # stands for the broker's patience: its keep-alive is 90 s of a real clock
    bench.run(1)
    assert listening.raw("/status") == [b"online", b"offline"]
    assert retained(listening.address)[STATUS] == b"offline"
    bench.board.power_on()
    bench.run(60)
    assert listening.raw("/status") == [b"online", b"offline", b"online"]
    assert retained(listening.address)[STATUS] == b"online"


def test_it_is_online_again_though_the_broker_still_holds_its_dead_connection(
    bench: NodeBench, listening: City
) -> None:
    bench.power_cut()
    bench.run(60)
    assert listening.raw("/status")[-1] == retained(listening.address)[STATUS] == b"online"


def test_a_restart_of_the_broker_is_survived(bench: NodeBench, listening: City, broker: Mosquitto) -> None:
    broker.stop()
    bench.bay.drive_at(bench.now_s() + 5)
    bench.run(60)
    broker.start()
    bench.run(300)
    assert listening.raw("/status")[-1] == b"online"
    assert [event["state"] for event in listening.got("event") if event["event"] == "change"] == ["free", "occupied"]
    assert "uplink_failed" in {fault for health in listening.got("health") for fault in health["faults"]}
    listening.call(DEV_EUI, 1, "info")
    bench.run(1)
    assert listening.got("reply")[-1]["id"] == 1


def test_a_connection_that_is_dead_is_noticed(bench: NodeBench, listening: City) -> None:
    bench.network.fail(Fault(HALF_OPEN, int(bench.now_s()) * US + 1, 1 << 60))
    bench.run(240)  # 70 s to notice, 75 s of back-off
    assert connections(bench) == 2
    assert listening.raw("/status")[-1] == b"online"
    listening.call(DEV_EUI, 1, "info")
    bench.run(1)
    assert listening.got("reply")[-1]["id"] == 1


def test_connections_that_die_soon_become_rare(bench: NodeBench, listening: City, broker: Mosquitto) -> None:
    bench.run(PERIOD_S)  # the first one lasts
    for number in range(1, 6):
        bench.run(1000, lambda number=number: connections(bench) >= number)
        bench.run(5)
        broker.stop()
        broker.start()
    tries_s = bench.happened("socket", "connect")[1:]
    gaps_s = [later - earlier for earlier, later in zip(tries_s, tries_s[1:], strict=False)]
    assert gaps_s == sorted(gaps_s) and gaps_s[0] > 85 and gaps_s[-1] > 350
    bench.run(2000)
    assert listening.raw("/status")[-1] == b"online"


def test_new_settings_of_the_connection_are_used(bench: NodeBench, listening: City) -> None:
    listening.call(DEV_EUI, 1, "config", mqtt_base="kerb/side")
    bench.run(30)
    assert listening.got("reply")[-1]["result"]["config"]["mqtt_base"] == "kerb/side"
    listening.settle()
    new = {message.topic: message.payload for message in listening.heard if message.topic.startswith("kerb/side/")}
    assert new[f"kerb/side/{DEV_EUI}/status"] == b"online"
    assert f"kerb/side/{DEV_EUI}/state" in new
    assert retained(listening.address)[STATUS] == b"offline"
