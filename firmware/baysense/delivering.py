"""The stage of a report: send what waits, carry out what was heard meanwhile, and put off what failed.

Each of these steps is unloaded before the next, so that they never need their memory at the same time.
"""

import os
import sys
import time

from micropython import const

from baysense.recall import PHASE_WIFI
from baysense.stages import config, credentials, unload

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from baysense.node import Node

# Left in memory when measuring is over, by the report that follows.
_STAYS = (
    "baysense", "baysense.core", "baysense.node", "baysense.stages", "baysense.delivering", "baysense.recall",
    "baysense.core.retained",
)  # fmt: skip
_OURS = ("baysense", "chumicro_mqtt")
_SENT = ("baysense.reporting", "baysense.core.report", "baysense.core.event", "baysense.storage.journal")
_SOME_MS = const(20_000)  # of radio time that a failed try is charged at most, if some of it was of use
_ROUNDS = const(10)  # of answers to what came during the answers before: no flood keeps a node awake

# Needed to open a connection, not to use it.
_OPENING = (
    "baysense.net.wifi", "baysense.net.sntp", "baysense.net.tls", "baysense.timekeeping",
    "baysense.storage.timefloor",
)  # fmt: skip


def report(node: "Node") -> None:
    """Send what waits; a failure keeps it, a heartbeat too, and sets the time of the next try."""
    node.feed()
    recall = node.recall
    node.waits_s = 0
    begun_ms = time.ticks_ms()
    done = recall.done_urgent, recall.done_routine
    recall.save(node.board, PHASE_WIFI)
    uplink = _uplink(node)
    sent, percent = uplink.deliver(node), uplink.COST_PERCENT
    del uplink  # or it would lie in memory beside what comes next
    if sent:
        recall.retry_due_s = 0
        if recall.retry:
            if node.detector is None:
                _unload_all(node)
            from baysense import failing

            failing.forgive(node)
    elif node.waits_s:
        recall.retry_due_s = node.clock_s() + node.waits_s
    else:
        radio_ms = time.ticks_diff(time.ticks_ms(), begun_ms)
        heard = (recall.done_urgent, recall.done_routine) != done
        if heard:
            radio_ms = min(radio_ms, _SOME_MS)
        put_off_report(node, radio_ms * percent // 100, heard)
    note_faults(node)
    recall.faults = node.faults
    recall.save(node.board)
    for _ in range(_ROUNDS):
        if node.inbox or node.ending:
            _obey(node)


def _uplink(node: "Node") -> "Any":
    """Return what brings a report away, alone in memory."""
    if config(node)["uplink"] == "lorawan":
        from baysense import transmitting

        return transmitting
    from baysense import connecting

    return connecting


def put_off_report(node: "Node", radio_ms: int, heard: bool = False) -> None:
    """Set the time of the next try after one that had the radio on for so long [ms], which on mains is free.

    `heard`: some of it was acknowledged, so that the failures before it say nothing any more.
    """
    from baysense.core.retry import Retry

    retry = Retry(node.recall.retry)
    if heard:
        retry.succeeded(node.clock_s())
    retry.failed(node.clock_s(), radio_ms if node.board.POWER == "battery" else 0, os.urandom(1)[0])
    node.recall.retry, node.recall.retry_due_s = retry.dump(), retry.due_s


def count_heartbeat(node: "Node") -> None:
    """Set the time of the next heartbeat."""
    node.recall.heartbeat_due_s = node.clock_s() + node.recall.heartbeat_s


def note_faults(node: "Node") -> None:
    """Enter into the log what faults are new."""
    recall = node.recall
    if node.faults & ~recall.logged:
        from baysense.storage import bootlog

        bootlog.note(node.root, "fault", node.cause, node.faults & ~recall.logged, recall.epoch, node.clock_s())
    recall.logged = node.faults


def unload_network() -> None:
    """Give back the memory of what opens a connection, once it is open."""
    unload([name for name in sys.modules if name in _OPENING])


def unload_report(node: "Node") -> None:
    """Give back the memory of a report that is sent: saying goodbye takes some, too."""
    node.stores.clear()
    unload([name for name in sys.modules if name in _SENT])


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
    node.feed()
    if replies or (node.kept and node.ending == "decommission"):
        _answer(node, replies)
    if node.ending:
        from baysense import endings

        endings.leave(node)
    node.recall.save(node.board)


def _answer(node: "Node", replies: list) -> None:
    """Answer over the uplink that the commands came from."""
    if node.kept:
        from baysense import connecting

        connecting.reply(node, node.kept, replies)
    else:
        from baysense import transmitting

        transmitting.deliver(node, replies)


def _unload_all(node: "Node") -> None:
    """Begin the next stage with nothing of the one before."""
    node.stores.clear()
    unload([name for name in sys.modules if name.split(".")[0] in _OURS and name not in _STAYS])
