"""Journal what happened, before anything is sent, and say so on the console.

An event and what the detector then knows are one record on flash: after a reset at any moment the event is there and
the detector knows of it, or neither.
"""

from micropython import const

import baysense
from baysense import stages
from baysense.core import event as events
from baysense.core import faults
from baysense.core.state import UNKNOWN
from baysense.provision.rpc import notification
from baysense.recall import PHASE_FLASH

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from baysense.storage.journal import Journal

_BY_ITSELF = ("timer", "deviation")  # wakes; after a start the battery may not stand a radio yet
_LATE = const(8)  # records read back after a reset; a wake makes two at most


def record_change(node: "Node") -> None:
    """Journal the detector's change of state."""
    _record(node, _change(node), node.detector.dump())


def hold_back(node: "Node") -> None:
    """Keep the detector's change of state for the next heartbeat; what was held back before it is past."""
    recall, event = node.recall, _change(node)
    _follow(node, event)
    recall.held_back = events.pack(event)
    recall.detector = node.detector.dump()
    recall.save(node.board)


def record_held_back(node: "Node") -> None:
    """Journal the change that was kept."""
    event = events.unpack(node.recall.held_back)
    event.faults = node.faults
    _record(node, event, node.detector.dump())


def record_dwell(node: "Node") -> None:
    """Journal that a keep-clear zone has been occupied for too long, and since when."""
    recall = node.recall
    event = _event(node, events.CHANGE, "arrival", recall.since_s * 1000)
    event.epoch, event.wake = recall.since_epoch, recall.since_wake
    event.flags = events.DWELL
    _record(node, event)


def record_boot(node: "Node") -> None:
    """Journal a start that was not a wake from sleep, with its cause, and what the device runs on."""
    from baysense.core import config

    event = _event(node, events.BOOT, node.cause, node.begun_clock_ms)
    tables = f"{node.recall.tables:08x}"
    event.runs_on = " ".join((baysense.__version__, tables, config.digest(stages.config(node))))
    _record(node, event)


def record_heartbeat(node: "Node") -> None:
    """Journal a heartbeat that could not be sent: the bay was watched, and this was its state."""
    recall = node.recall
    event = events.Event(events.HEARTBEAT, recall.state, "timer", node.clock_ms(), recall.epoch, recall.wake)
    event.confidence, event.faults = recall.confidence, node.faults
    _record(node, event)


def catch_up(node: "Node", journal: "Journal") -> None:
    """Take over from the journal what a reset or a power cut kept from RTC memory."""
    recall = node.recall
    seq, known = journal.snapshot()
    if known and (recall.fresh or seq > recall.last_seq):
        recall.detector = known
    for late_seq, body in journal.latest(_LATE):
        if recall.fresh or late_seq > recall.last_seq:
            try:
                _follow(node, events.unpack(body))
            except ValueError:
                continue  # of another firmware; the report says so
    recall.last_seq = journal.last


def _follow(node: "Node", event: events.Event) -> None:
    """Take note of an event that is on flash; not before, or a reset in between would lose it."""
    recall = node.recall
    if event.flags & events.DWELL:
        recall.alarmed = 1
    elif event.kind == events.CHANGE:
        recall.held_back = b""
        if event.state == UNKNOWN or (node.detector is not None and node.detector.resumed):
            return  # the same vehicle as before, or its absence, as far as anybody knows
        recall.alarmed = 0
        if event.epoch == recall.epoch:  # otherwise device time restarted, and since when is lost
            recall.since_s, recall.since_wake = event.clock_ms // 1000, event.wake


def _change(node: "Node") -> events.Event:
    detector = node.detector
    event = _event(node, events.CHANGE, detector.cause, node.begun_clock_ms + detector.event_ms)
    event.previous_s = detector.previous_s if node.recall.since_wake else 0  # unknown after a power cut
    event.flags = events.SWAP if detector.swap else 0
    return event


def _event(node: "Node", kind: str, cause: str, clock_ms: int) -> events.Event:
    detector, recall = node.detector, node.recall
    event = events.Event(kind, detector.state, cause, clock_ms, recall.epoch, recall.wake)
    event.confidence, event.faults = detector.confidence, node.faults
    return event


def _record(node: "Node", event: events.Event, known: bytes = b"") -> None:
    """Journal one event and say so on the console."""
    recall = node.recall
    recall.save(node.board, PHASE_FLASH)
    try:
        journal: Journal = stages.store(node, "journal")
        event.seq = recall.last_seq = journal.append(event.kind, events.pack(event), known)
        node.fault(journal.faults)
    except OSError as error:
        print("journal:", error)  # flash is full or worn; the state still goes out
        node.fault(faults.STORAGE_CORRUPT)
    _follow(node, event)
    recall.detector = known or recall.detector
    recall.unsent = 1
    if recall.radio and event.kind == events.CHANGE and node.cause in _BY_ITSELF:
        recall.retry_due_s = 0  # a change costs LoRaWAN little: tell it, whatever was not heard before
    recall.save(node.board)
    print(notification("event", events.as_dict(event, node.clock_ms(), recall.epoch, recall.wake)))
