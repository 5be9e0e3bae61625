"""The delivery campaign: half a day of everything that fails arrives once; a node that cheats is found out."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from baysense_host.bench.delivery import FULL, QUICK, run
from baysense_host.bench.outage.campaign import Month, live_through
from baysense_host.bench.outage.judge import judge
from baysense_host.bench.outage.picture import draw
from baysense_host.bench.outage.schedule import AT_ONCE, DEVICE, IN_SENDING, NETWORK, Outage, plan
from baysense_host.bench.outage.witness import Witness
from baysense_host.bench.parts import parts
from baysense_host.bench.report import Findings, as_record, silent
from baysense_host.paths import firmware_dir
from baysense_host.virtual.net import faults
from baysense_host.virtual.net.mosquitto import Mosquitto, available

pytestmark = pytest.mark.skipif(not available(), reason="mosquitto is not installed: apt install mosquitto")

# No broker for so long that several changes wait; then a connection that breaks between two of them.
CUT_SHORT = [
    Outage(faults.REFUSE, 1000.0, 6000.0),
    Outage(faults.DROP, 1100.0, 300.0, IN_SENDING),
]


@pytest.fixture(scope="module")
def findings() -> Findings:
    return run(quick=True)


def test_delivery_is_a_part_and_its_helpers_are_none() -> None:
    assert "delivery" in parts() and "outage" not in parts()


def test_half_a_day_of_failures_is_survived(findings: Findings) -> None:
    values = {mark.id: mark.value for mark in findings.marks}
    assert values["changes_arrived"] == 20
    none = ("changes_twice", "changes_false", "events_lost", "events_unrecorded", "seq_conflicts", "out_of_order")
    assert {name: values[name] for name in none} == dict.fromkeys(none, 0)
    assert set(findings.detail["month"]["outages_by_kind"]) == {*NETWORK, *DEVICE}
    assert values["failed_tries"] and values["failed_charge"]


def test_latency_and_growth_are_measured(findings: Findings) -> None:
    values = {mark.id: mark.value for mark in findings.marks}
    assert all(values[name] is not None for name in ("latency_over_pub", "heap_growth", "least_heap_tls"))
    assert len(findings.detail["latency"]["pub_ms"]) == QUICK.timed_changes
    assert json.loads(json.dumps(as_record("delivery", findings)))["part"] == "delivery"


def test_plan_is_the_same_for_a_seed_and_leaves_calm_at_the_end() -> None:
    outages = plan(1, FULL.month)
    assert outages == plan(1, FULL.month) != plan(2, FULL.month)
    amounts = [sum(outage.kind == kind and outage.lasts_s < 80_000 for outage in outages) for kind in NETWORK]
    assert set(amounts) == {FULL.month.each_network}
    assert max(one.start_s + one.lasts_s for one in outages) < (FULL.month.days * 86_400 - FULL.month.calm_s)
    assert max(one.lasts_s for one in outages) == 86_400


def cut_short(folder: Path) -> Month:
    """Let a node live through that, and then long enough for everything to arrive."""
    return live_through(folder, seed=1, days=0.2, outages=CUT_SHORT, tell=silent)


def test_events_of_a_broken_connection_come_again(tmp_path: Path) -> None:
    month = cut_short(tmp_path)
    assert [outage.moment for outage in month.outages] == [AT_ONCE, IN_SENDING]
    delivery = judge(month)
    assert delivery.recorded > 4 and not delivery.lost


def test_acknowledging_too_early_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strike events out of the journal before the broker has them: what the broken connection held is lost."""
    firmware = tmp_path / "firmware"
    shutil.copytree(firmware_dir(), firmware, ignore=shutil.ignore_patterns("__pycache__"))
    reporting = firmware / "baysense" / "reporting.py"
    lines = reporting.read_text().splitlines()
    publish = next(at for at, line in enumerate(lines) if line.strip() == "_publish_event(node, link, seq, body)")
    lines[publish], lines[publish + 1] = lines[publish + 1], lines[publish]
    reporting.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr("baysense_host.virtual.fleet.firmware_dir", lambda: firmware)
    assert judge(cut_short(tmp_path)).lost


def test_month_becomes_a_picture(tmp_path: Path) -> None:
    draw(cut_short(tmp_path), tmp_path / "delivery.png")
    assert (tmp_path / "delivery.png").read_bytes().startswith(b"\x89PNG")


def test_witness_keeps_its_session_over_restarts(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker", persistence=True) as broker:
        witness = Witness(broker.address)
        witness.start()
        broker.stop()
        witness.await_offline()
        broker.start()
        say = ["mosquitto_pub", "-p", str(broker.port), "-q", "1", "-t", "baysense/1/event", "-m", "while away"]
        subprocess.run(say, check=True, timeout=10)
        witness.await_online()
        witness.fence()
        assert [heard.payload for heard in witness.take()] == [b"while away"]
        witness.stop()


def test_fence_waits_for_what_the_broker_took(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker") as broker:
        witness = Witness(broker.address)
        witness.start()
        for number in range(20):
            say = ["mosquitto_pub", "-p", str(broker.port), "-q", "1", "-t", "baysense/1/event", "-m", str(number)]
            subprocess.run(say, check=True, timeout=10)
            witness.fence()
            assert [heard.payload for heard in witness.take()] == [str(number).encode()]
        witness.stop()
