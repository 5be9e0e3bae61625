"""The stages of a wake that is not for nothing: measure, record, report; and what they have open meanwhile.

Each stage loads what it needs and is unloaded before the next, so that measuring and reporting never need their
memory at the same time.
"""

import gc
import sys

from micropython import const

from baysense.node import start_watchdog
from baysense.recall import GOODBYE, PHASE_FLASH

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from baysense.node import Node

# Loaded again when somebody asks.
_OCCASIONAL = (
    "baysense.core.config", "baysense.storage.settings", "baysense.storage.identity", "baysense.stores",
    "baysense.methods", "baysense.inspecting", "baysense.configuring", "baysense.selftest", "baysense.ranging",
    "baysense.announcing",
    "baysense.core.discovery", "baysense.storage.bootlog", "baysense.storage.credentials", "baysense.core.retry",
    "baysense.core.address", "baysense.core.text", "baysense.storage.migrations", "baysense.failing",
    "baysense.core.judge", "baysense.core.odds", "baysense.core.odds_table", "baysense.core.places",
    "baysense.core.confirm", "baysense.drivers.a02yyuw", "baysense.recording",
)  # fmt: skip

_OF_JOURNAL = ("baysense.storage.journal", "baysense.storage.counters")


def work(node: "Node") -> None:
    """Measure, or in a boot of its own report what was measured; `recall.reporting` says that the other follows."""
    recall = node.recall
    if node.cause == "soft" and recall.reporting in (1, GOODBYE):
        _continue(node)
    else:
        measure(node)
        if node.report_due():
            recall.reporting = 1
            recall.save(node.board)


def _continue(node: "Node") -> None:
    """Go on with the wake before: send what waits, and if the device is to be wiped do that."""
    recall = node.recall
    node.cause = "timer"
    recall.wake -= 1
    node.faults = recall.faults
    if recall.reporting == GOODBYE:
        node.ending = "decommission"
    else:
        recall.reporting = 0
    start_watchdog(node.board)
    from baysense import delivering

    delivering.report(node)


def measure(node: "Node") -> None:
    """Look at the bay, decide and record, and be ready to sleep."""
    recall = node.recall
    by_itself = node.board.POWER == "battery" and node.cause in ("timer", "deviation")
    if by_itself and not recall.clock_restarted and recall.reporting < GOODBYE:
        start_watchdog(node.board)
        if recall.phase == PHASE_FLASH:  # the wake before ended in a crash
            from baysense import recording

            recording.catch_up(node, store(node, "journal"))
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


def credentials(node: "Node") -> list[bytes | None]:
    """Return what TLS needs: the authority's certificate, our own and its key."""
    from baysense.storage import credentials

    return [credentials.read(node.root, name) for name in credentials.NAMES]


def tidy(node: "Node") -> None:
    """Give back the memory of what is needed only now and then; the journal stays open."""
    node.stores = {name: opened for name, opened in node.stores.items() if name == "journal"}
    unload([name for name in sys.modules if name in _OCCASIONAL])


def make_room(node: "Node") -> None:
    """Give back the journal's memory, too: it is opened again for the next event."""
    node.stores.clear()
    tidy(node)
    unload([name for name in sys.modules if name in _OF_JOURNAL])


def remember(node: "Node", watch: bool) -> None:
    """Write what the next wake needs; `watch`: the wake pin is armed."""
    recall, detector = node.recall, node.detector
    recall.unarmed = 0 if watch else min(recall.unarmed + 1, 16)
    recall.faults = node.faults
    recall.state, recall.confidence, recall.temp_cdeg = detector.state, detector.confidence, detector.temp_cdeg
    recall.because = detector.cause.encode()
    recall.detector = detector.dump()
    recall.budget, recall.fruitless = node.budget.dump(), node.budget.fruitless
    recall.save(node.board)


def unload(names: list[str]) -> None:
    """Drop modules, with everything in them that nobody holds."""
    for name in names:
        package, _, leaf = name.rpartition(".")
        del sys.modules[name]
        if package in sys.modules:
            delattr(sys.modules[package], leaf)  # a package holds its modules, too
    gc.collect()
