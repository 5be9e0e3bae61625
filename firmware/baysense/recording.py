"""Journal what happened, before anything is sent, and say so on the console."""

import os

from baysense.core import event as events
from baysense.provision.rpc import notification


def record_change(node: object) -> None:
    """Journal the detector's change of state."""
    detector = node.detector
    clock_ms = node.begun_clock_ms + detector.event_ms
    node.recall.since_s = clock_ms // 1000
    node.recall.since_wake = node.recall.wake
    flags = events.SWAP if detector.swap else 0
    record(node, events.CHANGE, detector.cause, clock_ms, detector.previous_s, flags)
    _keep_on_flash(node)


def _keep_on_flash(node: object) -> None:
    """Keep what the detector knows for the day of a power cut."""
    with open(node.root + "/detector.tmp", "wb") as file:
        file.write(node.detector.dump())
    os.rename(node.root + "/detector.tmp", node.root + "/detector")


def record_boot(node: object) -> None:
    """Journal a start that was not a wake from sleep, with its cause."""
    record(node, events.BOOT, node.cause, node.begun_clock_ms, 0, 0)


def record(node: object, kind: str, cause: str, clock_ms: int, previous_s: int, flags: int) -> None:
    """Journal one event and say so on the console."""
    detector = node.detector
    event = events.Event(
        kind,
        detector.state,
        cause,
        clock_ms,
        node.recall.epoch,
        node.recall.wake,
        previous_s,
        detector.confidence,
        node.faults,
        flags,
    )
    event.seq = node.store("journal").append(kind, events.pack(event))
    node.recall.unsent = 1
    node.recall.last_seq = event.seq
    print(notification("event", events.as_dict(event, node.clock_ms(), node.recall.epoch, node.recall.wake)))
