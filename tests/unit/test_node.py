"""When the node sleeps, wakes and reports. The rest of it runs in tests/node and in the simulations."""

from baysense import delivering, failing
from baysense.core import config, faults
from baysense.core.retry import Retry
from baysense.core.state import FREE, OCCUPIED
from baysense.node import Node
from baysense.recall import PHASE_WIFI

NOW_S = 100_000
HOUR_S = 3600
RADIO_MS = 1000  # of a try that failed


class Board:
    """What a node asks of its board before it measures."""

    POWER = "battery"

    def __init__(self) -> None:
        self.memory = b""

    def wake_cause(self) -> str:
        return "timer"

    def retained(self) -> bytes:
        return self.memory

    def retain(self, data: bytes) -> None:
        self.memory = bytes(data)


class Clocked(Node):
    """A node whose clock stands still."""

    now_s = NOW_S

    def clock_s(self) -> int:
        return self.now_s

    def begin_measuring(self) -> None:
        pass


def node(**changes: object) -> Node:
    """Return a node that has nothing to do until its heartbeat, an hour ahead."""
    found = Clocked(Board(), "")
    found.recall.adopt(config.validated(config.defaults(), changes))
    found.recall.heartbeat_due_s = NOW_S + HOUR_S
    found.recall.state = FREE
    return found


def sleep_s(of: Node) -> int:
    assert of.sleep_ms() % 1000 == 0
    return of.sleep_ms() // 1000


def failed(of: Node, times: int) -> None:
    for _ in range(times):
        delivering.put_off_report(of, RADIO_MS)


def about(s: int, expected_s: int) -> bool:
    """Tell whether a wait is as long as expected, or a quarter more or less."""
    return 3 * expected_s <= 4 * s <= 5 * expected_s


def test_nothing_due_until_the_heartbeat() -> None:
    idle = node()
    assert not idle.report_due() and sleep_s(idle) == HOUR_S
    idle.recall.heartbeat_due_s = NOW_S
    assert idle.report_due()


def test_an_event_is_due_at_once() -> None:
    busy = node()
    busy.recall.unsent = 1
    assert busy.report_due() and sleep_s(busy) == 1


def test_failed_reports_back_off_up_to_an_hour() -> None:
    waits = []
    for times in range(1, 10):
        busy = node()
        busy.recall.unsent = 1
        failed(busy, times)
        assert not busy.report_due()
        waits.append(sleep_s(busy))
    for times, expected_s in enumerate((60, 120, 240, 480, 960, 1920, 3600, 3600, 3600)):
        assert about(waits[times], expected_s)


def test_a_heartbeat_waits_for_the_back_off_and_does_not_spin() -> None:
    late = node()
    late.recall.heartbeat_due_s = NOW_S - 10
    failed(late, 4)
    assert not late.report_due() and about(sleep_s(late), 480)


def test_a_retry_without_events_does_not_wake_before_the_heartbeat() -> None:
    idle = node()
    failed(idle, 1)
    assert sleep_s(idle) == HOUR_S


def test_a_pin_that_cannot_be_armed_is_looked_at_with_back_off() -> None:
    stuck = node()
    waits = []
    for times in range(1, 9):
        stuck.recall.unarmed = times
        waits.append(sleep_s(stuck))
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    stuck.recall.heartbeat_due_s = NOW_S + 30
    assert sleep_s(stuck) == 30


def test_sleep_ends_when_a_keep_clear_zone_is_overdue() -> None:
    watched = node(zone="keep_clear", dwell_s=600)
    watched.recall.since_s = NOW_S - 100
    assert sleep_s(watched) == HOUR_S
    watched.recall.state = OCCUPIED
    assert sleep_s(watched) == 500
    watched.recall.alarmed = 1
    assert sleep_s(watched) == HOUR_S


def test_a_new_fault_is_reported_at_once_a_known_one_is_not() -> None:
    ill = node()
    ill.recall.faults = faults.PIN_STUCK
    ill.fault(faults.PIN_STUCK)
    assert ill.faults == faults.PIN_STUCK and not ill.report_due()
    ill.fault(0)
    assert not ill.report_due()
    ill.fault(faults.SENSOR_ABSENT)
    assert ill.report_due()


def test_faults_are_taken_back() -> None:
    ill = node()
    ill.fault(faults.PIN_STUCK | faults.BROWN_OUT)
    ill.clear(faults.PIN_STUCK | faults.WATCHDOG)
    assert ill.faults == faults.BROWN_OUT


def test_a_report_that_never_returned_counts_as_failed() -> None:
    board = Board()
    for times, wait_s in ((1, 60), (2, 120)):
        dying = Clocked(board, "")
        dying.recall.save(board, PHASE_WIFI)
        next_one = Clocked(board, "")
        assert Retry(next_one.recall.retry).failures == times
        assert next_one.recall.retry_due_s - NOW_S >= 3 * wait_s // 4
    next_one.recall.save(board)
    assert Retry(Clocked(board, "").recall.retry).failures == 2


def test_tries_that_cost_much_become_rare() -> None:
    poor = node()
    poor.recall.unsent = 1
    for _ in range(5):
        delivering.put_off_report(poor, 30_000)
    assert poor.recall.retry_due_s - NOW_S == 4 * HOUR_S and not poor.report_due()


def test_the_radio_of_a_mains_node_is_free() -> None:
    rich = node()
    rich.board.POWER = "mains"
    for _ in range(9):
        delivering.put_off_report(rich, 300_000)
    assert about(rich.recall.retry_due_s - NOW_S, 3600)


class Link:
    """A connection that was opened at some time."""

    def __init__(self, opened_s: int) -> None:
        self.opened_s = opened_s


def test_failures_are_forgotten_once_a_connection_lasts() -> None:
    for opened_s, failures in ((NOW_S - 299, 3), (NOW_S - 300, 0)):
        flapping = node()
        failed(flapping, 3)
        flapping.link = Link(opened_s)
        failing.forgive(flapping)
        assert Retry(flapping.recall.retry).failures == failures
    asleep = node()
    failed(asleep, 3)
    failing.forgive(asleep)
    assert Retry(asleep.recall.retry).failures == 0


def test_a_boot_for_a_report_does_not_report_before_its_retry_time() -> None:
    busy = node()
    busy.recall.unsent = 1
    delivering.put_off_report(busy, RADIO_MS)
    busy.recall.save(busy.board)
    assert not Clocked(busy.board, "").report_due()
