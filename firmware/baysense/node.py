"""The node: one wake cycle is measure, decide, record, report, sleep.

`wake_cycle` ends in a sleep request; deep sleep restarts the program. Measuring and reporting are stages: each loads
what it needs and is unloaded before the next, so that they never need their memory at the same time. A quiet wake
loads this file, `recall`, `glance` and one driver.
"""

import gc
import time

from micropython import const

from baysense.recall import PHASE_WIFI, Recall

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from machine import WDT

    from baysense.core.budget import WakeBudget
    from baysense.core.detector import Detector
    from baysense.glance import Glance
    from baysense.service import Attendant
    from baysense.stages import Present
    from contract import Board

ROOT = "/data"
WATCHDOG_MS = 120_000  # longer than everything between two feeds: 90 s transient, 15 s Wi-Fi, 3 x 5 s MQTT
# Collect that often: code that stays must not lie among garbage, in holes too small for a report.
_GC_BYTES = const(8192)
# Back-off, doubling: of reports that fail, and of looks at the bay while the wake pin cannot be armed.
_FIRST_RETRY_S = const(60)
_LONGEST_RETRY_S = const(3600)
_watchdog: "WDT | None" = None


def run(board: "Board") -> None:
    """Live: wake cycle after wake cycle; a battery node's deep sleep does not return, a mains node goes on."""
    gc.threshold(_GC_BYTES)
    resumed = False
    while True:
        sleep_ms, watch = wake_cycle(board, ROOT, resumed)
        if board.POWER == "battery":
            board.deep_sleep(sleep_ms, watch)
        resumed = True


def wake_cycle(board: "Board", root: str, resumed: bool = False) -> tuple[int, bool]:
    """Do what this wake is for; return how long to sleep [ms] and whether to watch the deviation pin."""
    board.after_wake()
    node = Node(board, root)
    if resumed:
        node.cause = "resumed"
        node.recall.wake -= 1
    if not _passed_by(node):
        _work(node)
    return node.sleep_ms(), not node.recall.unarmed


def feed() -> None:
    """Feed the watchdog, if it runs."""
    if _watchdog is not None:
        _watchdog.feed()


def start_watchdog(board: "Board") -> None:
    """Start the watchdog, once; from then on only a reset stops it."""
    global _watchdog
    if _watchdog is None:
        _watchdog = board.watchdog(WATCHDOG_MS)


def _passed_by(node: "Node") -> bool:
    """Take a first look where the wake may well be for nothing; return whether it was."""
    if node.cause != "deviation" or node.recall.clock_restarted or node.recall.unarmed or node.report_due():
        return False
    start_watchdog(node.board)
    from baysense.glance import Glance
    from baysense.magnetometer import open_sensor

    try:
        node.glance = Glance(node, open_sensor(node))
        return node.glance.look()
    except OSError:
        return False  # the long way meets it again, and says so


def _work(node: "Node") -> None:
    """Look at the bay, decide and record, then report what is due."""
    from baysense import stages

    stages.measure(node)
    stages.end_measuring(node)
    if node.report_due():
        stages.report(node)


class Node:
    """What one wake works with; settings, journal and the like are opened when first needed."""

    present: "Present"  # from the end of measuring on, what is left of the detector; see stages

    def __init__(self, board: "Board", root: str) -> None:
        self.board = board
        self.root = root
        self.cause = board.wake_cause()
        self.recall = Recall(board.retained())
        self.recall.wake += 1
        self.faults = 0
        self.session = False  # somebody is connected: no sleep of any kind
        self.glance: Glance | None = None  # a first look that was not enough
        self.attendant: Attendant = None  # type: ignore[assignment]  # set while one is there
        self.detector: Detector = None  # type: ignore[assignment]  # set by sensing.begin(), until measuring ends
        self.budget: WakeBudget = None  # type: ignore[assignment]  # set by sensing.begin()
        self.begin_measuring()
        self.stores: dict = {}  # see stages.store()
        self.settings: dict = {}  # see stages.config()
        if self.recall.phase == PHASE_WIFI:
            self.put_off_report()  # the last one ended in a reset or crash: the battery may not stand it

    def begin_measuring(self) -> None:
        """Measure from now on."""
        self._begun_ms = time.ticks_ms()
        self.begun_clock_ms = self.clock_ms()

    def elapsed_ms(self) -> int:
        """Return the time since measuring began [ms]."""
        return time.ticks_diff(time.ticks_ms(), self._begun_ms)

    def clock_ms(self) -> int:
        """Return device time: since this epoch's power-on [ms]."""
        return time.time_ns() // 1_000_000

    def clock_s(self) -> int:
        """Return device time [s]."""
        return time.time()

    def pause(self, ms: int) -> None:
        """Let time pass as cheaply as the moment allows [ms]."""
        if self.board.POWER == "battery" and not self.session:
            self.board.light_sleep(ms)
        else:
            time.sleep_ms(ms)

    def feed(self) -> None:
        """Feed the watchdog, if it runs."""
        feed()

    def fault(self, mask: int) -> None:
        """Note faults; a new one is reported at once, the others with every message."""
        if mask & ~(self.faults | self.recall.faults):
            self.recall.heartbeat_due_s = min(self.recall.heartbeat_due_s, self.clock_s())
        self.faults |= mask

    def clear(self, mask: int) -> None:
        """Take faults back."""
        self.faults &= ~mask

    def report_due(self) -> bool:
        """Tell whether something waits to be sent and may be tried now."""
        now_s = self.clock_s()
        wanted = self.recall.unsent or now_s >= self.recall.heartbeat_due_s
        return bool(wanted and now_s >= self.recall.retry_due_s)

    def sleep_ms(self) -> int:
        """Return how long nothing is due [ms]: report or heartbeat, look at an unwatched bay, alarm."""
        recall = self.recall
        now_s = self.clock_s()
        due_s = max(now_s if recall.unsent else recall.heartbeat_due_s, recall.retry_due_s)
        if recall.unarmed:
            due_s = min(due_s, now_s + _back_off_s(recall.unarmed))
        alarm_s = recall.alarm_due_s()
        if alarm_s is not None:
            due_s = min(due_s, alarm_s)
        due_s = min(due_s, now_s + recall.heartbeat_s)  # whatever a clock that was set makes of the rest
        return max(1, due_s - now_s) * 1000

    def put_off_report(self) -> None:
        """Set the time of the next try after one more failure."""
        recall = self.recall
        recall.failures = min(recall.failures + 1, 16)
        recall.retry_due_s = self.clock_s() + _back_off_s(recall.failures)


def _back_off_s(times: int) -> int:
    """Return how long to wait after so many failures in a row [s]."""
    return min(_FIRST_RETRY_S << min(times - 1, 6), _LONGEST_RETRY_S)
