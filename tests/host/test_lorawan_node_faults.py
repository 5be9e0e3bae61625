"""Missing keys, a radio that does not work, settings that cannot be: each is named, and nothing stops."""

from pathlib import Path
from typing import Any

import pytest

from baysense_host.errors import ToolError
from lora_bench import LoraBench, lora_bench
from uplink_bench import HOUR_S

KEYS = {"lora_join_eui": "70b3d57ed0000001", "lora_app_key": "000102030405060708090a0b0c0d0e0f"}
RADIO_FAULTS = {"absent": "radio_absent", "busy_stuck": "radio_busy", "tcxo_fault": "radio_clock"}
WRONG = (
    ({"lora_join_eui": "70b3d5"}, "lora_join_eui: must have 16 hex digits, or none for the factory's"),
    ({"lora_join_eui": "70b3d57ed00000zz"}, "lora_join_eui: must have 16 hex digits, or none for the factory's"),
    ({"lora_app_key": "00" * 15}, "lora_app_key: must have 32 hex digits, or none for the factory's"),
    ({"lora_app_key": "00" * 17}, "lora_app_key: must have 0 to 32 bytes"),
    ({"lora_region": "EU433"}, "lora_region: must be one of EU868, US915, AU915, IN865"),
    ({"lora_sub_band": 9}, "lora_sub_band: must be 0 to 8"),
)


def without_keys(bench: LoraBench) -> None:
    """Let the factory have forgotten them."""
    bench.board.nvs.preset("baysense", {})


def told(bench: LoraBench) -> set[str]:
    """Return the faults that `info` tells of, less what is no matter of the radio."""
    bench.press()
    return set(bench.ask("info")["faults"]) - {"calibrating"}


def test_missing_keys_are_named_until_they_are_there(tmp_path: Path) -> None:
    with lora_bench(tmp_path, prepare=without_keys) as bench:
        bench.run(HOUR_S)
        assert bench.frames == []
        assert told(bench) == {"lora_keys"}
        assert any("set lora_join_eui and lora_app_key" in line for line in bench.log)
        bench.device.join_eui, bench.device.app_key = KEYS["lora_join_eui"], bytes.fromhex(KEYS["lora_app_key"])
        bench.ask("config", **KEYS)
        bench.run(300)
        assert bench.known() == ["free"]
        assert bench.receiver.health["fault"] == ["lora_keys"]  # why nobody heard of it
        bench.run(HOUR_S + 60)
        assert bench.receiver.health["fault"] == []
        assert told(bench) == set()


def test_half_the_keys_are_not_enough(tmp_path: Path) -> None:
    key = {"lora_app_key": KEYS["lora_app_key"]}
    with lora_bench(tmp_path, prepare=without_keys, **key) as bench:
        bench.run(200)
        assert told(bench) == {"lora_keys"} and bench.frames == []


def test_the_end_of_the_nonces_is_named(tmp_path: Path) -> None:
    def nearly_used_up(bench: LoraBench) -> None:
        bench.board.nvs.preset("baysense", {"dev_nonce": 0xFFFE})
        bench.device.join_eui, bench.device.app_key = KEYS["lora_join_eui"], bytes.fromhex(KEYS["lora_app_key"])
        bench.gateway.switch(False)

    with lora_bench(tmp_path, prepare=nearly_used_up, **KEYS) as bench:
        bench.run(HOUR_S)
        assert [frame.emission.data[17:19] for frame in bench.frames] == [b"\xff\xff"]  # the last one, and once
        assert "lora_counter" in told(bench)
        assert any("the device needs a new AppKey" in line for line in bench.log)


@pytest.mark.parametrize("switch", RADIO_FAULTS)
@pytest.mark.parametrize("from_the_start", (True, False), ids=("from the start", "later"))
def test_a_radio_that_does_not_work_is_named_and_found_again(
    tmp_path: Path, switch: str, from_the_start: bool
) -> None:
    with lora_bench(tmp_path) as bench:
        if not from_the_start:
            bench.run(300)
            assert bench.known() == ["free"]
        bench.break_radio(switch)
        bench.bay.drive_at(600)
        bench.run(HOUR_S)
        assert told(bench) == {RADIO_FAULTS[switch]}
        assert bench.states() == ["free", "occupied"]  # it goes on watching
        bench.break_radio(switch, False)
        bench.run(2 * HOUR_S)
        assert bench.known() == ["free", "occupied"] and bench.receiver.missing() == []
        assert bench.receiver.health["fault"] == []
        assert told(bench) == set()


@pytest.mark.parametrize("switch", ("absent", "tcxo_fault"))
def test_an_sx1276_that_does_not_work_is_named_and_found_again(tmp_path: Path, switch: str) -> None:
    with lora_bench(tmp_path, "LILYGO_TTGO_LORA32_V2_1") as bench:
        bench.break_radio(switch)
        bench.run(HOUR_S)
        assert told(bench) == {RADIO_FAULTS[switch]}
        bench.break_radio(switch, False)
        bench.run(2 * HOUR_S)
        assert bench.known() == ["free"]
        assert told(bench) == set()


def test_a_radio_that_fails_in_the_middle_of_a_frame(tmp_path: Path) -> None:
    with lora_bench(tmp_path) as bench:
        bench.run(300)
        for number, switch in enumerate(RADIO_FAULTS):
            sent = len(bench.radio_log("tx"))
            bench.bay.drive_at(bench.now_s() + 60)
            bench.run(200, lambda sent=sent: len(bench.radio_log("tx")) > sent)
            bench.run(0.02)
            bench.break_radio(switch)
            bench.run(300)
            bench.break_radio(switch, False)
            bench.run(2 * HOUR_S)
            assert len(bench.known()) == number + 2 and bench.receiver.missing() == []
        assert told(bench) == set()


@pytest.mark.parametrize(("wrong", "sentence"), WRONG)
def test_wrong_settings_are_refused_in_a_sentence(tmp_path: Path, wrong: dict[str, Any], sentence: str) -> None:
    with lora_bench(tmp_path, **wrong) as bench:
        with pytest.raises(ToolError, match="refused its settings") as refusal:
            bench.run(10)
        assert sentence in str(refusal.value)
        assert bench.frames == []
