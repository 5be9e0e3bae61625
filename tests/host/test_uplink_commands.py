"""Commands and desired configuration over MQTT, to a node that sleeps most of the time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from baysense_host.virtual.net.certificates import Authority
from baysense_host.virtual.net.mosquitto import Mosquitto
from city import City, city
from node_bench import DEV_EUI, NodeBench, node_bench
from uplink_bench import HOUR_S, MAINS, needs_mosquitto, secure_node

TOPIC = f"baysense/{DEV_EUI}"
PERIOD_S = 600


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[City]:
    needs_mosquitto()
    with Mosquitto(tmp_path / "broker") as broker, city(broker.address) as found:
        yield found


@pytest.fixture
def bench(tmp_path: Path, listening: City) -> Iterator[NodeBench]:
    """Return a node that has reported and sleeps."""
    with node_bench(tmp_path, listening, heartbeat_s=PERIOD_S) as found:
        found.run(300)
        assert found.board.state == "deep sleep"
        yield found


def answers(listening: City) -> dict[Any, Any]:
    """Return results and errors by the number of their request."""
    return {answer["id"]: answer.get("result", answer.get("error")) for answer in listening.got("reply")}


def test_commands_wait_for_the_next_report(bench: NodeBench, listening: City) -> None:
    for number, method in enumerate(("info", "config", "sensor.read", "selftest", "log")):
        listening.call(DEV_EUI, number, method)
    bench.run(200)
    assert listening.got("reply") == [] and bench.board.state == "deep sleep"
    bench.run(PERIOD_S)
    told = answers(listening)
    assert sorted(told) == list(range(5))
    assert told[0]["dev_eui"] == DEV_EUI and told[0]["state"] == "free"
    assert told[1]["config"]["heartbeat_s"] == PERIOD_S and told[1]["config"]["wifi_password"] == "***"
    assert 15_000 < abs(told[2]["z_nt"]) < 120_000
    assert told[3]["ok"]
    assert [event["event"] for event in told[4]["events"]] == ["boot", "change"] and told[4]["unsent"] == 0
    bench.run(2 * PERIOD_S)
    assert len(listening.got("reply")) == 5  # each once
    assert bench.states() == ["free"]


def test_the_console_answers_the_same(bench: NodeBench, listening: City) -> None:
    listening.call(DEV_EUI, 1, "config")
    bench.run(PERIOD_S)
    bench.press()
    assert bench.ask("config") == answers(listening)[1]


def test_an_error_is_an_answer(bench: NodeBench, listening: City) -> None:
    listening.call(DEV_EUI, 1, "open.sesame")
    listening.call(DEV_EUI, 2, "config", zoo=1)
    listening.call(DEV_EUI, 3, "factory-reset", dev_eui="0000000000000000")
    listening.call(DEV_EUI, 4, "decommission")
    bench.run(PERIOD_S)
    told = answers(listening)
    assert [told[number]["code"] for number in (1, 2, 3, 4)] == [-32601, -32000, -32000, -32000]
    assert "zoo: no such setting" in told[2]["message"]
    assert "dev_eui" in told[3]["message"] and "dev_eui" in told[4]["message"]
    bench.bay.drive_at(bench.now_s() + 100)
    bench.run(PERIOD_S)
    assert listening.got("state")[-1]["state"] == "occupied"  # it is as it was


def test_a_flood_is_bounded_and_the_node_goes_on(bench: NodeBench, listening: City) -> None:
    for number in range(15):
        listening.call(DEV_EUI, number, "info")
    bench.run(PERIOD_S)
    told = answers(listening)
    assert sorted(number for number in told if number is not None) == list(range(10))
    assert "too many commands" in told[None]["message"]
    listening.call(DEV_EUI, 99, "info")
    bench.run(PERIOD_S)
    assert answers(listening)[99]["dev_eui"] == DEV_EUI


def test_what_is_no_command_is_answered_or_ignored(bench: NodeBench, listening: City) -> None:
    for payload in (b"\xff\xfe\x00", b"AT+GMR", b"{", b"[]", b'{"id": 5}', b"", b'{"method": "info"}'):
        listening.publish(f"{TOPIC}/cmd", payload)
    bench.run(PERIOD_S)
    assert [answer["error"]["code"] for answer in listening.got("reply")] == [-32700, -32600]
    listening.call(DEV_EUI, 1, "info")
    bench.run(PERIOD_S)
    assert answers(listening)[1]["dev_eui"] == DEV_EUI


@pytest.mark.parametrize("size", [1100, 60_000])
def test_what_is_too_long_is_dropped_and_said(bench: NodeBench, listening: City, size: int) -> None:
    listening.call(DEV_EUI, 1, "info")
    listening.call(DEV_EUI, 2, "config", bay="n" * size)
    listening.call(DEV_EUI, 3, "info")
    bench.run(2 * PERIOD_S)
    told = answers(listening)
    assert set(told) == {1, 3, None}
    assert "too long" in told[None]["message"]
    bench.bay.drive_at(bench.now_s() + 100)
    bench.run(PERIOD_S)
    assert listening.got("state")[-1]["state"] == "occupied"


def test_a_setting_by_command_shows_at_once(bench: NodeBench, listening: City) -> None:
    listening.call(DEV_EUI, 1, "config", bay="B 17", zone="loading")
    bench.run(PERIOD_S)
    assert answers(listening)[1]["config"]["bay"] == "B 17"
    assert listening.got("config/reported")[-1]["hash"] == answers(listening)[1]["hash"]
    assert (listening.got("state")[-1]["bay"], listening.got("state")[-1]["zone"]) == ("B 17", "loading")
    assert listening.got("health")[-1]["config"] == answers(listening)[1]["hash"]


def test_restart_answers_first(bench: NodeBench, listening: City) -> None:
    listening.call(DEV_EUI, 1, "reboot")
    bench.run(PERIOD_S)
    assert answers(listening) == {1: {}}
    assert [event["cause"] for event in listening.got("event") if event["event"] == "boot"] == ["power", "reset"]


def test_desired_configuration_is_applied_once(bench: NodeBench, listening: City) -> None:
    before = listening.got("config/reported")[-1]["hash"]
    listening.publish(f"{TOPIC}/config", json.dumps({"bay": "C 3", "heartbeat_s": 900}).encode(), retain=True)
    bench.run(PERIOD_S + 900)
    applied = listening.got("config/reported")[1:]
    assert {told["hash"] for told in applied} == {listening.got("health")[-1]["config"]} != {before}
    assert all(told["accepted"] and told["config"]["bay"] == "C 3" for told in applied)
    assert listening.got("health")[-1]["heartbeat_s"] == 900
    bench.press()
    bench.ask("config", bay="by hand")
    bench.run(3 * HOUR_S)
    assert listening.got("state")[-1]["bay"] == "by hand"  # it was looked at once
    assert listening.got("config/reported")[-1]["config"]["bay"] == "by hand"


WRONG = (
    (b'{"bay": "no", "heartbeat_s": 1}', "heartbeat_s: must be 60 to 86400 s"),
    (b'{"bay": "no", "zoo": 1}', "zoo: no such setting"),
    (b'["bay"]', "not a JSON object"),
    (b'{"bay": "no"', ""),
    (b"\xff\xfe", ""),
    (b'{"wifi_password": "***"}', "wifi_password"),
)


def test_wrong_desired_configuration_changes_nothing(bench: NodeBench, listening: City) -> None:
    before = listening.got("config/reported")[-1]
    for number, (desired, reason) in enumerate(WRONG, 1):
        listening.publish(f"{TOPIC}/config", desired, retain=True)
        bench.run(2 * PERIOD_S)
        refused = listening.got("config/reported")[1:]
        assert len(refused) == number and not refused[-1]["accepted"]
        assert reason in refused[-1]["error"] and refused[-1]["error"]
        assert (refused[-1]["hash"], refused[-1]["config"]) == (before["hash"], before["config"])
    assert listening.got("health")[-1]["config"] == before["hash"]


def test_a_command_between_two_connections_is_not_lost(bench: NodeBench, listening: City) -> None:
    """The node hears it while it answers the one before."""
    listening.call(DEV_EUI, 1, "selftest")
    connections = len(bench.happened("socket", "connect"))
    bench.run(PERIOD_S, lambda: len(bench.happened("socket", "close")) > connections)
    listening.call(DEV_EUI, 2, "info")
    bench.run(3 * PERIOD_S)
    assert set(answers(listening)) == {1, 2}


def retain(listening: City, number: int, method: str, **params: object) -> None:
    """Leave a command at the broker, as nobody should."""
    request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    listening.publish(f"{TOPIC}/cmd", json.dumps(request).encode(), retain=True)


def test_a_retained_command_is_no_loop(bench: NodeBench, listening: City) -> None:
    """It comes with every connection, and the first time as to any subscriber, not marked."""
    retain(listening, 1, "config", bay="R 1")
    bench.run(4 * PERIOD_S)
    carried_out, complaint = listening.got("reply")
    assert carried_out["result"]["config"]["bay"] == "R 1"
    assert complaint["id"] is None and "retained command" in complaint["error"]["message"]
    bench.press()
    bench.ask("config", bay="by hand")
    listening.call(DEV_EUI, 2, "info")
    bench.run(4 * PERIOD_S)
    assert [answer["id"] for answer in listening.got("reply")] == [1, None, 2]
    assert listening.got("state")[-1]["bay"] == "by hand"


def test_a_retained_restart_is_no_loop_on_mains(tmp_path: Path, listening: City) -> None:
    retain(listening, 1, "reboot")
    with node_bench(tmp_path, listening, MAINS, heartbeat_s=PERIOD_S) as bench:
        bench.run(60)
        assert [answer["id"] for answer in listening.got("reply")] == [None]
        retain(listening, 2, "reboot")
        bench.run(300)
        boots = [event["cause"] for event in listening.got("event") if event["event"] == "boot"]
        assert boots == ["power", "reset"]
        assert [answer["id"] for answer in listening.got("reply")] == [None, 2, None]


def test_a_restart_does_not_lift_the_limit(bench: NodeBench, listening: City) -> None:
    for number in range(9):
        listening.call(DEV_EUI, number, "info")
    listening.call(DEV_EUI, 9, "reboot")
    bench.run(2 * PERIOD_S, lambda: len(listening.got("reply")) == 10)
    for number in range(10, 20):
        listening.call(DEV_EUI, number, "info")
    bench.run(60)
    told = answers(listening)
    assert set(range(10)) < set(told)
    assert "too many commands" in told[None]["message"]
    assert len([number for number in told if number is not None]) < 18


def test_a_setting_that_changes_nothing_needs_no_report(bench: NodeBench, listening: City) -> None:
    told = len(listening.got("health"))
    listening.call(DEV_EUI, 1, "config", heartbeat_s=PERIOD_S)
    bench.run(PERIOD_S)
    assert answers(listening)[1]["config"]["heartbeat_s"] == PERIOD_S
    assert len(listening.got("health")) == told + 1


CUTS_OFF = (({"uplink": "none"}, "uplink: "), ({"mqtt_tls": True}, "mqtt_tls: no CA is stored"))


def test_what_would_cut_it_off_is_refused_from_afar(bench: NodeBench, listening: City) -> None:
    for number, (changes, reason) in enumerate(CUTS_OFF):
        listening.call(DEV_EUI, number, "config", bay="no", **changes)
        listening.publish(f"{TOPIC}/config", json.dumps({"bay": "no", **changes}).encode(), retain=True)
        bench.run(PERIOD_S + 60)
        refused = listening.got("config/reported")[-1]
        assert not refused["accepted"] and refused["config"]["bay"] != "no"
        for told in (refused["error"], answers(listening)[number]["message"]):
            assert told.startswith(reason) and "at the console" in told
    bench.press()
    assert bench.ask("config", uplink="none")["config"]["uplink"] == "none"


def test_the_authority_in_use_is_not_removed_from_afar(tmp_path: Path) -> None:
    needs_mosquitto()
    with secure_node(tmp_path, Authority(), heartbeat_s=PERIOD_S) as (bench, listening):
        bench.run(300)
        listening.call(DEV_EUI, 1, "credential", name="ca")
        bench.run(PERIOD_S)
        told = answers(listening)[1]["message"]
        assert told.startswith("ca: needed by mqtt_tls") and "at the console" in told
        listening.call(DEV_EUI, 2, "info")
        bench.run(PERIOD_S)
        assert answers(listening)[2]["dev_eui"] == DEV_EUI
