"""What a node says over LoRaWAN while its radio is on: answers, events, the heartbeat.

A change goes out at once and unconfirmed, with the changes before it that nobody has answered for yet; once they
hardly fit into a frame any more, and at each heartbeat, the network is asked for an answer. So every change is sent
until its receipt is known, at a fraction of the downlinks that an answer to each would take.
"""

import time

from micropython import const

from baysense import delivering
from baysense.airlink import Silent
from baysense.core import event as events
from baysense.core import faults, payload, topics
from baysense.core.state import OCCUPIED
from baysense.lorawan.mac import Busy

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.core.event import Event
    from baysense.lorawan.mac import Mac, Result
    from baysense.node import Node

_HISTORY = const(4)  # changes in one frame at most
_UNHEARD = const(3)  # so many that nobody has answered for: ask
_COMMAND_PORT = const(10)
_MOST_FRAMES = const(12)  # of one report: the others come after a pause
_PAUSE_S = const(60)
_DAY_S = const(86_400)


class Air:
    """What a node has to say, and the MAC that it says it through; Busy and Silent end it before its time."""

    def __init__(self, node: "Node", mac: "Mac", plan: dict) -> None:
        self._node = node
        self._mac = mac
        self._runs_on: str = plan["runs_on"]
        self._waiting: list[Event] = plan["events"]
        self._more: bool = plan["more"]
        self._frames = 0

    def report(self) -> None:
        """Send events, then the heartbeat when it is due; raise Silent when an answer that is due does not come."""
        node, recall = self._node, self._node.recall
        if not recall.synced_s or node.clock_s() - recall.synced_s >= _DAY_S:
            self._mac.ask_time()
            self._mac.link_check()
        beat = node.clock_s() >= recall.heartbeat_due_s or bool(node.faults & faults.INCIDENTS)
        self._send_events(beat)
        if self._more:
            raise Busy(1)  # the next report has the next events
        recall.unsent = 0
        if beat:
            self._send_heartbeat()

    def answer(self, reason: int, number: int) -> None:
        """Tell what became of a command."""
        self._send(payload.STATUS_PORT, payload.answer(reason, number, self._present()), False)

    def _send_events(self, ask: bool) -> None:
        """Send what is new, with what nobody has answered for; with `ask` that alone, too."""
        recall = self._node.recall
        while self._waiting:
            port, frame, taken = self._frame(self._waiting)
            last = taken[-1].seq
            if self._waiting[-1].seq <= recall.sent_seq and not ask:
                return
            left = self._more or len(taken) < len(self._waiting)
            confirmed = ask or left or len(taken) >= _UNHEARD or _is_urgent(taken)
            self._send(port, frame, confirmed)
            recall.sent_seq = max(last, recall.sent_seq)
            if not confirmed:
                return
            recall.done_urgent = last  # the journal learns it when it is opened next
            self._waiting = self._waiting[len(taken) :]

    def _frame(self, waiting: "list[events.Event]") -> "tuple[int, bytes, list[events.Event]]":
        """Return port, payload and events of the next frame: a start alone, or as many changes as fit."""
        node = self._node
        if waiting[0].kind == events.BOOT:
            frame = payload.boot(waiting[0], node.clock_ms(), node.recall.epoch, self._mac.max_payload())
            return payload.STATUS_PORT, frame, waiting[:1]
        changes = 0
        while changes < min(len(waiting), _HISTORY) and waiting[changes].kind == events.CHANGE:
            changes += 1
        most_bytes = min(payload.ROUTINE_BYTES, self._mac.max_payload())
        while True:
            newest_first = [waiting[at] for at in range(changes - 1, -1, -1)]
            frame, count = payload.change(
                newest_first, node.clock_ms(), node.recall.epoch, node.recall.wake, most_bytes
            )
            if count == changes:
                return payload.CHANGE_PORT, frame, waiting[:changes]
            changes -= 1

    def _send_heartbeat(self) -> None:
        """Tell how the device is; incidents are told until somebody has answered."""
        node, board = self._node, self._node.board
        battery_mv = board.battery_mv() if board.POWER == "battery" else 0
        now_ms, epoch, most_bytes = node.clock_ms(), node.recall.epoch, self._mac.max_payload()
        frame = payload.heartbeat(self._present(), now_ms, epoch, battery_mv, node.recall.temp_cdeg, most_bytes)
        told = payload.fitting(node.faults, most_bytes - payload.HEARTBEAT_BYTES) & faults.INCIDENTS
        self._send(payload.HEARTBEAT_PORT, frame, told != 0)
        node.clear(told)
        delivering.count_heartbeat(node)

    def _send(self, port: int, frame: bytes, confirmed: bool) -> None:
        """Send one frame, and take what comes back; raise Silent when it is not answered but should be."""
        node, mac = self._node, self._mac
        self._frames += 1
        if self._frames > _MOST_FRAMES:
            raise Busy(_PAUSE_S)
        mac.vehicle_above = node.recall.state == OCCUPIED
        if len(frame) > mac.max_payload():
            # Answers to the network leave no room, and some are repeated until it answers: let it.
            self._take(mac.send(None, b"", True))
        result = mac.send(port, frame, confirmed)
        node.feed()
        self._take(result)
        if confirmed and not result.acked:
            raise Silent("the network does not answer")

    def _take(self, result: "Result") -> None:
        """Keep the time and a command for later."""
        node, mac = self._node, self._mac
        if result.downlink and result.downlink[0] == _COMMAND_PORT:
            node.inbox.append((topics.DOWNLINK, result.downlink[1]))
        if mac.gps_time_ms is not None:
            late_ms = time.ticks_diff(time.ticks_us(), mac.gps_ticks_us) // 1000
            node.told_time = mac.gps_time_ms + late_ms, node.clock_ms()
            mac.gps_time_ms = None

    def _present(self) -> events.Event:
        """Return the state of the bay as an event: since when, how sure, under which firmware."""
        recall = self._node.recall
        cause, since_ms = recall.because.decode(), recall.since_s * 1000
        present = events.Event(events.CHANGE, recall.state, cause, since_ms, recall.since_epoch, recall.since_wake)
        present.confidence, present.faults, present.seq = recall.confidence, self._node.faults, recall.last_seq
        present.runs_on = self._runs_on
        return present


def _is_urgent(taken: "list[events.Event]") -> bool:
    return any(event.kind == events.BOOT or event.flags & events.DWELL for event in taken)
