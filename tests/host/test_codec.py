"""The payload codec in JavaScript and in Python: the same examples, the same answers, the same tables."""

import json
import random
import sys
import tomllib
from datetime import datetime
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

import pytest

from baysense.core import downlink, event, faults, payload
from baysense.core.config import FIELDS
from baysense.core.state import STATE_NAMES
from baysense_host.errors import ToolError
from baysense_host.lorawan.decode import decode
from baysense_host.lorawan.encode import encode
from javascript import CODEC, called, es5_error, evaluated

CODECS = CODEC.parent
EXAMPLES = json.loads((CODECS / "examples.json").read_text(encoding="utf-8"))


def python(function: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return what Python makes of an input, in the form that the JavaScript functions have."""
    try:
        if function == "encodeDownlink":
            fport, data = encode(given["data"])
            return {"fPort": fport, "bytes": list(data)}
        received = given.get("recvTime")
        at = datetime.fromisoformat(received) if received else None
        return {"data": decode(given["fPort"], bytes(given["bytes"]), at)}
    except ToolError as error:
        return {"errors": [str(error)]}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["description"])
def test_examples_in_python(example: dict[str, Any]) -> None:
    answer = python(example["function"], example["input"])
    if example["function"] == "encodeDownlink" and "errors" in answer:
        answer["errors"] = example["output"]["errors"]  # the settings' own words, which say the same
        assert "errors" in example["output"]
    assert answer == example["output"]


def test_examples_in_javascript() -> None:
    answers = called([(example["function"], example["input"]) for example in EXAMPLES])
    for example, answer in zip(EXAMPLES, answers, strict=True):
        assert answer == example["output"], example["description"]


def test_every_function_and_fport_has_an_example() -> None:
    functions = [example["function"] for example in EXAMPLES]
    assert set(functions) == {"decodeUplink", "encodeDownlink", "decodeDownlink"}
    fports = {e["input"]["fPort"] for e in EXAMPLES if e["function"] == "decodeUplink" and "data" in e["output"]}
    assert fports == {payload.CHANGE_PORT, payload.HEARTBEAT_PORT, payload.STATUS_PORT}


def test_any_bytes_are_the_same_in_both_languages() -> None:
    chance = random.Random(5)
    cases = []
    for _ in range(4000):
        fport = chance.choice((1, 1, 1, 2, 3, 3, 10))
        length = chance.choice((chance.randrange(24), 4, 5, 9, 10, 11))
        data = [chance.randrange(256) for _ in range(length)]
        if fport == 3 and data:
            data[0] &= 0x3F
        if fport == 10:
            data = [chance.randrange(14) if chance.random() < 0.9 else chance.choice((128, 129)) for _ in data]
        given = {"fPort": fport, "bytes": data}
        if chance.random() < 0.5:
            given["recvTime"] = "2026-11-24T08:00:00.125Z"
        cases.append(("decodeDownlink" if fport == 10 else "decodeUplink", given))
    whole = 0
    for (function, given), answer in zip(cases, called(cases), strict=True):
        if function == "decodeDownlink":
            given = {"fPort": 10, "bytes": given["bytes"]}
        assert answer == python(function, given), given
        whole += "data" in answer
    assert whole > 500


def test_any_settings_are_the_same_in_both_languages() -> None:
    chance = random.Random(6)
    texts = ("", "B-17", "Königstraße", "停车", "🚗", "x" * 33, "a\nb")
    cases = []
    for _ in range(500):
        wanted: dict[str, Any] = {}
        for name, _size in chance.sample(downlink.SETTINGS, chance.randrange(1, 4)):
            field = next(each for each in FIELDS if each.name == name)
            if field.type is int:
                wanted[name] = chance.choice((field.low, field.high, field.low - 1, field.high + 1, 2222))
            elif field.type is bool:
                wanted[name] = chance.choice((True, False, 1))
            else:
                wanted[name] = chance.choice((*field.low, "garden") if isinstance(field.low, tuple) else texts)
        if wanted.get("free_nt", 0) >= wanted.get("occupied_nt", 60_000):
            continue  # JavaScript leaves it to the device to compare the two
        if chance.random() < 0.3:
            wanted[chance.choice(downlink.COMMANDS)] = True
        cases.append(("encodeDownlink", {"data": wanted}))
    good = 0
    for (function, given), answer in zip(cases, called(cases), strict=True):
        expected = python(function, given)
        assert ("errors" in answer) == ("errors" in expected), given
        if "bytes" in answer:
            good += 1
            assert answer == expected
            assert decode(10, bytes(answer["bytes"])) == given["data"]
    assert good > 100


def test_tables_are_those_of_the_firmware() -> None:
    names = ("STATES", "LEVELS", "WHY", "RESET_CAUSES", "FAULTS", "REASONS", "SETTINGS", "COMMANDS", "COMMAND_PORT")
    states, levels, why, causes, codes, reasons, settings, commands, port = evaluated(
        [(f"JSON.stringify({name})", None) for name in names]
    )
    assert states[:3] == list(STATE_NAMES)
    assert levels == list(payload.LEVELS) and why == [list(row) for row in payload.WHY]
    assert causes == list(event.CAUSES) and codes == faults.names(0xFFFFFFFF)
    assert reasons == list(downlink.REASONS) and commands == list(downlink.COMMANDS)
    assert port == downlink.PORT
    fields = {field.name: field for field in FIELDS}
    assert [(setting["name"], setting["bytes"]) for setting in settings] == list(downlink.SETTINGS)
    for setting in settings:
        field = fields[setting["name"]]
        choices = list(field.low) if isinstance(field.low, tuple) else [False, True] if field.type is bool else None
        assert setting.get("choices") == choices
        if choices is None:
            assert (setting["low"], setting["high"]) == (field.low, field.high)


def test_the_manual_has_the_tables() -> None:
    manual = (CODECS.parents[1] / "docs" / "lorawan.md").read_text(encoding="utf-8")
    for number, (name, _) in enumerate(downlink.SETTINGS):
        assert f"| {number} | `{name}` |" in manual
    assert all(f"| {128 + number} |" in manual for number in range(len(downlink.COMMANDS)))
    assert ", ".join(str(level) for level in payload.LEVELS) + " %" in manual
    assert ", ".join(f"{number} {reason}" for number, reason in enumerate(downlink.REASONS)) in manual
    for why in range(max(len(row) for row in payload.WHY)):
        row = [f"`{causes[why]}`" if why < len(causes) else "" for causes in payload.WHY]
        assert f"| {why} | {' | '.join(row)} |".replace("`dwell`", "dwell alarm").replace("|  |", "| |") in manual
    zones = next(field for field in FIELDS if field.name == "zone").low
    assert ", ".join(f"{number} `{zone}`" for number, zone in enumerate(zones)) in manual


def test_a_time_of_arrival_may_be_a_date_a_text_or_missing() -> None:
    given = {"fPort": 1, "bytes": [18, 229, 73, 189]}
    as_date = "input.recvTime = new Date('2026-11-24T08:00:00Z'), JSON.stringify(decodeUplink(input))"
    for answer in evaluated([(as_date, dict(given))]):
        assert answer["data"]["time"] == "2026-11-24T07:59:50.000Z"
    for missing in ({}, {"recvTime": None}):
        assert "time" not in called([("decodeUplink", {**given, **missing})])[0]["data"]


def test_codec_is_ecmascript_5_without_modules() -> None:
    code = CODEC.read_text(encoding="utf-8")
    assert not es5_error(code)
    assert es5_error("const a = 1;") and es5_error("export default 1;")
    assert "require(" not in code and "module." not in code
    assert len(code) < 40_960, "The Things Stack takes no more"  # TTS: limit of a payload formatter


def generator() -> ModuleType:
    spec = spec_from_file_location("generate", CODECS / "generate.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    sys.modules["generate"] = module
    spec.loader.exec_module(module)
    return module


def test_folders_for_network_servers_are_what_the_generator_makes() -> None:
    wanted = generator().generated()
    there = {
        file.relative_to(CODECS).as_posix(): file.read_text(encoding="utf-8")
        for folder in ("ttn", "chirpstack")
        for file in (CODECS / folder).rglob("*")
        if file.is_file()
    }
    assert there == wanted, "run: python host_tools/codecs/generate.py"


def test_vendor_and_profile_numbers_agree() -> None:
    organisation = tomllib.loads((CODECS / "organisation.toml").read_text(encoding="utf-8"))
    vendor = CODECS / "chirpstack" / "vendors" / organisation["slug"]
    chirpstack = tomllib.loads((vendor / "vendor.toml").read_text(encoding="utf-8"))["vendor"]
    assert chirpstack["vendor_id"] == organisation["vendor_id"]
    index = (CODECS / "ttn" / "vendor" / "index.yaml").read_text(encoding="utf-8")
    assert ("vendorID" in index) == bool(organisation["vendor_id"])
    profiles = {}
    for name in chirpstack["devices"]:
        device = tomllib.loads((vendor / "devices" / name).read_text(encoding="utf-8"))["device"]
        for firmware in device["firmware"]:
            assert (vendor / "codecs" / firmware["codec"]).is_file()
            for file in firmware["profiles"]:
                profile = tomllib.loads((vendor / "profiles" / file).read_text(encoding="utf-8"))["profile"]
                profiles[profile["vendor_profile_id"]] = profile["region"]
                assert profile["mac_version"] == "1.0.4" and profile["uplink_interval"] >= 3600
    assert profiles == {profile["id"]: profile["region"] for profile in organisation["profiles"]}
    regions = next(field for field in FIELDS if field.name == "lora_region").low
    assert sorted(profiles.values()) == sorted(regions)
    ttn = (CODECS / "ttn" / "vendor" / organisation["slug"] / "index.yaml").read_text(encoding="utf-8")
    assert all(f'  "{number}":' in ttn for number in profiles)
