"""Whom a battery node talks to: nobody but the broker that it was told to trust, at a date that it can believe."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

import baysense
from baysense_host.virtual.net.certificates import Authority
from baysense_host.virtual.net.faults import NTP_LIES, NTP_SILENT, REDIRECT, Fault
from baysense_host.virtual.net.mosquitto import Mosquitto
from city import city, retained
from node_bench import BROKER, DEV_EUI, Plan, planned
from uplink_bench import HOUR_S, credentials, needs_mosquitto, secure_city, secure_node

US = 1_000_000
FOREVER_US = 1 << 60
# Between the floor, when the firmware was built, and the start of virtual time; this computer's clock judges, too.
SINCE_THE_FLOOR = datetime(2000, 1, 1) + timedelta(seconds=baysense.BUILT_S, hours=1)
BEFORE_THE_FLOOR = datetime(2026, 11, 1)
A_MONTH_S = 30 * 86_400


@pytest.fixture(scope="module")
def authority() -> Authority:
    needs_mosquitto()
    return Authority()


def impostor(kind: str, authority: Authority, folder: Path) -> Mosquitto:
    """Return a broker with a certificate that must not do; it takes every client."""
    certificate = {
        "untrusted": lambda: Authority("Somebody else").server(BROKER),
        "name": lambda: authority.server("other.kerb"),
        "expired": lambda: authority.server(BROKER, not_after=BEFORE_THE_FLOOR),
        "early": lambda: authority.server(BROKER, not_before=datetime(2027, 6, 1)),
    }[kind]()
    return Mosquitto(folder, certificate)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("untrusted", "not correctly signed"),
        ("name", "Common Name"),
        ("expired", "has expired"),
        ("early", "starts in the future"),
    ],
)
def test_an_impostor_gets_nothing_and_is_told_of(tmp_path: Path, authority: Authority, kind: str, words: str) -> None:
    with (
        impostor(kind, authority, tmp_path / "impostor") as wrong,
        city(wrong.address) as spy,
        secure_node(tmp_path, authority) as (bench, right),
    ):
        bench.network.fail(Fault(REDIRECT, 0, 900 * US, target=wrong.tls_address))
        bench.run(900)
        assert any("broker is refused" in line and words in line for line in bench.log)
        bench.run(HOUR_S)
        spy.settle()
        assert spy.heard == []
        assert right.got("health")[0]["faults"] == ["tls_refused"]
        assert [event["event"] for event in right.got("event")] == ["boot", "change", "heartbeat"]
        bench.run(HOUR_S)
        assert right.got("health")[-1]["faults"] == []  # told once


def test_a_broker_that_does_not_know_our_certificate_is_told_of(tmp_path: Path, authority: Authority) -> None:
    with secure_city(tmp_path / "broker", authority) as (broker, listening):
        stranger = credentials(authority, Authority("Somebody else").client(DEV_EUI))
        plan = Plan(tmp_path, listening, tls=broker.tls_address, credentials=stranger)
        with planned(plan) as bench:
            bench.run(600)
            assert any("it does not take us" in line for line in bench.log)
            assert listening.got("event") == []
            bench.press()
            assert "tls_refused" in bench.told("ready")[-1]["faults"]


def test_without_a_ca_nobody_is_trusted(tmp_path: Path, authority: Authority) -> None:
    with secure_city(tmp_path / "broker", authority) as (broker, listening):
        with planned(Plan(tmp_path, listening, tls=broker.tls_address)) as bench:
            bench.run(600)
            assert any("no CA certificate is stored" in line for line in bench.log)
        assert listening.got("event") == []


def test_the_floor_stands_in_until_the_time_server_answers(tmp_path: Path, authority: Authority) -> None:
    """A certificate from after the build date: valid in truth, but not by the floor."""
    server = authority.server(BROKER, not_before=SINCE_THE_FLOOR)
    with (
        Mosquitto(tmp_path / "broker", server, authority) as broker,
        city(broker.address) as listening,
        planned(
            Plan(
                tmp_path,
                listening,
                tls=broker.tls_address,
                credentials=credentials(authority, authority.client(DEV_EUI)),
            )
        ) as bench,
    ):
        bench.network.fail(Fault(NTP_SILENT, 0, 1200 * US))
        bench.run(1200)
        assert any("starts in the future" in line for line in bench.log)
        assert listening.got("event") == []
        bench.run(HOUR_S)
        assert listening.got("health")[0]["faults"] == ["tls_refused"]
        assert len(listening.got("event")) == 3


def test_no_time_server_at_all_is_no_hindrance(tmp_path: Path, authority: Authority) -> None:
    with secure_node(tmp_path, authority) as (bench, listening):
        bench.network.fail(Fault(NTP_SILENT, 0, FOREVER_US))
        bench.run(600)
        assert any("no answer from the time server" in line for line in bench.log)
        assert listening.got("health")[0]["faults"] == []


def test_a_time_before_the_floor_is_refused(tmp_path: Path, authority: Authority) -> None:
    with secure_node(tmp_path, authority) as (bench, listening):
        bench.network.fail(Fault(NTP_LIES, 0, 300 * US, offset_s=-A_MONTH_S))
        bench.run(600)
        assert listening.got("health")[0]["faults"] == ["time_refused"]
        bench.run(2 * HOUR_S)
        assert listening.got("health")[-1]["faults"] == []
        assert max(event["age_s"] for event in listening.got("event")) < 120  # device time went on as before


def test_a_time_decades_ahead_is_refused(tmp_path: Path, authority: Authority) -> None:
    with secure_node(tmp_path, authority) as (bench, listening):
        bench.network.fail(Fault(NTP_LIES, 0, 300 * US, offset_s=21 * 12 * A_MONTH_S))
        bench.run(600)
        assert listening.got("health")[0]["faults"] == ["time_refused"]


def test_a_wrong_time_is_asked_for_again_when_it_keeps_us_out(tmp_path: Path, authority: Authority) -> None:
    server = authority.server(BROKER, not_after=datetime(2028, 6, 1))
    with (
        Mosquitto(tmp_path / "broker", server, authority) as broker,
        city(broker.address) as listening,
        planned(
            Plan(
                tmp_path,
                listening,
                tls=broker.tls_address,
                credentials=credentials(authority, authority.client(DEV_EUI)),
            )
        ) as bench,
    ):
        bench.network.fail(Fault(NTP_LIES, 0, 600 * US, offset_s=60 * A_MONTH_S))
        bench.run(600)
        assert any("has expired" in line for line in bench.log)
        assert listening.got("event") == []
        bench.run(2 * HOUR_S)
        assert listening.got("health")[0]["faults"] == ["tls_refused"]


def test_one_false_time_that_the_broker_bears_out_raises_the_floor_by_a_month(
    tmp_path: Path, authority: Authority
) -> None:
    with secure_node(tmp_path, authority) as (bench, listening):
        bench.network.fail(Fault(NTP_LIES, 0, 600 * US, offset_s=60 * A_MONTH_S))
        bench.network.fail(Fault(NTP_LIES, 600 * US, FOREVER_US, offset_s=A_MONTH_S))  # stands for a month later
        bench.run(26 * HOUR_S)  # it asks once a day
        assert len(listening.got("health")) > 24
        assert {fault for health in listening.got("health") for fault in health["faults"]} == set()


def test_device_time_survives_the_clock_being_set(tmp_path: Path, authority: Authority) -> None:
    with secure_node(tmp_path, authority) as (bench, listening):
        bench.bay.drive_at(1000)
        bench.bay.drive_at(3000)
        bench.run(2 * HOUR_S)
        free, arrival, departure = (e for e in listening.got("event") if e["event"] == "change")
        assert departure["previous_s"] == pytest.approx(2000, abs=25)  # 1 % of the time asleep
        assert arrival["age_s"] < 60 and departure["age_s"] < 60


def test_what_is_retained_outlives_the_connection(tmp_path: Path, authority: Authority) -> None:
    with secure_node(tmp_path, authority) as (bench, listening):
        bench.run(600)
        leaves = {topic.removeprefix(f"baysense/{DEV_EUI}/") for topic in retained(listening.address)}
        assert leaves == {
            "state", "health", "config/reported", f"homeassistant/device/baysense-{DEV_EUI}/config"
        }  # fmt: skip
