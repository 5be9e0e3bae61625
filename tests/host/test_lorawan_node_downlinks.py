"""What the network tells a node: commands, the time, how well it is heard, another data rate."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baysense_host.virtual.lorawan.policy import Policy
from baysense_host.virtual.net.time_server import START
from lora_bench import STATUS_PORT, LoraBench, lora_bench
from uplink_bench import DAY_S, HOUR_S

PERIOD_S = 600
HEARTBEAT, BAY, ZONE, REBOOT, SAY = b"\x03", b"\x00", b"\x01", b"\x80", b"\x81"  # numbers of core/downlink.py
SLOW_DB, NEAR_DB = 150.0, 115.0
ADR_ACK_REQ = 0x40
_Y2K = datetime(2000, 1, 1, tzinfo=UTC)


def seconds(value_s: int) -> bytes:
    return value_s.to_bytes(3, "big")


def answers(bench: LoraBench) -> list[tuple[str | None, str | None]]:
    """Return what became of commands: why one was refused, and at which setting."""
    told = [fields for fields in bench.told_on(STATUS_PORT) if fields["type"] == "answer"]
    assert all(fields["accepted"] == (fields["error"] is None) for fields in told)
    return [(fields["error"], fields["setting"]) for fields in told]


def test_commands_change_settings_and_are_answered(tmp_path: Path) -> None:
    with lora_bench(tmp_path, heartbeat_s=PERIOD_S) as bench:
        bench.run(300)
        bench.command(HEARTBEAT + seconds(900) + BAY + b"\x04B-17")
        bench.run(PERIOD_S + 60)
        assert answers(bench) == [(None, None)]
        begun_s = bench.now_s()
        bench.run(HOUR_S)
        beats_s = [frame.t_s for frame in bench.frames if frame.t_s > begun_s]
        assert [late - early for early, late in zip(beats_s, beats_s[1:], strict=False)] == [
            pytest.approx(900, rel=0.02)
        ] * 3
        assert answers(bench) == [(None, None)]  # once
        bench.press()
        config = bench.ask("config")["config"]
        assert (config["heartbeat_s"], config["bay"]) == (900, "B-17")


WRONG = (
    (HEARTBEAT + seconds(1), ("value refused", "heartbeat_s")),
    (HEARTBEAT + seconds(900)[:2], ("incomplete", "heartbeat_s")),
    (HEARTBEAT + seconds(900) + ZONE + b"\x09", ("value refused", "zone")),
    (b"\x7f", ("no such command", "number 127")),
    (b"", ("incomplete", None)),
)


def test_a_refused_command_says_why_and_changes_nothing(tmp_path: Path) -> None:
    with lora_bench(tmp_path, heartbeat_s=PERIOD_S) as bench:
        bench.run(300)
        for wrong, _ in WRONG:
            bench.command(wrong)
            bench.run(PERIOD_S)
        assert answers(bench) == [why for _, why in WRONG]
        bench.press()
        assert bench.ask("config")["config"]["heartbeat_s"] == PERIOD_S


def test_reboot_and_a_report_at_once(tmp_path: Path) -> None:
    with lora_bench(tmp_path) as bench:
        bench.run(300)
        bench.command(REBOOT)
        bench.run(HOUR_S + 300)
        assert [fields["type"] for fields in bench.told_on(STATUS_PORT)] == ["boot", "answer", "boot"]
        assert [event.cause for event in bench.history if event.type == "boot"] == ["power", "reset"]
        assert bench.server.counts["joins"] == 1


def test_the_network_sets_the_clock_and_says_how_well_it_hears(tmp_path: Path) -> None:
    with lora_bench(tmp_path) as bench:
        bench.run(100)
        bench.press()
        rtc = bench.board.rtc
        told = _Y2K + timedelta(microseconds=rtc.now_us() + rtc.offset_us)
        true = START + timedelta(seconds=bench.now_s())
        assert abs(told - true) < timedelta(seconds=1.5)
        bench.run(HOUR_S)
        assert 200 < (bench.device.battery or 0) <= 254  # DevStatusAns
        assert bench.device.margin_db is not None
        asked = [name for name, _ in bench.device.answers]
        assert "dev_status_ans" in asked


def test_adaptive_data_rate_leaves_room_for_a_car(tmp_path: Path) -> None:
    with lora_bench(tmp_path, heartbeat_s=1800) as bench:
        bench.shadow(SLOW_DB)
        bench.run(HOUR_S, lambda: bench.device.session is not None)
        bench.run(600)
        assert bench.frames[-1].emission.sf == 12
        bench.shadow(NEAR_DB)
        bench.run(DAY_S / 2)
        assert bench.frames[-1].emission.sf == 7
        bench.bay.drive_at(bench.now_s() + 60)
        begun_s = bench.now_s()
        bench.run(2 * HOUR_S)
        assert all(frame.arrived for frame in bench.frames if frame.t_s > begun_s)
        assert bench.receiver.state == "occupied"


def test_a_node_that_hears_nothing_asks(tmp_path: Path) -> None:
    with lora_bench(tmp_path, heartbeat_s=60) as bench:
        bench.server.policy = Policy(adr=False, ask_status=False)  # the server has nothing to say by itself
        bench.run(72 * 60)
        data = [frame for frame in bench.frames if frame.kind != "join"]
        asking = [number for number, frame in enumerate(data) if frame.emission.data[5] & ADR_ACK_REQ]
        assert len(asking) == 1 and 63 < asking[0] < 67  # ADR_ACK_LIMIT after the last answer; it got another


def test_an_alarm_of_a_keep_clear_zone_is_confirmed(tmp_path: Path) -> None:
    with lora_bench(tmp_path, zone="keep_clear", dwell_s=300) as bench:
        bench.bay.drive_at(600)
        bench.run(1200)
        alarm = bench.history[-1]
        assert (alarm.type, alarm.state, alarm.cause) == ("dwell", "occupied", "arrival")
        assert bench.frames[-1].kind == "confirmed"
        assert bench.frames[-1].t_s == pytest.approx(905, abs=15)
        bench.run(2 * HOUR_S)
        assert [event.type for event in bench.history].count("dwell") == 1
