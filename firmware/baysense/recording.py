"""Journal what happened, before anything is sent, and say so on the console."""

from micropython import const

from baysense import stages
from baysense.core import event as events
from baysense.core import faults
from baysense.provision.rpc import notification
from baysense.recall import PHASE_FLASH
from baysense.storage import files

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from baysense.storage.journal import Journal


def record_change(node: "Node") -> None:
    """Journal the detector's change of state."""
    detector, recall = node.detector, node.recall
    clock_ms = node.begun_clock_ms + detector.event_ms
    recall.since_s, recall.since_wake, recall.alarmed = clock_ms // 1000, recall.wake, 0
    event = _event(node, events.CHANGE, detector.cause, clock_ms)
    event.previous_s = detector.previous_s
    event.flags = events.SWAP if detector.swap else 0
    _record(node, event)


def record_dwell(node: "Node") -> None:
    """Journal that a keep-clear zone has been occupied for too long, and since when."""
    recall = node.recall
    recall.alarmed = 1
    event = _event(node, events.CHANGE, "arrival", recall.since_s * 1000)
    event.epoch, event.wake = recall.since_epoch, recall.since_wake
    event.flags = events.DWELL
    _record(node, event)


def record_boot(node: "Node") -> None:
    """Journal a start that was not a wake from sleep, with its cause."""
    _record(node, _event(node, events.BOOT, node.cause, node.begun_clock_ms))


def _event(node: "Node", kind: str, cause: str, clock_ms: int) -> events.Event:
    detector, recall = node.detector, node.recall
    event = events.Event(kind, detector.state, cause, clock_ms, recall.epoch, recall.wake)
    event.confidence, event.faults = detector.confidence, node.faults
    return event


def _record(node: "Node", event: events.Event) -> None:
    """Journal one event and say so on the console."""
    recall = node.recall
    recall.save(node.board, PHASE_FLASH)
    try:
        _write(node, event)
    except OSError as error:
        print("journal:", error)  # flash is full or worn; the state still goes out
        node.fault(faults.STORAGE_CORRUPT)
    recall.unsent = 1
    recall.save(node.board)
    print(notification("event", events.as_dict(event, node.clock_ms(), recall.epoch, recall.wake)))


def _write(node: "Node", event: events.Event) -> None:
    journal: Journal = stages.store(node, "journal")
    event.seq = node.recall.last_seq = journal.append(event.kind, events.pack(event))
    node.fault(journal.faults)
    if event.kind == events.CHANGE:
        _keep_on_flash(node)


def _keep_on_flash(node: "Node") -> None:
    """Keep what the detector knows for the day of a power cut; a reset from now on finds the change made."""
    known = node.recall.detector = node.detector.dump()
    files.replace_checked(node.root + "/detector", known)
