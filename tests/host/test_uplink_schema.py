"""Everything a battery node sends in production, over TLS and through the access list, is as documented."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from baysense_host.virtual.net.certificates import Authority
from node_bench import DEV_EUI
from uplink_bench import DOCS, HOUR_S, secure_node

DISCOVERY = f"homeassistant/device/baysense-{DEV_EUI}/config"
SCHEMAS = {
    f"baysense/{DEV_EUI}/event": "event",
    f"baysense/{DEV_EUI}/state": "state",
    f"baysense/{DEV_EUI}/health": "health",
    f"baysense/{DEV_EUI}/config/reported": "config-reported",
    f"baysense/{DEV_EUI}/reply": "reply",
    DISCOVERY: "discovery",
}


def check(name: str, payload: bytes) -> dict[str, Any]:
    """Hold a message to its schema."""
    content: dict[str, Any] = json.loads(payload)
    schema = json.loads((DOCS / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert not [error.message for error in Draft202012Validator(schema).iter_errors(content)], content
    return content


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """Return all that a node with a car and a command sends in a few hours."""
    with secure_node(tmp_path_factory.mktemp("uplink"), Authority(), bay="A7") as (bench, city):
        bench.bay.drive_at(1000)
        bench.run(600)
        city.call(DEV_EUI, 1, "info")
        bench.bay.drive_at(5000)
        bench.run(2 * HOUR_S)
        city.settle()
        return [(m.topic, m.payload) for m in city.heard if not m.topic.endswith("/cmd")]


def test_every_topic_is_there_and_fits_its_schema(heard: list[tuple[str, bytes]]) -> None:
    assert {topic for topic, _ in heard} == set(SCHEMAS)
    for topic, payload in heard:
        check(SCHEMAS[topic], payload)


def test_events_tell_the_history_in_order(heard: list[tuple[str, bytes]]) -> None:
    events = [check("event", payload) for topic, payload in heard if topic.endswith("/event")]
    assert [(event["event"], event["state"]) for event in events] == [
        ("boot", "unknown"), ("change", "free"), ("change", "occupied"), ("change", "free")
    ]  # fmt: skip
    assert [event["seq"] for event in events] == [1, 2, 3, 4]
    assert all(event["bay"] == "A7" for event in events)


def test_what_is_told_of_the_device_agrees(heard: list[tuple[str, bytes]]) -> None:
    last = {SCHEMAS[topic]: check(SCHEMAS[topic], payload) for topic, payload in heard}
    assert last["health"]["config"] == last["config-reported"]["hash"]
    assert last["health"]["faults"] == []
    assert last["state"]["state"] == "free"
    assert last["reply"]["result"]["dev_eui"] == DEV_EUI
    assert last["reply"]["result"]["config"] == last["config-reported"]["hash"]
    found = last["discovery"]
    assert {part.get("stat_t", found.get("stat_t")) for part in found["cmps"].values()} <= set(SCHEMAS)
