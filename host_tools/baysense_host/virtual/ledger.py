"""The energy ledger: charge by cause, as a range, integrated over virtual time."""

from collections.abc import Callable

Range = tuple[float, float]
_US_PER_S = 1_000_000


class Account:
    """One consumer: a current now [µA, low–high] and the charge so far [mC, low–high]."""

    __slots__ = ("current_ua", "since_us", "low_mc", "high_mc")

    def __init__(self, now_us: int) -> None:
        self.current_ua: Range = (0.0, 0.0)
        self.since_us = now_us
        self.low_mc = 0.0
        self.high_mc = 0.0

    def settle(self, now_us: int) -> None:
        """Add the charge since the last change."""
        seconds = (now_us - self.since_us) / _US_PER_S
        self.low_mc += self.current_ua[0] * seconds / 1000
        self.high_mc += self.current_ua[1] * seconds / 1000
        self.since_us = now_us


class Ledger:
    """Charge every consumer on one board; currents are at the battery."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._start_us = now()
        self._accounts: dict[str, Account] = {}

    def level(self, what: str, low_ua: float, high_ua: float) -> None:
        """Set the current [µA] a consumer takes from now on."""
        account = self._account(what)
        account.settle(self._now())
        account.current_ua = (low_ua, high_ua)

    def add(self, what: str, low_mc: float, high_mc: float) -> None:
        """Add the charge of one act [mC]."""
        account = self._account(what)
        account.low_mc += low_mc
        account.high_mc += high_mc

    def charges(self) -> dict[str, Range]:
        """Return the charge by consumer so far [mC]."""
        now_us = self._now()
        for account in self._accounts.values():
            account.settle(now_us)
        return {what: (a.low_mc, a.high_mc) for what, a in self._accounts.items()}

    def total_mc(self) -> Range:
        """Return all charge so far [mC]."""
        charges = self.charges().values()
        return sum(low for low, _ in charges), sum(high for _, high in charges)

    def average_ua(self) -> Range:
        """Return the average current since the start [µA]."""
        seconds = max(1, self._now() - self._start_us) / _US_PER_S
        low, high = self.total_mc()
        return low * 1000 / seconds, high * 1000 / seconds

    def _account(self, what: str) -> Account:
        if what not in self._accounts:
            self._accounts[what] = Account(self._now())
        return self._accounts[what]


class StateCurrents:
    """Charge the one state that the chip is in."""

    _STATES = {"deep sleep": "deep_sleep", "light sleep": "light_sleep", "mcu": "active"}  # name -> key of board.json

    def __init__(self, ledger: Ledger, currents_ua: dict[str, dict[str, list[float]]]) -> None:
        self._ledger = ledger
        self._currents_ua = currents_ua

    def switch(self, now: str | None) -> None:
        """Let this state draw its current and silence the others; None: no supply."""
        for state, key in self._STATES.items():
            low_ua, high_ua = self._currents_ua[key]["range"] if state == now else (0.0, 0.0)
            self._ledger.level(state, low_ua, high_ua)
