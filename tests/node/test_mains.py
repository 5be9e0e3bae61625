"""A mains node goes on after its reports without a restart: its memory must allow for every answer after each."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from baysense_host.virtual.lines import Lines
from baysense_host.virtual.net.broker import EmbeddedBroker
from node_bench import NodeBench, node_bench

_METHODS = ("info", "config", "log", "selftest", "sensor.read")


@pytest.fixture
def reporter(tmp_path: Path) -> Iterator[NodeBench]:
    """A mains node with a broker."""
    with EmbeddedBroker() as broker, node_bench(tmp_path, broker.address, "ESPRESSIF_ESP32_DEVKITC") as bench:
        yield bench


def answers(bench: NodeBench, *requests: tuple[str, dict[str, Any]]) -> list[Any]:
    """Return what the node answers; fail on an error or on none."""
    terminal = bench.board.terminal
    heard: list[str] = []
    tap, terminal.tap = terminal.tap, Lines(heard.append).feed
    for number, (method, params) in enumerate(requests):
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        terminal.write_to_node(json.dumps(request).encode() + b"\n")
        bench.run(6)
    terminal.tap = tap
    said = [json.loads(line) for line in heard if line.startswith("{") and '"id"' in line]
    assert [message["id"] for message in said] == list(range(len(requests))), heard
    assert not any("error" in message for message in said), heard
    return [message["result"] for message in said]


def test_every_method_answers_after_each_of_three_reports(reporter: NodeBench) -> None:
    reporter.run(30)
    for interval_s in (600, 700, 800):
        info, *_ = answers(reporter, *((method, {}) for method in _METHODS))
        assert (info["cause"], info["faults"]) == ("power", ["calibrating"])
        assert info["heap_free"] > 24_000
        answers(reporter, ("config", {"heartbeat_s": interval_s}))
        reporter.run(10)  # it reports under the new settings at once
    assert [health["heartbeat_s"] for health in reporter.received("health")] == [3600, 600, 700, 800]


def test_heartbeats_come_at_their_interval(reporter: NodeBench) -> None:
    reporter.run(30)
    answers(reporter, ("config", {"heartbeat_s": 600}))
    reporter.run(1500)
    assert len(reporter.received("health")) == 4  # setup, change of settings, two intervals
