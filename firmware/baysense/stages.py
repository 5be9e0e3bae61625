"""The stages of a wake that is not for nothing: measure, record, report; and what they have open meanwhile.

Each stage loads what it needs and is unloaded before the next, so that measuring and reporting never need their
memory at the same time.
"""

import gc
import os
import sys
import time

from micropython import const

from baysense.node import start_watchdog
from baysense.recall import GOODBYE, PHASE_FLASH, PHASE_WIFI

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from baysense.node import Node

# Left in memory when measuring is over, by the report that follows.
_STAYS = (
    "baysense", "baysense.core", "baysense.node", "baysense.stages", "baysense.recall", "baysense.core.retained",
)  # fmt: skip
_OURS = ("baysense", "chumicro_mqtt")
# Loaded again when somebody asks.
_OCCASIONAL = (
    "baysense.core.config", "baysense.storage.settings", "baysense.storage.identity", "baysense.stores",
    "baysense.methods", "baysense.inspecting", "baysense.configuring", "baysense.selftest", "baysense.ranging",
    "baysense.announcing",
    "baysense.core.discovery", "baysense.storage.bootlog", "baysense.storage.credentials", "baysense.core.retry",
    "baysense.core.address", "baysense.core.text", "baysense.storage.migrations", "baysense.failing",
)  # fmt: skip


_SENT = ("baysense.reporting", "baysense.core.report", "baysense.core.event", "baysense.storage.journal")
_SOME_MS = const(20_000)  # of radio time that a failed try is charged at most, if some of it was of use
_ROUNDS = const(10)  # of answers to what came during the answers before: no flood keeps a node awake

# Needed to open a connection, not to use it.
_OPENING = (
    "baysense.net.wifi", "baysense.net.sntp", "baysense.net.tls", "baysense.timekeeping",
    "baysense.storage.timefloor",
)  # fmt: skip


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
    report(node)


def count_heartbeat(node: "Node") -> None:
    """Set the time of the next heartbeat."""
    node.recall.heartbeat_due_s = node.clock_s() + node.recall.heartbeat_s


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


def report(node: "Node") -> None:
    """Send what waits; a failure keeps it, a heartbeat too, and sets the time of the next try."""
    from baysense import connecting

    node.feed()
    recall = node.recall
    begun_ms = time.ticks_ms()
    done = recall.done_urgent, recall.done_routine
    recall.save(node.board, PHASE_WIFI)
    if connecting.deliver(node):
        recall.retry_due_s = 0
        if recall.retry:
            from baysense import failing

            failing.forgive(node)
    else:
        radio_ms = time.ticks_diff(time.ticks_ms(), begun_ms)
        if (recall.done_urgent, recall.done_routine) != done:
            radio_ms = min(radio_ms, _SOME_MS)
        put_off_report(node, radio_ms)
    note_faults(node)
    recall.faults = node.faults
    recall.save(node.board)
    for _ in range(_ROUNDS):
        if node.inbox or node.ending:
            _obey(node)


def _obey(node: "Node") -> None:
    """Carry out what a battery node heard, with the network unloaded, and answer over another connection."""
    _unload_all(node)
    from baysense import commands

    if node.kept.get("mqtt_tls"):
        node.kept["credentials"] = credentials(node)  # whatever becomes of them now, the answers need these
    messages, node.inbox = node.inbox, []
    replies = [] if node.ending else commands.carry_out(node, messages)
    del commands
    if node.ending and node.ending != "restart":
        from baysense import endings

        endings.wipe(node)
    _unload_all(node)
    from baysense import connecting

    node.feed()
    if replies or (node.kept and node.ending == "decommission"):
        connecting.reply(node, node.kept, replies)
    if node.ending:
        from baysense import endings

        endings.leave(node)
    node.recall.save(node.board)


def unload_report(node: "Node") -> None:
    """Give back the memory of a report that is sent: saying goodbye takes some, too."""
    node.stores.clear()
    unload([name for name in sys.modules if name in _SENT])


def unload_network() -> None:
    """Give back the memory of what opens a connection, once it is open."""
    unload([name for name in sys.modules if name in _OPENING])


def put_off_report(node: "Node", radio_ms: int) -> None:
    """Set the time of the next try after one that had the radio on for so long [ms], which on mains is free."""
    from baysense.core.retry import Retry

    retry = Retry(node.recall.retry)
    retry.failed(node.clock_s(), radio_ms if node.board.POWER == "battery" else 0, os.urandom(1)[0])
    node.recall.retry, node.recall.retry_due_s = retry.dump(), retry.due_s


def note_faults(node: "Node") -> None:
    """Enter into the log what faults are new."""
    recall = node.recall
    if node.faults & ~recall.logged:
        from baysense.storage import bootlog

        bootlog.note(node.root, "fault", node.cause, node.faults & ~recall.logged, recall.epoch, node.clock_s())
    recall.logged = node.faults


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


def _unload_all(node: "Node") -> None:
    """Begin the next stage with nothing of the one before."""
    node.stores.clear()
    unload([name for name in sys.modules if name.split(".")[0] in _OURS and name not in _STAYS])


def unload(names: list[str]) -> None:
    """Drop modules, with everything in them that nobody holds."""
    for name in names:
        package, _, leaf = name.rpartition(".")
        del sys.modules[name]
        if package in sys.modules:
            delattr(sys.modules[package], leaf)  # a package holds its modules, too
    gc.collect()
