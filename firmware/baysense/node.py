"""The node: one wake cycle is measure, decide, record, report, sleep.

Deep sleep restarts the program. Measuring and reporting are boots of their own, a soft reset apart: each begins with
an empty heap. A mains node has one boot, and everything in it. A quiet wake loads this file, `recall`, `glance` and
one driver.
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
    from baysense.core.ratelimit import RateLimit
    from baysense.glance import Glance
    from baysense.service import Attendant
    from baysense.uplink import Uplink
    from contract import Board

ROOT = "/data"
WATCHDOG_MS = 120_000  # longer than everything between two feeds: 90 s transient; 15 s Wi-Fi, 14 s DNS, 20 s TLS
# Collect that often: code that stays must not lie among garbage, in holes too small for a report.
GC_BYTES = const(8192)
_CRASH_MS = const(15_000)  # taken for how long the radio was on in a try that ended in a reset
# Back-off, doubling, of looks at the bay while the wake pin cannot be armed.
_FIRST_RETRY_S = const(60)
_LONGEST_RETRY_S = const(3600)
_watchdog: "WDT | None" = None


def run(board: "Board") -> None:
    """Live: a battery node's deep sleep starts the program anew, a mains node's wake never ends."""
    gc.threshold(GC_BYTES)
    node = Node(board, ROOT)
    wake_cycle(node)
    if node.recall.reporting:
        board.start_over()
    if board.POWER == "mains":
        board.restart()
    board.deep_sleep(node.sleep_ms(), not node.recall.unarmed)


def wake_cycle(node: "Node") -> None:
    """Do what this wake is for: measure, or report what was measured; with `recall.reporting` the other follows."""
    node.board.after_wake()
    if not _passed_by(node):
        from baysense import stages

        stages.work(node)


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
    recall = node.recall
    if node.cause != "deviation" or recall.clock_restarted or recall.unarmed or recall.phase or node.report_due():
        return False
    start_watchdog(node.board)
    from baysense.glance import Glance
    from baysense.magnetometer import open_sensor

    try:
        node.glance = Glance(node, open_sensor(node))
        return node.glance.look()
    except OSError:
        return False  # the long way meets it again, and says so


class Node:
    """What one wake works with; settings, journal and the like are opened when first needed."""

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
        self.link: Uplink | None = None  # while connected to a broker
        self.inbox: list = []  # what a battery node heard and has still to carry out
        self.kept: dict = {}  # what its connection was opened with, for the answers
        self.limit: RateLimit | None = None  # of commands, once there are any
        self.reconnect = False  # settings changed: the connection is of the past
        self.told_time: tuple[int, int] = (0, 0)  # by the LoRaWAN network: GPS time, at this device time [ms]
        self.waits_s = 0  # until the law allows the next frame
        self.ending = ""  # what was asked for, see endings
        self.begin_measuring()
        self.stores: dict = {}  # see stages.store()
        self.settings: dict = {}  # see stages.config()
        if self.recall.phase == PHASE_WIFI:
            from baysense import delivering

            delivering.put_off_report(self, _CRASH_MS)  # the last one ended in a crash: the battery may not stand it

    def begin_measuring(self) -> None:
        """Measure from now on."""
        self._begun_ms = time.ticks_ms()
        self.begun_clock_ms = self.clock_ms()

    def elapsed_ms(self) -> int:
        """Return the time since measuring began [ms]."""
        return time.ticks_diff(time.ticks_ms(), self._begun_ms)

    def clock_ms(self) -> int:
        """Return device time: since this epoch's power-on [ms]."""
        return time.time_ns() // 1_000_000 - self.recall.base_s * 1000

    def clock_s(self) -> int:
        """Return device time [s]."""
        return self.recall.clock_s()

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


def _back_off_s(times: int) -> int:
    """Return how long to wait after so many failures in a row [s]."""
    return min(_FIRST_RETRY_S << min(times - 1, 6), _LONGEST_RETRY_S)
