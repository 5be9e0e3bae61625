"""How long a change takes from the node's console to a subscriber, in wall time, beside mosquitto_pub's messages."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median, quantiles
from typing import Any

from baysense_host.bench.outage.mains import Mains, mains_node
from baysense_host.bench.outage.street import Street
from baysense_host.bench.outage.witness import Heard
from baysense_host.bench.report import Findings, Mark, Tell
from baysense_host.errors import ToolError
from baysense_host.virtual.outcome import CALIBRATED, CHANGES

_PUB = "mosquitto_pub"
_REFERENCE = "baysense/reference"
_PATIENCE_S = 90.0
_MARK_MS = 20.0


@dataclass
class _Clocks:
    """When what happened, by number or sequence number [s of time.monotonic()]."""

    told: dict[int, float] = field(default_factory=dict)
    settled: dict[int, float] = field(default_factory=dict)  # how long before that the field came to rest [s]
    heard: dict[int, float] = field(default_factory=dict)
    sent: dict[int, float] = field(default_factory=dict)
    reference: dict[int, float] = field(default_factory=dict)

    def complete(self, count: int) -> bool:
        """Tell whether so many changes were recorded, and all of them heard."""
        return len(self.told) >= count and self.told.keys() <= self.heard.keys()


def latency_findings(street: Street, count: int, tell: Tell) -> Findings:
    """Measure so many changes and as many messages of mosquitto_pub, in alternation."""
    program = shutil.which(_PUB)
    if program is None:
        raise ToolError(f"{_PUB} is not installed.", "Debian and Ubuntu: apt install mosquitto-clients.")
    tell(f"latency: {count} changes in real time")
    try:
        clocks = _measure(street, count, program)
    except ToolError as error:
        return Findings(
            [Mark("latency_over_pub", f"latency, not measured: {error} {error.hint}", None, "ms", _MARK_MS)]
        )
    node_ms = [(clocks.heard[seq] - at_s) * 1000 for seq, at_s in clocks.told.items() if seq in clocks.heard]
    pub_ms = [(clocks.reference[number] - at_s) * 1000 for number, at_s in clocks.sent.items()]
    return Findings(_marks(node_ms, pub_ms, list(clocks.settled.values())), _detail(node_ms, pub_ms, clocks))


def _measure(street: Street, count: int, program: str) -> _Clocks:
    clocks = _Clocks()

    def notice(method: str, params: dict[str, Any]) -> None:
        now_s = time.monotonic()
        if method == "event" and params["event"] in CHANGES and params["cause"] != CALIBRATED:
            clocks.told[params["seq"]] = now_s
            now_us = node.simulation.clock.now_us
            clocks.settled[params["seq"]] = (now_us - street.settled_us(now_us)) / 1e6

    with mains_node(street, real=True, secure=False, notice=notice) as node:
        for number in range(count):
            _await(node, clocks, partial(clocks.complete, number + 1))
            clocks.sent[number] = time.monotonic()
            command = [program, "-h", node.address[0], "-p", str(node.address[1]), "-q", "1"]
            publisher = subprocess.Popen([*command, "-t", _REFERENCE, "-m", str(number)])
            _await(node, clocks, partial(clocks.reference.__contains__, number))
            publisher.wait()
    return clocks


def _await(node: Mains, clocks: _Clocks, done: Callable[[], bool]) -> None:
    """Let the node live until something is there."""
    end_s = time.monotonic() + _PATIENCE_S

    def over() -> bool:
        for heard in node.witness.take():
            _note(heard, clocks)
        return done() or time.monotonic() > end_s

    node.simulation.run(stop=over)
    node.bay.technician.check()
    if not done():
        raise ToolError(
            f"No change arrived within {_PATIENCE_S:g} s of real time.",
            f"The node printed: {' | '.join(node.log[-3:])}",
        )


def _note(heard: Heard, clocks: _Clocks) -> None:
    if heard.topic == _REFERENCE:
        clocks.reference[int(heard.payload)] = heard.wall_s
    elif heard.topic.endswith("/event"):
        clocks.heard.setdefault(json.loads(heard.payload)["seq"], heard.wall_s)


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]


def _marks(node_ms: list[float], pub_ms: list[float], settled_s: list[float]) -> list[Mark]:
    node_p95, pub_p95 = _p95(node_ms), _p95(pub_ms)
    what = f"change journaled to message, p95 ({node_p95:.1f} ms) less that of mosquitto_pub ({pub_p95:.1f} ms)"
    return [
        Mark("latency_over_pub", what, node_p95 - pub_p95, "ms", _MARK_MS, n=len(node_ms)),
        Mark("latency_median", "change journaled to message, median", median(node_ms), "ms", n=len(node_ms)),
        Mark("settled_to_event", "field at rest to change journaled, median", median(settled_s), "s", n=len(node_ms)),
    ]


def _detail(node_ms: list[float], pub_ms: list[float], clocks: _Clocks) -> dict[str, object]:
    rounded = {"node_ms": node_ms, "pub_ms": pub_ms, "settled_s": list(clocks.settled.values())}
    return {"latency": {name: [round(value, 2) for value in values] for name, values in rounded.items()}}
