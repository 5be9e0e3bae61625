"""A network that is gone, or wants another password: nothing is lost, little is spent, and it is said why."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.faults import BLACK_HOLE, REDIRECT, REFUSE, SLOW, WIFI_DOWN, Fault
from baysense_host.virtual.net.mosquitto import Mosquitto
from city import City, city
from node_bench import PASSWORD, SSID, NodeBench, node_bench
from uplink_bench import DAY_S, HOUR_S, needs_mosquitto

US = 1_000_000
DEPOT = AccessPoint("depot", "second-net", rssi_dbm=-50, channel=11, bssid="02bb5e000002", subnet="192.168.9")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    needs_mosquitto()
    users = {"bay": "rightly", "city": "words"}
    with Mosquitto(tmp_path_factory.mktemp("broker"), users=users) as found:
        yield found


@pytest.fixture
def listening(broker: Mosquitto) -> Iterator[City]:
    with city(broker.address, ("city", "words")) as found:
        yield found


LOGIN = {"mqtt_user": "bay", "mqtt_password": "rightly"}


def sent_once(listening: City) -> list[dict[str, Any]]:
    """Return all events, in the order of their arrival; none may have come twice."""
    events = listening.got("event")
    numbers = [event["seq"] for event in events]
    assert len(set(numbers)) == len(numbers)
    return events


@pytest.mark.parametrize(("kind", "days", "most_tries"), [(REFUSE, 2, 60), (BLACK_HOLE, 1, 35), (WIFI_DOWN, 1, 35)])
def test_long_without_network(tmp_path: Path, listening: City, kind: str, days: int, most_tries: int) -> None:
    with node_bench(tmp_path, listening, **LOGIN) as bench:
        bench.network.fail(Fault(kind, 600 * US, (600 + days * DAY_S) * US))
        for drive_s in (2000, 9000, 70_000, 77_000):
            bench.bay.drive_at(drive_s)
        bench.run(600)
        assert len(listening.got("event")) == 2
        bench.run(days * DAY_S)
        assert len(listening.got("event")) == 2
        tries = [(begin, end) for begin, end in bench.radio_s() if begin > 600]
        bench.run(2 * HOUR_S)
    assert 10 < len(tries) < most_tries
    on_s = sum(end - begin for begin, end in tries)
    assert on_s < 84 + days * 84 + 10  # core/retry.py: so long in a row, and a day; and a try
    late = sent_once(listening)[2:]
    assert [event["event"] for event in late[:4]] == ["change"] * 4
    assert [event["state"] for event in late[:4]] == ["occupied", "free", "occupied", "free"]
    ages_s = [event["age_s"] for event in late[:4]]
    assert ages_s[0] - ages_s[1] == pytest.approx(7000, rel=0.02)
    assert ages_s[0] - ages_s[3] == pytest.approx(75_000, rel=0.02)
    heartbeats = late[4:]
    assert {event["event"] for event in heartbeats} == {"heartbeat"}
    assert 9 * days <= len(heartbeats) <= 24 * days  # at a try that fails while one is due
    for events in (late[:4], heartbeats):
        assert [event["seq"] for event in events] == sorted(event["seq"] for event in events)
    assert listening.got("health")[-1]["unsent"] == 0
    assert listening.got("state")[-1]["seq"] >= late[3]["seq"]


def test_a_try_that_gets_something_through_does_not_silence_for_hours(tmp_path: Path, listening: City) -> None:
    """Forty events on a slow network that then breaks: a minute of radio, and most of it was of use."""
    with node_bench(tmp_path, listening, **LOGIN) as bench:
        bench.network.fail(Fault(REFUSE, 600 * US, 16_000 * US))
        for drive_s in range(700, 15_500, 400):
            bench.bay.drive_at(drive_s)
        bench.network.fail(Fault(SLOW, 16_000 * US, 1 << 60, latency_us=3 * US))
        bench.run(16_000)
        bench.run(4 * HOUR_S, lambda: len(bench.sent("event")) >= 14)
        now_us = int(bench.now_s() * US)
        bench.network.fail(Fault(BLACK_HOLE, now_us, now_us + 60 * US))
        bench.run(3 * HOUR_S)
        begin_s, end_s = next(span for span in bench.radio_s() if span[1] > now_us / US)
        assert end_s - begin_s > 40
        assert next(begin for begin, _ in bench.radio_s() if begin > end_s) - end_s < 2 * HOUR_S


def test_a_wrong_login_is_named(tmp_path: Path, broker: Mosquitto, listening: City) -> None:
    with node_bench(tmp_path, listening, mqtt_user="bay", mqtt_password="wrongly") as bench:
        bench.run(600)
        assert listening.got("event") == []
        bench.press()
        assert "mqtt_login" in bench.told("ready")[-1]["faults"]
        bench.ask("config", mqtt_password="rightly")
        bench.run(600)
        assert "mqtt_login" in listening.got("health")[0]["faults"]
        bench.run(HOUR_S)
        assert listening.got("health")[-1]["faults"] == []
        assert {event["event"] for event in sent_once(listening)} >= {"boot", "change"}


def named(bench: NodeBench) -> set[str]:
    bench.press()
    return set(bench.told("ready")[-1]["faults"]) & {"wifi_password", "wifi_no_network"}


def test_wrong_password_and_no_network_are_told_apart(tmp_path: Path, listening: City) -> None:
    with node_bench(tmp_path / "a", listening, **LOGIN, wifi_password="not this one") as bench:
        bench.run(600)
        assert named(bench) == {"wifi_password"}
        bench.ask("config", wifi_password=PASSWORD)
        bench.run(600)
        assert "wifi_password" in listening.got("health")[0]["faults"]
    with node_bench(tmp_path / "b", listening, **LOGIN, wifi_ssid="elsewhere") as bench:
        bench.run(600)
        assert named(bench) == {"wifi_no_network"}


def test_the_second_network_stands_in_and_the_first_is_found_again(tmp_path: Path, listening: City) -> None:
    second = {"wifi2_ssid": DEPOT.ssid, "wifi2_password": DEPOT.password}
    with node_bench(tmp_path, listening, **LOGIN, **second, heartbeat_s=600) as bench:
        bench.network.access_points.append(DEPOT)
        bench.run(1500)
        assert joined(bench) == {SSID}
        slow_s, *fast_s = joins_s(bench)
        assert slow_s > 3 and max(fast_s) < 2.5  # no scan when the access point is known
        first = bench.network.access_points.pop(0)
        bench.run(1200)
        assert joined(bench) == {SSID, DEPOT.ssid}
        assert joins_s(bench)[-1] < 2.5
        bench.network.access_points[:] = [first]
        sent = len(listening.got("health"))
        bench.run(1300)
        assert len(listening.got("health")) >= sent + 2
        assert listening.got("health")[-1]["faults"] == []


def joined(bench: NodeBench) -> set[str]:
    """Return the networks that gave the node an address."""
    found, ssid = set(), ""
    for _, kind, fields in bench.diary:
        if kind == "wifi" and fields["event"] == "connecting":
            ssid = fields["ssid"]
        if kind == "wifi" and fields["event"] == "got_ip":
            found.add(ssid)
    return found


def joins_s(bench: NodeBench) -> list[float]:
    """Return how long each report took from the radio's start to an address [s]."""
    got_s = bench.happened("wifi", "got_ip")
    return [next((t - begin for t in got_s if begin < t < end), 99.0) for begin, end in bench.radio_s()]


def test_a_static_address_is_used(tmp_path: Path, listening: City) -> None:
    address = {"ip_address": "192.168.4.77/24", "ip_gateway": "192.168.4.1", "ip_dns": "192.168.4.1"}
    with node_bench(tmp_path, listening, **LOGIN, **address) as bench:
        bench.run(600)
        addresses = {f["address"] for _, kind, f in bench.diary if kind == "wifi" and f["event"] == "got_ip"}
        assert addresses == {"192.168.4.77"}
        assert len(listening.got("event")) == 2


def test_a_broker_that_hangs_in_the_middle_gets_the_rest_later(tmp_path: Path, listening: City) -> None:
    with node_bench(tmp_path, listening, **LOGIN) as bench:
        bench.network.fail(Fault(REFUSE, 600 * US, 4000 * US))
        for drive_s in (1000, 1500, 2000, 2500, 3000):
            bench.bay.drive_at(drive_s)
        bench.run(4000)
        bench.run(HOUR_S, lambda: len(bench.sent("event")) >= 5)
        now_us = int(bench.now_s() * US)
        bench.network.fail(Fault(BLACK_HOLE, now_us, now_us + 300 * US))
        bench.run(2 * HOUR_S)
        changes = [event for event in listening.got("event") if event["event"] == "change"]
    first = {event["seq"]: event for event in reversed(changes)}  # a receiver drops what it has seen
    assert [event["state"] for _, event in sorted(first.items())] == ["free", *["occupied", "free"] * 2, "occupied"]
    assert len(changes) <= len(first) + 1  # the one that nobody acknowledged


def test_another_broker_that_refuses_the_login_costs_nothing(tmp_path: Path, listening: City) -> None:
    with (
        Mosquitto(tmp_path / "other", users={"somebody": "else"}) as other,
        node_bench(tmp_path, listening, **LOGIN) as bench,
    ):
        bench.network.fail(Fault(REDIRECT, 600 * US, 5000 * US, target=other.address))
        bench.bay.drive_at(1000)
        bench.run(3 * HOUR_S)
        assert [event["state"] for event in sent_once(listening) if event["event"] == "change"] == [
            "free",
            "occupied",
        ]
        assert "mqtt_login" in {fault for health in listening.got("health") for fault in health["faults"]}


def alternating(listening: City) -> list[str]:
    """Return the states of all changes as a receiver keeps them, who drops numbers it has seen."""
    changes = {event["seq"]: event for event in listening.got("event") if event["event"] == "change"}
    return [changes[seq]["state"] for seq in sorted(changes)]


def test_power_cuts_on_flash_during_changes_make_no_second_one(tmp_path: Path, listening: City) -> None:
    with node_bench(tmp_path, listening, **LOGIN) as bench:
        bench.run(200)
        cuts = 0
        for number in range(12):
            bench.bay.drive_at(bench.now_s() + 20)
            bench.board.flash.cut_at(1 + number, ("lost", "torn", "done")[number % 3], noise=number)
            bench.run(200, lambda: bench.board.state == "off")
            if bench.board.state == "off":
                cuts += 1
                bench.board.power_on()
            bench.run(400)
        bench.run(HOUR_S)
        assert cuts >= 8
        assert alternating(listening) == ["free", *["occupied", "free"] * 6]
        boots = [event for event in listening.got("event") if event["event"] == "boot"]
        assert len({event["seq"] for event in boots}) == 1 + cuts


def test_resets_during_changes_make_no_second_one(tmp_path: Path, listening: City) -> None:
    with node_bench(tmp_path, listening, **LOGIN) as bench:
        bench.run(200)
        for number in range(10):
            told = len(bench.events("change"))
            bench.bay.drive_at(bench.now_s() + 20)
            bench.run(200, lambda told=told: len(bench.events("change")) > told)
            bench.run(number * 0.35)  # while it writes, goes on, connects and sends
            (bench.board.hard_reset, bench.board.brown_out, bench.board.watchdog_bite)[number % 3]()
            bench.run(400)
        bench.run(HOUR_S)
        assert alternating(listening) == ["free", *["occupied", "free"] * 5]
