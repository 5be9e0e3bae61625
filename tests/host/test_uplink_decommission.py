"""How a device leaves: what it says last, and that nothing it was entrusted with is left on its flash."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from baysense_host.virtual.net.certificates import Authority
from city import City, retained
from node_bench import DEV_EUI, PASSWORD, NodeBench, Plan, planned
from uplink_bench import HOUR_S, MAINS, credentials, needs_mosquitto, secure_city

TOPIC = f"baysense/{DEV_EUI}"
STATUS = f"{TOPIC}/status"
DISCOVERY = f"homeassistant/device/baysense-{DEV_EUI}/config"
PERIOD_S = 600
WIPING_S = 180
BROKER_PASSWORD = "only-for-the-broker"
APP_KEY, POP = bytes(range(0xA0, 0xB0)), b"PROOF2345POSSESS"
FACTORY = [APP_KEY.hex().encode(), POP.hex().encode()]  # as the copy on flash has them, and the NVS of this bench
GONE = {"dev_eui": DEV_EUI}


@pytest.fixture(scope="module")
def authority() -> Authority:
    needs_mosquitto()
    return Authority()


@contextmanager
def node(folder: Path, authority: Authority, make: str) -> Iterator[tuple[NodeBench, City, list[bytes]]]:
    """Run a node with secrets that can be told from everything else; yield them, too."""
    login = authority.client(DEV_EUI)
    settings = {"mqtt_user": "bay", "mqtt_password": BROKER_PASSWORD, "heartbeat_s": PERIOD_S, "bay": "Kerb 9"}
    entrusted = [PASSWORD.encode(), BROKER_PASSWORD.encode(), login.key_der[20:60], b"Kerb 9"]

    def identify(bench: NodeBench) -> None:
        known = {"id_version": 1, "dev_eui": bytes.fromhex(DEV_EUI), "join_eui": bytes(8)}
        bench.board.nvs.preset("baysense", known | {"app_key": APP_KEY, "pop": POP})

    with secure_city(folder / "broker", authority) as (broker, listening):
        plan = Plan(folder, listening, make, None, broker.tls_address, credentials(authority, login), None, settings)
        with planned(plan, identify) as bench:
            bench.run(300)
            assert len(listening.got("event")) == 2
            assert readable(bench, entrusted) == entrusted
            assert readable(bench, FACTORY) == FACTORY
            yield bench, listening, entrusted + FACTORY


def readable(bench: NodeBench, secrets: list[bytes]) -> list[bytes]:
    """Return what can be read from the flash, its NVS included."""
    content = bench.board.options.flash.read_bytes() + bench.board.options.flash.with_suffix(".nvs").read_bytes()
    return [secret for secret in secrets if secret in content]


def assert_silent(bench: NodeBench) -> None:
    """It begins anew, does not use the radio again, and still answers whoever comes to it."""
    ready = bench.told("ready")[-1]
    assert (ready["state"], ready["faults"]) == ("unknown", [])
    before = len(bench.radio_s())
    bench.run(300 if bench.board.options.facts["power"] == "mains" else 3 * HOUR_S)
    assert len(bench.radio_s()) == before
    bench.press()
    assert bench.ask("config")["config"]["uplink"] == "none"


def assert_taken_back(listening: City) -> None:
    """Nothing is retained but its last word, and that was the last it said."""
    assert retained(listening.address) == {STATUS: b"decommissioned"}
    listening.settle()
    assert (listening.heard[-1].topic, listening.heard[-1].payload) == (STATUS, b"decommissioned")


@pytest.mark.parametrize("make", ["HELTEC_WIFI_LORA_32_V3", MAINS])
def test_decommissioned_over_mqtt(tmp_path: Path, authority: Authority, make: str) -> None:
    with node(tmp_path, authority, make) as (bench, listening, secrets):
        listening.call(DEV_EUI, 1, "decommission", dev_eui="0000000000000000")
        bench.run(PERIOD_S + 60)
        assert "dev_eui" in listening.got("reply")[0]["error"]["message"]
        assert STATUS not in retained(listening.address) or retained(listening.address)[STATUS] == b"online"
        listening.call(DEV_EUI, 2, "decommission", **GONE)
        bench.run(PERIOD_S + WIPING_S)
        assert listening.got("reply")[1]["result"] == {}
        assert_taken_back(listening)
        assert readable(bench, secrets) == []
        assert_silent(bench)
        assert_taken_back(listening)
        assert bench.ask("info")["dev_eui"] == DEV_EUI


@pytest.mark.parametrize("make", ["HELTEC_WIFI_LORA_32_V3", MAINS])
def test_decommissioned_at_the_console(tmp_path: Path, authority: Authority, make: str) -> None:
    with node(tmp_path, authority, make) as (bench, listening, secrets):
        if make != MAINS:
            bench.press()
        assert bench.ask("decommission", **GONE) == {}
        bench.run(WIPING_S)
        assert readable(bench, secrets) == []
        assert_taken_back(listening)
        assert_silent(bench)


def test_what_is_answered_happens_though_the_power_fails_at_once(tmp_path: Path, authority: Authority) -> None:
    with node(tmp_path, authority, "HELTEC_WIFI_LORA_32_V3") as (bench, listening, secrets):
        bench.press()
        assert bench.ask("decommission", **GONE) == {}
        assert readable(bench, secrets) == secrets
        bench.power_cut()
        bench.run(WIPING_S)
        assert readable(bench, secrets) == []
        assert_silent(bench)


def test_a_factory_reset_keeps_who_the_device_is(tmp_path: Path, authority: Authority) -> None:
    with node(tmp_path, authority, "HELTEC_WIFI_LORA_32_V3") as (bench, listening, secrets):
        bench.press()
        assert bench.ask("factory-reset", **GONE) == {}
        bench.run(WIPING_S)
        assert readable(bench, secrets) == FACTORY
        assert b"decommissioned" not in listening.raw("/status")
        assert_silent(bench)
        assert not bench.ask("info")["provisional"]


@pytest.mark.parametrize(("operations", "mode"), [(4, "torn"), (40, "lost"), (400, "torn"), (700, "done")])
def test_a_power_cut_only_delays_the_wipe(tmp_path: Path, authority: Authority, operations: int, mode: str) -> None:
    with node(tmp_path, authority, "HELTEC_WIFI_LORA_32_V3") as (bench, listening, secrets):
        bench.press()
        bench.board.flash.cut_at(operations, mode)
        assert bench.ask("decommission", **GONE) == {}  # from now on it happens
        bench.run(60, lambda: bench.board.state == "off")
        assert bench.board.state == "off"
        assert readable(bench, secrets), "the wipe was over already"
        bench.board.power_on()
        bench.run(WIPING_S)
        assert readable(bench, secrets) == []
        assert_silent(bench)
