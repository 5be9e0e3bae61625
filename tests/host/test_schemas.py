"""The schemas of docs/schema: what the firmware sends fits them, what is wrong does not, and their lists are ours."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from baysense.core import config, discovery, event, faults, report, topics
from baysense.core.event import Event
from baysense.core.state import FREE, OCCUPIED, UNKNOWN
from baysense.provision.rpc import Rpc, RpcError

FAULTS = faults.names((1 << 32) - 1)
DOCS = Path(__file__).resolve().parents[2] / "docs"
NAMES = ("event", "state", "health", "reply", "config-reported", "discovery")
EUI = "70b3d5fffe012345"
RUNS_ON = "0.1.0 0a1b2c3d ffee0011"
HEALTH = {
    "firmware": "0.1.0", "detector": "0a1b2c3d", "config": "ffee0011", "wakes": 3, "fruitless_wakes": 0, "unsent": 2,
    "heartbeat_s": 3600,
}  # fmt: skip


def schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DOCS / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return content


def wrong(name: str, payload: bytes | dict[str, Any]) -> list[str]:
    """Return what a schema has against a payload."""
    content = json.loads(payload) if isinstance(payload, bytes) else payload
    return [error.message for error in Draft202012Validator(schema(name)).iter_errors(content)]


def happened(kind: str = event.CHANGE, state: int = OCCUPIED, flags: int = 0) -> Event:
    made = Event(kind, state, "arrival", 1000, 1, 1, 60, 91, (1 << len(FAULTS)) - 1, flags, 12)
    if kind != event.CHANGE:
        made.runs_on = RUNS_ON
    return event.unpack(event.pack(made), 12)


def sent(made: Event, epoch: int = 1) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(report.event_payload(made, "B-17", "keep_clear", 3450, epoch, 1))
    return fields


def ha(battery: bool = True) -> dict[str, Any]:
    message = discovery.payload(EUI, "baysense", "B-17", "HELTEC_WIFI_LORA_32_V3", "0.1.0", battery, 10_800)
    fields: dict[str, Any] = json.loads(message)
    return fields


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert wrong(name, {}) and wrong(name, {"nonsense": 1})


@pytest.mark.parametrize("kind", event.KINDS)
@pytest.mark.parametrize("state", (FREE, OCCUPIED, UNKNOWN))
def test_events_and_states(kind: str, state: int) -> None:
    for epoch in (1, 2):
        assert not wrong("event", sent(happened(kind, state), epoch))
        assert not wrong("state", report.state_payload(happened(state=state), "", "bay", 3450, epoch, 9))
    for flags in (event.SWAP, event.DWELL):
        assert not wrong("event", sent(happened(flags=flags)))


@pytest.mark.parametrize(
    "change",
    (
        {"occupied": None}, {"state": "full"}, {"confidence": 91}, {"age_s": None}, {"age_s": -1},
        {"faults": ["rust"]}, {"event": "boot"}, {"seq": "12"}, {"bay": None}, {"zone": "garden"},
        {"firmware": "0.1.0"}, {"extra": 1},
    ),
    ids=str,
)  # fmt: skip
def test_wrong_events_are_found(change: dict[str, Any]) -> None:
    assert wrong("event", {**sent(happened()), **change})


def test_health() -> None:
    for battery_mv in (0, 3612):
        assert not wrong("health", report.health_payload(UNKNOWN, 0x3FFFFF, battery_mv, -750, HEALTH))
    assert wrong("health", report.health_payload(FREE, 0, 0, 0, {**HEALTH, "detector": "new"}))
    assert wrong("health", report.health_payload(FREE, 0, 0, 0, {}))


def test_replies() -> None:
    def refuse(params: dict[str, Any]) -> dict[str, Any]:
        raise RpcError("no")

    rpc = Rpc({"info": lambda params: {"board": "x"}, "refuse": refuse})
    for line in (
        '{"jsonrpc": "2.0", "id": 1, "method": "info"}', '{"id": "a", "method": "refuse"}',
        '{"id": 1, "method": "none"}', "{", '{"id": 1, "method": "info", "params": []}', '{"id": 2}',
    ):  # fmt: skip
        answer = rpc.answer(line)
        assert answer and not wrong("reply", answer.encode()), line
    assert wrong("reply", {"jsonrpc": "2.0", "id": 1, "result": {}, "error": {"code": 1, "message": "x"}})


def test_reported_settings() -> None:
    secret = {"wifi_password": "correct horse", "mqtt_password": "battery staple", "lora_app_key": "0f" * 16}
    for values in (config.defaults(), config.validated(config.defaults(), secret)):
        for refusal in (None, "bay: must have 0 to 32 bytes"):
            payload = report.config_payload(config.digest(values), config.public(values), refusal)
            assert not wrong("config-reported", payload)
    leaking = report.config_payload("0a1b2c3d", {**config.public(config.defaults()), **secret}, None)
    assert len(wrong("config-reported", leaking)) == len(secret)
    silent = json.loads(report.config_payload("0a1b2c3d", config.public(config.defaults()), "why"))
    assert wrong("config-reported", {**silent, "error": None})


def test_discovery_is_as_home_assistant_documents_it() -> None:
    assert not wrong("discovery", ha(True)) and not wrong("discovery", ha(False))


def test_wrong_discovery_is_found() -> None:
    for path, value in (
        (("cmps", "occupancy", "dev_cla"), "parking"), (("cmps", "occupancy", "p"), "sensor_"), (("~",), "baysense"),
        (("cmps", "battery", "unit_of_meas"), "°C"), (("cmps", "battery", "ent_cat"), "config"), (("stat_t",), "a/#"),
        (("cmps", "problem", "exp_after"), 5), (("dev", "ids"), []), (("o", "version"), "1"), (("qos",), 3),
    ):  # fmt: skip
        message = ha()
        place = message
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert wrong("discovery", message), path
    for missing in ("dev", "o", "cmps"):
        message = ha()
        del message[missing]
        assert wrong("discovery", message), missing
    for missing in ("p", "uniq_id"):
        message = ha()
        del message["cmps"]["temperature"][missing]
        assert wrong("discovery", message), missing


def test_templates_read_what_the_payloads_have() -> None:
    fields = {**sent(happened()), **json.loads(report.health_payload(FREE, 0, 3600, 0, HEALTH))}
    for name, entity in ha()["cmps"].items():
        for word in entity["val_tpl"].split("value_json.")[1:]:
            key = word.split(" ")[0].split(",")[0].rstrip("}")
            assert key in fields, (name, key)


def test_lists_are_those_of_the_firmware() -> None:
    for name in ("event", "state", "health"):
        known = schema(name)["properties"]["faults"]["items"]["enum"]
        assert known == FAULTS, name
    for name in ("event", "state"):
        assert schema(name)["properties"]["cause"]["enum"] == list(event.CAUSES), name
    settings = schema("config-reported")["properties"]["config"]
    assert sorted(settings["properties"]) == sorted(settings["required"]) == sorted(config.defaults())
    zone = next(field for field in config.FIELDS if field.name == "zone")
    assert schema("event")["properties"]["zone"]["enum"] == list(zone.low)


def test_the_guide_names_every_key_topic_and_fault() -> None:
    guide = (DOCS / "mqtt.md").read_text(encoding="utf-8")
    for name in ("event", "state", "health", "config-reported"):
        missing = [key for key in schema(name)["properties"] if f"`{key}`" not in guide]
        assert not missing, (name, missing)
    leaves = (topics.STATE, topics.EVENT, topics.HEALTH, topics.STATUS, topics.COMMAND, topics.REPLY, topics.DESIRED)
    assert all(f"`{leaf}`" in guide for leaf in (*leaves, topics.REPORTED))
    assert all(f"`{fault}`" in guide for fault in FAULTS)
    assert all(f"{name}.schema.json" in guide for name in NAMES)
