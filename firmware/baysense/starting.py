"""The start of an awake life: find out what survived, set up the rest, say `ready`. Unloaded once that is done."""

import time

from micropython import const

from baysense import sensing, stages
from baysense.core import faults, tuning
from baysense.recall import PHASE_NONE, PHASE_WIFI

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from baysense.storage.journal import Journal

_AFTER_CRASH_S = const(60)  # until the radio goes on again after a try that ended in a brown-out


def take_stock(node: "Node") -> None:
    """Find out what survived, and set up the rest."""
    from baysense import recording

    recall = node.recall
    recall.reporting = 0
    _resume_wipe(node)
    journal: Journal = stages.store(node, "journal")
    node.faults |= recall.faults & ~sensing.EVERY_WAKE
    if node.cause == "watchdog":
        node.fault(faults.WATCHDOG)
    if node.cause == "power" and recall.phase != PHASE_NONE:
        node.cause = "brown_out"  # RTC memory survived, and it was busy with what draws the most
        node.fault(faults.BROWN_OUT)
    recall.unsent = int(bool(journal.waiting()))
    if recall.clock_restarted:
        _begin_epoch(node)
    recording.catch_up(node, journal)
    if recall.phase != PHASE_WIFI:  # that one is put off
        recall.retry_due_s = 0
    recall.adopt(stages.config(node))
    recall.tables = tuning.digest()
    recall.heartbeat_due_s = recall.check_due_s = node.clock_s()
    sensing.begin(node, stages.config(node))
    node.detector.restart()


def say_ready(node: "Node") -> None:
    """Record the start, and tell whoever is connected."""
    from baysense import recording
    from baysense.storage import bootlog

    recording.record_boot(node)
    bootlog.note(node.root, "boot", node.cause, node.faults, node.recall.epoch, node.clock_s())
    node.recall.logged = node.faults
    del recording, bootlog
    stages.make_room(node)
    from baysense import inspecting
    from baysense.provision.rpc import notification

    print(notification("ready", inspecting.info(node)))


def _resume_wipe(node: "Node") -> None:
    """Go on with a wipe that a crash or a power cut ended."""
    from baysense.storage import wipe

    try:
        if wipe.pending(node.root):
            wipe.resume(node.root, node.board.nvs("baysense"), node.feed)
    except OSError as error:  # worn flash: the next start tries again
        print("wipe:", error)
        node.fault(faults.STORAGE_CORRUPT)
    stages.unload(["baysense.storage.wipe"])


def _begin_epoch(node: "Node") -> None:
    """Count device time anew, from 0; how old earlier events are is lost."""
    recall = node.recall
    try:
        recall.epoch = stages.store(node, "counters").next("epoch", 1) & 0xFFFF
    except OSError as error:  # full or worn flash
        print("counters:", error)
        recall.epoch = recall.epoch + 1 & 0xFFFF
        node.fault(faults.STORAGE_CORRUPT)
    recall.base_s = int(time.time())
    node.begin_measuring()
    recall.since_s = recall.since_wake = recall.synced_s = 0
    recall.retry_due_s = _AFTER_CRASH_S if recall.phase == PHASE_WIFI else 0
    if recall.unsent:
        node.fault(faults.CLOCK_UNCERTAIN)
