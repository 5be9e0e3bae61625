"""What trying to report cost while nothing came of it, by the energy ledger."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from baysense_host.bench.outage.diary import Diary, session_begins, session_ends
from baysense_host.virtual.ledger import Ledger

# Consumers that draw the same whether the node tries to report or not: no part of what a try costs.
_ALWAYS = ("deep sleep", "iis2mdc", "qmc5883l")
_WINDOW_S = 86_400.0
_FAILED = "report:"  # what the firmware prints when it gives up
_US = 1e6


@dataclass(frozen=True)
class Try:
    """From the radio's start to sleep or the end of the boot: when [s], and its charge [mC, high end]."""

    begin_s: float
    end_s: float
    charge_mc: float
    failed: bool


class Tries:
    """Follow one board's reports."""

    def __init__(self, diary: Diary, ledger: Ledger) -> None:
        self.all: list[Try] = []
        self._ledger = ledger
        self._open: Try | None = None
        diary.readers.append(self._read)

    def printed(self, line: str) -> None:
        """Take a line of the node's log."""
        if self._open is not None and line.startswith(_FAILED):
            self._open = replace(self._open, failed=True)

    @property
    def failed(self) -> list[Try]:
        """The tries that came to nothing."""
        return [one for one in self.all if one.failed]

    def _read(self, t_us: int, kind: str, fields: dict[str, Any]) -> None:
        begun = self._open
        if begun is not None and session_ends(kind, fields):
            failed = begun.failed or kind != "deep_sleep"  # a reset ended it
            self.all.append(Try(begun.begin_s, t_us / _US, self._charge_mc() - begun.charge_mc, failed))
            self._open = None
        elif begun is None and session_begins(kind, fields):
            self._open = Try(t_us / _US, 0.0, self._charge_mc(), False)

    def _charge_mc(self) -> float:
        return sum(high for what, (_, high) in self._ledger.charges().items() if what not in _ALWAYS)


def worst_day_c(tries: list[Try]) -> float:
    """Return the most charge that tries took within 24 hours [C]."""
    return max(_days_c(tries), default=0.0)


def _days_c(tries: list[Try]) -> Iterator[float]:
    for first in tries:
        end_s = first.begin_s + _WINDOW_S
        yield sum(one.charge_mc for one in tries if first.begin_s <= one.begin_s < end_s) / 1000
