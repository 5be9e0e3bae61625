"""The charge of single wakes, and the average current once a node has settled."""

from typing import NamedTuple

from baysense_host.virtual.fleet import Bay
from baysense_host.virtual.ledger import Range
from baysense_host.virtual.power import life_years

# Consumers that draw the same whether the node is awake or asleep: no part of what a wake costs.
_ALWAYS = ("deep sleep", "iis2mdc", "qmc5883l")


class Wake(NamedTuple):
    """One wake: why, from when to when [s], and its charge [mC, low-high]; with its report, a boot of its own."""

    cause: str
    begin_s: float
    end_s: float
    charge_mc: Range


class Meter:
    """Follow one board from power-on: hand `Meter.attach` to a run before it starts.

    The first wake holds a service window of 60 s at full current. It happens once in a device's life, so averages
    begin after it.
    """

    wakes: list[Wake]

    def attach(self, bay: Bay) -> None:
        """Listen to the board's link, which is open exactly while its program runs."""
        self._board = bay.board
        self.wakes = []
        self._began_us: int | None = None  # of the wake that goes on now
        self._spent_mc: Range = (0.0, 0.0)
        self._counted: dict[str, int] = {}
        self._settled_us = 0
        self._settled_mc: Range = (0.0, 0.0)
        link_changed = bay.board.interpreter.on_link

        def follow(fd: int, open_now: bool) -> None:
            link_changed(fd, open_now)
            self._note(open_now)

        bay.board.interpreter.on_link = follow

    def average_ua(self) -> Range:
        """Return the average current since the first wake was over [µA, low-high]."""
        seconds = (self._board.clock.now_us - self._settled_us) / 1e6
        low_mc, high_mc = self._board.ledger.total_mc()
        return (low_mc - self._settled_mc[0]) * 1000 / seconds, (high_mc - self._settled_mc[1]) * 1000 / seconds

    def life_years(self) -> Range:
        """Return how long the board's battery lasts at that current [years, low-high]."""
        low_ua, high_ua = self.average_ua()
        capacity_mah = self._board.options.facts["capacity_mah"]
        return life_years(capacity_mah, high_ua), life_years(capacity_mah, low_ua)

    def _note(self, open_now: bool) -> None:
        now_us = self._board.clock.now_us
        if open_now:
            self._began_us = now_us
        elif self._began_us is not None:
            self._end(self._began_us, now_us)
            self._began_us = None

    def _end(self, began_us: int, now_us: int) -> None:
        spent_mc = self._awake_mc()
        charge_mc = spent_mc[0] - self._spent_mc[0], spent_mc[1] - self._spent_mc[1]
        self._spent_mc = spent_mc
        wake = Wake(self._cause(), began_us / 1e6, now_us / 1e6, charge_mc)
        if wake.cause == "soft" and self.wakes:
            wake = _joined(self.wakes.pop(), wake)
        self.wakes.append(wake)
        if len(self.wakes) == 1:
            self._settled_us, self._settled_mc = now_us, self._board.ledger.total_mc()

    def _awake_mc(self) -> Range:
        charges = [charge for what, charge in self._board.ledger.charges().items() if what not in _ALWAYS]
        return sum(low for low, _ in charges), sum(high for _, high in charges)

    def _cause(self) -> str:
        """Return the cause whose count has grown since the wake before."""
        counts = dict(self._board.wakes)
        grown = [cause for cause, count in counts.items() if count > self._counted.get(cause, 0)]
        self._counted = counts
        return grown[0] if grown else "soft"


def _joined(wake: Wake, rest: Wake) -> Wake:
    low_mc, high_mc = rest.charge_mc
    return wake._replace(end_s=rest.end_s, charge_mc=(wake.charge_mc[0] + low_mc, wake.charge_mc[1] + high_mc))
