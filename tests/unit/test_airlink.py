"""What a node says over LoRaWAN, and when it gives a session up."""

import aes_cpython  # noqa: F401  # before the firmware
from baysense.air import Air
from baysense.airlink import Link
from baysense.core import faults
from baysense.core.event import CHANGE, Event
from baysense.core.retry import Retry
from baysense.core.state import FREE, OCCUPIED
from baysense.lorawan.mac import Result

_INCIDENTS = faults.UPLINK_FAILED | faults.NODE_MOVED


class Recall:
    epoch, wake, state = 1, 9, OCCUPIED
    retry, because = b"", b"arrival"
    sent_seq = done_urgent = since_s = since_epoch = since_wake = confidence = last_seq = temp_cdeg = 0
    heartbeat_s = 3600


class Board:
    POWER = "mains"


class Node:
    def __init__(self) -> None:
        self.recall = Recall()
        self.board = Board()
        self.inbox: list = []
        self.faults = 0

    def clear(self, mask: int) -> None:
        self.faults &= ~mask

    def clock_s(self) -> int:
        return 10_000

    def clock_ms(self) -> int:
        return 10_000_000

    def feed(self) -> None:
        pass


class Mac:
    """Answers whatever wants an answer."""

    gps_time_ms = None
    vehicle_above = False

    def __init__(self, room_bytes: int) -> None:
        self.room_bytes = room_bytes
        self.sent: list = []

    def max_payload(self) -> int:
        return self.room_bytes

    def send(self, fport: "int | None", payload: bytes, confirmed: bool = False) -> Result:
        result = Result(len(self.sent))
        result.acked = confirmed
        self.sent.append((fport, len(payload), confirmed))
        return result


def changes(count: int) -> list[Event]:
    events = []
    for number in range(count):
        event = Event(CHANGE, (OCCUPIED, FREE)[number % 2], "arrival", number * 600_000, 1, number, 600, 95)
        event.seq = number + 1
        events.append(event)
    return events


def test_a_new_change_goes_out_though_older_ones_fill_the_frame() -> None:
    node, mac = Node(), Mac(7)
    node.recall.sent_seq = 2  # the first two are on their way, nobody has answered for them
    air = Air(node, mac, {"runs_on": "0.1.0 0 0", "events": changes(3), "more": False})
    air._send_events(False)
    assert node.recall.sent_seq == 3 and node.recall.done_urgent == 2
    assert [confirmed for _, _, confirmed in mac.sent] == [True, False]


def test_nothing_new_is_not_sent_again_unasked() -> None:
    node, mac = Node(), Mac(11)
    node.recall.sent_seq = 2
    air = Air(node, mac, {"runs_on": "0.1.0 0 0", "events": changes(2), "more": False})
    air._send_events(False)
    assert mac.sent == []
    air._send_events(True)
    assert [confirmed for _, _, confirmed in mac.sent] == [True] and node.recall.done_urgent == 2


def test_answers_that_leave_no_room_go_first_and_want_an_answer() -> None:
    node, mac = Node(), Mac(3)
    air = Air(node, mac, {"runs_on": "0.1.0 0 0", "events": changes(1), "more": False})
    air._send_events(False)
    assert [(fport, confirmed) for fport, _, confirmed in mac.sent] == [(None, True), (1, False)]


def test_an_incident_that_found_no_room_is_not_taken_for_told() -> None:
    for room_bytes, left in ((11, faults.NODE_MOVED), (9, _INCIDENTS), (13, 0)):
        node, mac = Node(), Mac(room_bytes)
        node.faults = _INCIDENTS | faults.BATTERY_LOW
        air = Air(node, mac, {"runs_on": "0.1.0 0 0", "events": [], "more": False})
        air._send_heartbeat()
        assert node.faults == left | faults.BATTERY_LOW, room_bytes
        assert mac.sent == [(2, min(room_bytes, 12), left != _INCIDENTS)]


def test_a_session_that_nobody_answers_is_given_up_now_and_then() -> None:
    class Held:
        _node = Node()

    retry, tries = Retry(), []
    for failures in range(1, 300):
        retry.failed(failures * 3600, 0, 0)
        Held._node.recall.retry = retry.dump()
        if Link._forgotten(Held()):
            tries.append(failures)
    assert tries[:3] == [60, 80, 100] and tries[-1] == 299
    Held._node.recall.retry = b""
    assert not Link._forgotten(Held())
