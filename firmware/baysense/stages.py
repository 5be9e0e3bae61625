"""The stages of a wake that is not for nothing: measure, record, report; and what they have open meanwhile.

Each stage loads what it needs and is unloaded before the next, so that measuring and reporting never need their
memory at the same time.
"""

import gc
import sys

from micropython import const

from baysense.node import start_watchdog
from baysense.recall import PHASE_WIFI

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from baysense.core.detector import Detector
    from baysense.node import Node

# Left in memory when measuring is over, by the report that follows.
_STAYS = (
    "baysense", "baysense.core", "baysense.node", "baysense.stages", "baysense.recall", "baysense.core.retained",
)  # fmt: skip
# Loaded again when somebody asks.
_OCCASIONAL = (
    "baysense.core.config", "baysense.storage.settings", "baysense.storage.identity", "baysense.stores",
    "baysense.methods", "baysense.selftest", "baysense.ranging", "baysense.core.fault_table",
)  # fmt: skip


def measure(node: "Node") -> None:
    """Look at the bay, decide and record, and be ready to sleep."""
    if node.cause in ("timer", "deviation") and not node.recall.clock_restarted:
        start_watchdog(node.board)
        from baysense import sensing

        sensing.wake(node)
        return
    from baysense import service

    service.start(node)


def store(node: "Node", name: str) -> "Any":
    """Return settings, identity, journal or counters, opened when first asked for."""
    if name not in node.stores:
        from baysense import stores

        node.stores[name] = stores.open_store(node, name)
    return node.stores[name]


def config(node: "Node") -> dict:
    """Return the settings."""
    if not node.settings:
        node.settings = store(node, "settings").config
    return node.settings


def configure(node: "Node", changes: dict) -> None:
    """Store changes of settings, all or none; raise ConfigError and change nothing if any is wrong."""
    node.settings = store(node, "settings").commit(changes)


def tidy(node: "Node") -> None:
    """Give back the memory of what is needed only now and then; the journal stays open."""
    node.stores = {name: opened for name, opened in node.stores.items() if name == "journal"}
    unload([name for name in sys.modules if name in _OCCASIONAL])


def report(node: "Node") -> None:
    """Send what waits; a failure keeps it, a heartbeat too, and sets the time of the next try."""
    from baysense import reporting

    node.feed()
    recall = node.recall
    recall.save(node.board, PHASE_WIFI)
    if reporting.deliver(node):
        recall.failures = recall.retry_due_s = 0
    else:
        node.put_off_report()
    recall.faults = node.faults
    recall.save(node.board)


def remember(node: "Node", watch: bool) -> None:
    """Write what the next wake needs; `watch`: the wake pin is armed."""
    recall = node.recall
    recall.unarmed = 0 if watch else min(recall.unarmed + 1, 16)
    recall.faults = node.faults
    recall.state = node.detector.state
    recall.detector = node.detector.dump()
    recall.budget = node.budget.dump()
    recall.save(node.board)


def end_measuring(node: "Node") -> None:
    """Give back the memory of measuring to the report that follows."""
    if node.detector is not None:
        node.present = Present(node.detector)
    node.detector = node.attendant = node.glance = None  # type: ignore[assignment]
    node.stores.clear()
    unload([name for name in sys.modules if name.startswith("baysense.") and name not in _STAYS])


def unload(names: list[str]) -> None:
    """Drop modules, with everything in them that nobody holds."""
    for name in names:
        package, _, leaf = name.rpartition(".")
        del sys.modules[name]
        if package in sys.modules:
            delattr(sys.modules[package], leaf)  # a package holds its modules, too
    gc.collect()


class Present:
    """What a report says of the bay."""

    def __init__(self, detector: "Detector") -> None:
        self.state, self.confidence = detector.state, detector.confidence
        self.cause, self.temp_cdeg = detector.cause, detector.temp_cdeg
