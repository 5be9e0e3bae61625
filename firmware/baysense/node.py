"""The node: one wake cycle is measure, decide, record, report, sleep.

`wake_cycle` ends in a sleep request; deep sleep restarts the program. Measuring and reporting are stages: each loads
what it needs and is unloaded before the next, so that they never need their memory at the same time. A quiet wake
loads this file, `recall`, `sensing`, one driver and part of the detector.
"""

import gc
import sys
import time

from baysense.recall import PHASE_WIFI, Recall

ROOT = "/data"
WATCHDOG_MS = 120_000  # longer than everything that blocks: 90 s transient, 15 s Wi-Fi, 3 x 5 s MQTT
_FIRST_RETRY_S = 60
_LONGEST_RETRY_S = 3600
_BACK_OFF_S = 60  # sleep when the wake pin does not become idle, or the sensor does not answer
# Left in memory when measuring is over, by the report that follows.
_STAYS = ("baysense", "baysense.core", "baysense.node", "baysense.recall", "baysense.core.retained")
# Loaded again when somebody asks.
_OCCASIONAL = ("baysense.core.config", "baysense.storage.settings", "baysense.storage.identity", "baysense.stores")
_OCCASIONAL += ("baysense.methods", "baysense.selftest", "baysense.ranging", "baysense.core.fault_table")

_watchdog: object = None


def run(board: object) -> None:
    """Live: wake cycle after wake cycle; a battery node's deep sleep does not return, a mains node goes on."""
    resumed = False
    while True:
        sleep_ms, watch = wake_cycle(board, ROOT, resumed)
        if board.POWER == "battery":
            board.deep_sleep(sleep_ms, watch)
        resumed = True


def wake_cycle(board: object, root: str, resumed: bool = False) -> tuple[int, bool]:
    """Do what this wake is for; return how long to sleep [ms] and whether to watch the deviation pin."""
    board.after_wake()
    node = Node(board, root)
    if resumed:
        node.cause = "resumed"
        node.recall.wake -= 1
    watch = _measure(node)
    node.end_measuring()
    if node.report_due():
        node.report()
        node.recall.save(board)
    return (node.sleep_ms() if watch else min(node.sleep_ms(), _BACK_OFF_S * 1000)), watch


def feed() -> None:
    """Feed the watchdog, if it runs."""
    if _watchdog is not None:
        _watchdog.feed()


def start_watchdog(board: object) -> None:
    """Start the watchdog, once; from then on only a reset stops it."""
    global _watchdog
    if _watchdog is None:
        _watchdog = board.watchdog(WATCHDOG_MS)


def _measure(node: "Node") -> bool:
    """Look at the bay, decide and record; return whether the wake pin is armed."""
    if node.cause in ("timer", "deviation") and not node.recall.fresh:
        start_watchdog(node.board)
        from baysense import sensing

        return sensing.wake(node)
    from baysense import service

    return service.start(node)


class Node:
    """What one wake works with; settings, journal and the like are opened when first needed."""

    def __init__(self, board: object, root: str) -> None:
        self.board = board
        self.root = root
        self.cause = board.wake_cause()
        self.recall = Recall(board.retained())
        self.recall.wake += 1
        self.faults = 0
        self.session = False  # somebody is connected: no sleep of any kind
        self.attendant: object = None
        self.detector: object = None
        self.budget: object = None
        self.begun_ms = time.ticks_ms()
        self.begun_clock_ms = self.clock_ms()
        self._stores: dict = {}
        self._config: dict | None = None

    def elapsed_ms(self) -> int:
        """Return the time since measuring began [ms]."""
        return time.ticks_diff(time.ticks_ms(), self.begun_ms)

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
        """Note faults, to be reported with the next message."""
        self.faults |= mask

    def store(self, name: str) -> object:
        """Return settings, identity, journal or counters, opened when first asked for."""
        if name not in self._stores:
            from baysense import stores

            self._stores[name] = stores.open_store(self, name)
        return self._stores[name]

    def config(self) -> dict:
        """Return the settings."""
        if self._config is None:
            self._config = self.store("settings").config
        return self._config

    def configure(self, changes: dict) -> None:
        """Store changes of settings, all or none; raise ConfigError and change nothing if any is wrong."""
        self._config = self.store("settings").commit(changes)

    def tidy(self) -> None:
        """Give back the memory of what is needed only now and then; the journal stays open."""
        self._stores = {name: store for name, store in self._stores.items() if name == "journal"}
        unload([name for name in sys.modules if name in _OCCASIONAL])

    def report_due(self) -> bool:
        """Tell whether something waits to be sent and may be tried now."""
        now_s = self.clock_s()
        wanted = self.recall.unsent or now_s >= self.recall.heartbeat_due_s
        return bool(wanted and now_s >= self.recall.retry_due_s)

    def report(self) -> None:
        """Send what waits; a failure keeps it and sets the time of the next try."""
        from baysense import reporting

        recall = self.recall
        recall.save(self.board, PHASE_WIFI)
        now_s = self.clock_s()
        if reporting.deliver(self):
            recall.failures = 0
            recall.retry_due_s = 0
        else:
            recall.failures = min(recall.failures + 1, 16)
            recall.retry_due_s = now_s + min(_FIRST_RETRY_S << min(recall.failures - 1, 8), _LONGEST_RETRY_S)
        if now_s >= recall.heartbeat_due_s:
            recall.heartbeat_due_s = now_s + recall.heartbeat_s

    def remember(self) -> None:
        """Write what the next wake needs."""
        recall = self.recall
        recall.faults = self.faults
        recall.detector = self.detector.dump()
        recall.budget = self.budget.dump()
        recall.save(self.board)

    def end_measuring(self) -> None:
        """Give back the memory of measuring to the report that follows."""
        self.detector = Present(self.detector)
        self.attendant = None
        self._stores.clear()
        unload([name for name in sys.modules if name.startswith("baysense.") and name not in _STAYS])

    def sleep_ms(self) -> int:
        """Return how long nothing is due [ms]."""
        now_s = self.clock_s()
        due_s = self.recall.heartbeat_due_s
        if self.recall.unsent:
            due_s = min(due_s, max(self.recall.retry_due_s, now_s + 1))
        return max(1, due_s - now_s) * 1000


def unload(names: list[str]) -> None:
    """Drop modules, with everything in them that nobody holds."""
    for name in names:
        package, _, leaf = name.rpartition(".")
        del sys.modules[name]
        if package in sys.modules:
            delattr(sys.modules[package], leaf)  # a package holds its modules, too
    gc.collect()


class Present:
    """What a report says of the bay."""

    def __init__(self, detector: object) -> None:
        self.state, self.confidence = detector.state, detector.confidence
        self.cause, self.temp_cdeg = detector.cause, detector.temp_cdeg
