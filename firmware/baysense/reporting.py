"""Bring what the journal holds to the broker, and strike out what is acknowledged.

In this order: events, oldest first and heartbeats last; the state; the device's health, when due. Then a battery node
hears commands.
"""

import time

from micropython import const

import baysense
from baysense import delivering, stages
from baysense.core import event as events
from baysense.core import faults, report, topics
from baysense.recall import PHASE_WIFI

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from baysense.storage.journal import Journal
    from baysense.uplink import Uplink

_BATCH = const(8)  # events read from the journal, and struck out, at a time
_PACE_MS = const(500)  # between batches: a thousand nodes that come back together are no flood
_KEPT = const(20)  # latest events that stay for the method `log` while there is nobody to send them to


def send(node: "Node", link: "Uplink") -> None:
    """Send everything that waits, oldest first; raise OSError when some of it could not be sent."""
    _publish_events(node, link)
    link.publish(topics.STATE, report.state_payload(_present(node), *_place(node, link)), True)
    if node.clock_s() >= node.recall.heartbeat_due_s or node.faults & faults.INCIDENTS:
        link.publish(topics.HEALTH, _health(node, link), True)
        node.clear(faults.INCIDENTS)
        delivering.count_heartbeat(node)
    if node.board.POWER == "battery":
        node.inbox = link.heard()  # what waited came before the last acknowledgement
        if node.inbox or node.ending:
            node.kept = link.config  # for the answers


def discard(node: "Node") -> None:
    """Drop the oldest events of a device without uplink: a full journal would be a fault."""
    journal: Journal = stages.store(node, "journal")
    while journal.waiting() > _KEPT:
        for seq, kind, _ in journal.pending(min(_BATCH, journal.waiting() - _KEPT)):
            _strike_out(node, journal, seq, kind)
    node.recall.unsent = 0
    delivering.count_heartbeat(node)


def _publish_events(node: "Node", link: "Uplink") -> None:
    """Publish what the journal holds, striking out what is acknowledged."""
    journal: Journal = stages.store(node, "journal")
    stages.tidy(node)
    waiting = journal.pending(_BATCH)
    while waiting:
        _publish_batch(node, link, journal, waiting)
        waiting = journal.pending(_BATCH)
        if waiting:
            time.sleep_ms(_PACE_MS)
    node.recall.unsent = 0


def _publish_batch(node: "Node", link: "Uplink", journal: "Journal", waiting: list) -> None:
    received = {}  # newest number and kind of urgent events and of heartbeats
    try:
        for seq, kind, body in waiting:
            _publish_event(node, link, seq, body)
            received[kind == events.HEARTBEAT] = (seq, kind)
            node.feed()
    finally:
        for seq, kind in received.values():
            _strike_out(node, journal, seq, kind)
        node.recall.save(node.board, PHASE_WIFI)  # a reset on the way does not begin all over


def _strike_out(node: "Node", journal: "Journal", seq: int, kind: str) -> None:
    """Note what is done with, in RTC memory until the next event is written."""
    journal.acknowledge(seq, kind)
    if kind == events.HEARTBEAT:
        node.recall.done_routine = seq
    else:
        node.recall.done_urgent = seq


def _publish_event(node: "Node", link: "Uplink", seq: int, body: bytes) -> None:
    try:
        event = events.unpack(body, seq)
    except ValueError as error:  # of an older or newer firmware: it must not keep the others back for ever
        print("report:", error)
        node.fault(faults.STORAGE_CORRUPT)
        return
    link.publish(topics.EVENT, report.event_payload(event, *_place(node, link)), False)


def _present(node: "Node") -> events.Event:
    """Return the state of the bay as an event: since when, and how sure."""
    recall = node.recall
    return events.Event(
        events.CHANGE,
        recall.state,
        recall.because.decode(),
        recall.since_s * 1000,
        recall.since_epoch,
        recall.since_wake,
        confidence=recall.confidence,
        faults=node.faults,
        seq=recall.last_seq,
    )


def _place(node: "Node", link: "Uplink") -> tuple:
    return link.config["bay"], link.config["zone"], node.clock_ms(), node.recall.epoch, node.recall.wake


def _health(node: "Node", link: "Uplink") -> bytes:
    battery_mv = node.board.battery_mv() if node.board.POWER == "battery" else 0
    others = {
        "firmware": baysense.__version__,
        "detector": f"{node.recall.tables:08x}",
        "config": link.config["hash"],
        "wakes": node.recall.wake,
        "fruitless_wakes": node.recall.fruitless,
        "unsent": stages.store(node, "journal").waiting(),
        "heartbeat_s": link.config["heartbeat_s"],
    }
    return report.health_payload(node.recall.state, node.faults, battery_mv, node.recall.temp_cdeg, others)
