"""The live picture of a simulation: a bar a bay, truth above what was reported, and a few counters."""

import time
from collections.abc import Callable
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

Progress = Callable[[dict[str, Any]], None]
_DAY_S = 86_400
_FRAME_S = 0.1  # wall time between two pictures
_MOST_ROWS = 16  # bays shown; the others are counted
_COLOURS = {"free": "green4", "occupied": "dodger_blue2", "unknown": "grey50", "": "grey19"}
_WIDTHS = (96, 48, 24)  # quarter-hours, half-hours, hours


class Row:
    """One bay's day: truth and report in so many slots, the last thing said in a slot counts."""

    def __init__(self, slots: int, start: str) -> None:
        self._slots = slots
        self._now = {"truth": start, "event": "unknown"}
        self._day = 0
        self._until = {"truth": 0, "event": 0}
        self.cells = {"truth": [""] * slots, "event": [""] * slots}

    def say(self, kind: str, t_s: float, state: str) -> None:
        """Note a new state, true ("truth") or reported ("event")."""
        self.advance(t_s)
        self._now[kind] = state
        self.cells[kind][self._slot(t_s)] = state

    def advance(self, t_s: float) -> None:
        """Fill what lies behind; a new day begins with an empty bar."""
        day = int(t_s // _DAY_S)
        if day != self._day:
            self._day = day
            self._until = {"truth": 0, "event": 0}
            self.cells = {kind: [""] * self._slots for kind in self.cells}
        slot = self._slot(t_s)
        for kind, cells in self.cells.items():
            for index in range(self._until[kind], slot):
                cells[index] = cells[index] or self._now[kind]
            cells[slot] = cells[slot] or self._now[kind]
            self._until[kind] = slot

    def bar(self) -> Text:
        """Return the bar: upper halves are the truth, lower halves what was reported."""
        text = Text()
        for real, said in zip(self.cells["truth"], self.cells["event"], strict=True):
            text.append("▀", style=f"{_COLOURS[real]} on {_COLOURS[said]}")
        return text

    def _slot(self, t_s: float) -> int:
        return min(int(t_s % _DAY_S * self._slots // _DAY_S), self._slots - 1)


class Timeline:
    """What the progress of a simulation looks like at a moment."""

    def __init__(self, width: int) -> None:
        self._slots = next((slots for slots in _WIDTHS if slots + 14 <= width), _WIDTHS[-1])
        self._rows: dict[str, Row] = {}
        self._t_s = 0.0
        self._counts = {"truth": 0, "event": 0, "message": 0}
        self._started_s = time.monotonic()

    def update(self, news: dict[str, Any]) -> None:
        """Take in one progress record: `t_s`, `kind`, `bay` from 0, for truth, start and event also `state`."""
        self._t_s = max(self._t_s, float(news["t_s"]))
        kind = news["kind"]
        if kind in self._counts:
            self._counts[kind] += 1
        if news.get("bay") is None:
            return
        row = self._rows.setdefault(f"bay-{news['bay'] + 1}", Row(self._slots, "free"))
        if kind in ("truth", "event", "start"):
            row.say("truth" if kind == "truth" else "event", self._t_s, str(news["state"]))

    def picture(self) -> Group:
        """Return what to show now."""
        table = Table.grid(padding=(0, 1))
        for name, row in list(self._rows.items())[:_MOST_ROWS]:
            row.advance(self._t_s)
            table.add_row(Text(name[:12], style="bold"), row.bar())
        table.add_row("", self._hours())
        hidden = len(self._rows) - _MOST_ROWS
        more = [Text(f"and {hidden} more bays", style="dim")] if hidden > 0 else []
        return Group(table, *more, self._counters())

    def _hours(self) -> Text:
        each = self._slots // 4
        return Text("".join(f"{hour:02}:00".ljust(each) for hour in (0, 6, 12, 18)), style="dim")

    def _counters(self) -> Text:
        day, second = divmod(int(self._t_s), _DAY_S)
        speed = self._t_s / max(time.monotonic() - self._started_s, 1e-6)
        clock = f"day {day + 1} {second // 3600:02}:{second // 60 % 60:02}"
        counts = self._counts
        told = f"{counts['event']} of {counts['truth']} changes reported, {counts['message']} messages"
        return Text.assemble((clock, "bold"), f"  {told}  ", (f"{speed:,.0f} times real time", "dim"))


def watched(run: Callable[[Progress], dict[str, Any]], console: Console) -> dict[str, Any]:
    """Run with a live timeline; drawn from the callback, so that no thread runs beside forking processes."""
    timeline = Timeline(console.width)
    drawn_s = 0.0
    with Live(timeline.picture(), console=console, auto_refresh=False) as live:

        def progress(news: dict[str, Any]) -> None:
            nonlocal drawn_s
            timeline.update(news)
            if time.monotonic() - drawn_s >= _FRAME_S:
                drawn_s = time.monotonic()
                live.update(timeline.picture(), refresh=True)

        value = run(progress)
        live.update(timeline.picture(), refresh=True)
    return value
