"""The node's console: JSON-RPC, one object a line; all other lines are log text."""

import time

import pytest

from dut import Dut, Refused


def test_ready_says_who_and_how(dut: Dut) -> None:
    ready = dut.reset()
    assert ready["cause"] == "reset"
    assert len(ready["dev_eui"]) == 16
    assert ready["state"] in ("free", "occupied", "unknown")
    assert ready["faults"] == []


def test_info_answers_after_ready_too(dut: Dut) -> None:
    info = dut.call("info")
    assert info["heap_free"] > 8_000
    assert info["firmware"].count(".") == 2


def test_config_lists_every_setting_but_no_secret(dut: Dut) -> None:
    dut.call("config", wifi_password="not to be read")
    try:
        answer = dut.call("config")
        assert answer["config"]["wifi_password"] == "***"
        assert answer["config"]["zone"] == "bay"
        assert len(answer["hash"]) == 8
        assert b"not to be read" not in dut.log.read_bytes().rpartition(b"> ")[2]
    finally:
        dut.call("config", wifi_password="")


def test_config_is_kept_over_a_reset(dut: Dut) -> None:
    before = dut.call("config")["hash"]
    dut.call("config", bay="Kreuzung 7", heartbeat_s=1800)
    dut.reset()
    answer = dut.call("config")
    assert (answer["config"]["bay"], answer["config"]["heartbeat_s"]) == ("Kreuzung 7", 1800)
    assert dut.call("config", bay="", heartbeat_s=3600)["hash"] == before != answer["hash"]


def test_config_is_kept_over_a_power_cut(dut: Dut) -> None:
    dut.call("config", bay="kept")
    assert dut.power_cycle()["cause"] == "power"
    assert dut.call("config")["config"]["bay"] == "kept"
    dut.call("config", bay="")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"bay": "no", "zoo": 1}, "zoo: no such setting"),
        ({"bay": "no", "heartbeat_s": 10}, "heartbeat_s: must be 60 to 86400 s"),
        ({"bay": "no", "heartbeat_s": "60"}, "heartbeat_s: must be a whole number"),
        ({"bay": "no", "zone": "garden"}, "zone: must be one of"),
        ({"bay": "no", "uplink": "mqtt"}, "wifi_ssid: is needed"),
        ({"bay": "n" * 33}, "bay: must have 0 to 32 bytes"),
    ],
)
def test_config_changes_all_or_nothing(dut: Dut, changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(Refused, match=complaint):
        dut.call("config", **changes)
    assert dut.call("config")["config"]["bay"] == ""


def test_sensor_reads_a_field_as_on_earth(dut: Dut) -> None:
    reading = dut.call("sensor.read")
    strength_nt = sum(reading[axis] ** 2 for axis in ("x_nt", "y_nt", "z_nt")) ** 0.5
    assert 15_000 < strength_nt < 120_000
    assert -4000 < reading["temperature_cdeg"] < 8500
    assert dut.call("sensor.read") != reading


def test_selftest_judges_every_part(dut: Dut) -> None:
    result = dut.call("selftest")
    assert result["ok"] is True
    assert {"field", "noise", "flash"} <= set(result["parts"])
    assert all(part["ok"] for part in result["parts"].values())


def test_log_shows_the_latest_events_and_starts(dut: Dut) -> None:
    log = dut.call("log")
    assert (log["events"][-1]["event"], log["events"][-1]["cause"]) == ("boot", "reset")
    assert (log["log"][-1]["what"], log["log"][-1]["cause"]) == ("boot", "reset")
    assert log["unsent"] >= len(log["events"]) >= 1
    assert log["crashes"] == ""


def test_reboot_answers_first(dut: Dut) -> None:
    assert dut.call("reboot") == {}
    assert dut.ready()["cause"] == "reset"


def test_what_is_no_request_is_answered_or_ignored(dut: Dut) -> None:
    dut.write(b'AT+GMR\r\n\xff\xfe\x00 noise\n\n{"half": \n')
    assert dut.message(lambda m: "error" in m, "complaint")["error"]["code"] == -32700
    dut.write(b'[]\n{"id": 1}\n')
    assert dut.message(lambda m: "error" in m, "complaint")["error"]["code"] == -32600
    with pytest.raises(Refused, match="no such method") as refused:
        dut.call("open.sesame")
    assert refused.value.code == -32601
    assert "firmware" in dut.call("info")


def test_a_line_without_end_does_no_harm(dut: Dut) -> None:
    for _ in range(20):
        dut.write(b"{" + b"x" * 499)
        time.sleep(0.02)
    dut.write(b"\n")
    assert dut.message(lambda m: "error" in m, "complaint")["error"]["code"] == -32700
    assert "firmware" in dut.call("info")


def test_ctrl_c_leads_to_the_repl_and_ctrl_d_back(dut: Dut) -> None:
    dut.write(b"\x03")
    dut.expect(r"KeyboardInterrupt")
    dut.expect(r">>> $")
    dut.write(b"import sys; 'baysense.node' in sys.modules\r")
    dut.expect(r"^True\r?$")
    dut.write(b"\x04")
    dut.expect(r"soft reboot")
    assert dut.ready()["cause"] == "soft"
