"""A start that is no wake from sleep, and every awake life: serve the console, watch the field, report.

After power-on or a reset the node stays awake for `console_s` and says `ready`; every console line prolongs that.
A mains node stays here for ever, connected to its broker.
"""

import time
from array import array

from micropython import const

from baysense import node as cycle
from baysense import sensing, stages
from baysense.core import faults
from baysense.core.detector import HOLD, REST
from baysense.magnetometer import open_sensor
from baysense.provision.console import Console

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from contract import Magnetometer

_HOLD_MS = const(60_000)  # how long a console line keeps the node awake
_SOON_MS = const(10)  # until the next look for a sample that is due
_REST_MS = const(500)  # between samples while nothing moves; a car needs seconds to arrive
_SENSOR_RETRY_MS = const(10_000)
_SILENT_MS = const(3000)  # without a new sample: the magnetometer stopped
_DAY_MS = const(86_400_000)


def start(node: "Node") -> bool:
    """Start up, serve, and settle for sleep; return whether the wake pin is armed."""
    from baysense import starting

    starting.take_stock(node)
    attendant = Attendant(node)
    attendant.open_sensor()
    starting.say_ready(node)
    del starting
    stages.tidy(node)
    stages.unload(["baysense.starting", "baysense.core.event"])
    attendant.attend()
    stages.tidy(node)
    try:
        if attendant.sensor is None:
            raise OSError("does not answer")
        return sensing.settle(node, attendant.sensor)
    except OSError as error:
        return sensing.blind(node, error)


class Attendant:
    """What keeps a node awake and busy."""

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.sensor: Magnetometer | None = None
        self._reading = array("i", (0, 0, 0, 0))
        node.session = True
        node.attendant = self
        self._console = Console(self._answer)
        self._until_ms = stages.config(node)["console_s"] * 1000
        self._sensor_due_ms = self._heard_ms = 0
        self._tick_ms = time.ticks_ms()
        self._awake_ms = self._still_ms = 0  # awake for so long, and when nothing moved last

    def open_sensor(self) -> None:
        """Open the magnetometer, or note that it does not answer."""
        try:
            self.sensor = open_sensor(self.node)
            self.node.clear(faults.SENSOR_ABSENT)
            self._heard_ms = self._awake_ms
        except OSError as error:
            self._lose_sensor(error)

    def attend(self) -> None:
        """Sample, decide and answer until nobody is here any more; on mains for ever, and report meanwhile."""
        mains = self.node.board.POWER == "mains"
        if mains:
            from baysense import lifeline

            cycle.start_watchdog(self.node.board)
        while mains or self._wanted():
            if self._console.serve(self._look()):
                self._until_ms = self._awake_ms + _HOLD_MS
            self._count_time()
            cycle.feed()
            if mains and not self._unsettled():
                lifeline.tend(self.node)
            if self.node.ending:
                from baysense import endings

                endings.end(self.node)
        self.node.session = False
        cycle.start_watchdog(self.node.board)

    def _wanted(self) -> bool:
        return self._unsettled() or self._awake_ms < self._until_ms

    def _answer(self, line: str) -> str | None:
        stages.make_room(self.node)  # the method must not lie among garbage, and not beside what judged a movement
        from baysense import methods
        from baysense.provision.rpc import Rpc

        answer = Rpc(methods.table(self.node)).answer(line)
        stages.tidy(self.node)
        return answer

    def _unsettled(self) -> bool:
        """Tell whether something moves; no movement takes so long as to hold up everything else for ever."""
        return self._awake_ms - self._still_ms < 2 * cycle.WATCHDOG_MS and self._moving()

    def _moving(self) -> bool:
        return self.sensor is not None and self.node.detector.moving

    def _look(self) -> int:
        """Take a sample if there is one; return how long to wait for the next [ms]."""
        if self.sensor is None:
            if self._awake_ms >= self._sensor_due_ms:
                self.open_sensor()
            return _REST_MS
        try:
            if self.sensor.read_into(self._reading):
                self._heard_ms = self._awake_ms
                if self._decide() == HOLD:
                    return self.sensor.period_ms
                return 0 if self._reports_at_once() else _REST_MS
            if self._awake_ms - self._heard_ms > _SILENT_MS:
                raise OSError("gives no new data")
        except OSError as error:
            self._lose_sensor(error)
        return _SOON_MS

    def _reports_at_once(self) -> bool:
        return self.node.board.POWER == "mains" and self.node.report_due()

    def _decide(self) -> int:
        """Give the sample to the detector and follow up its verdict."""
        node = self.node
        if node.elapsed_ms() > _DAY_MS and not node.detector.moving:
            sensing.begin(node, stages.config(node))  # ticks wrap after 6 days
        verdict = sensing.confirmed(node, sensing.sample(node, self._reading))
        sensing.decided(node, verdict)
        if verdict == REST:
            sensing.check(node)
        sensing.catch_up(node)
        return verdict

    def _lose_sensor(self, error: OSError) -> None:
        if not self.node.faults & faults.SENSOR_ABSENT:  # once: it is tried again and again
            print("magnetometer:", error)
        self.sensor = None
        self.node.fault(faults.SENSOR_ABSENT)
        self._sensor_due_ms = self._awake_ms + _SENSOR_RETRY_MS

    def _count_time(self) -> None:
        now_ms = time.ticks_ms()
        self._awake_ms += time.ticks_diff(now_ms, self._tick_ms)
        if not self._moving():
            self._still_ms = self._awake_ms
        self._tick_ms = now_ms
