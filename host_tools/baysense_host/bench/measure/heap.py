"""The least heap a node lives with, found by bisection."""

from typing import Any

from baysense_host.bench.measure.lives import live
from baysense_host.bench.report import Tell
from baysense_host.errors import ToolError

_PATIENCE_S = 900.0  # of virtual time; a change or the first message that is not in by then never comes
_LEAST_KIB, _MOST_KIB = 32, 192


class _GivenUp(Exception):
    """The run has failed, the rest of it would only take time."""


class _Watch:
    """End a run as soon as it is lost."""

    def __init__(self) -> None:
        self._happened_s = [0.0]  # the power-up, then the true changes
        self._reported = 0

    def hear(self, report: dict[str, Any]) -> None:
        """Take one report of progress."""
        if report["kind"] == "truth":
            self._happened_s.append(report["t_s"])
        elif report["kind"] in ("start", "event"):
            self._reported += 1
        elif report["kind"] == "tick":
            waiting_s = self._happened_s[self._reported :]
            if waiting_s and report["t_s"] - waiting_s[0] >= _PATIENCE_S:
                raise _GivenUp


def survives(heap_kib: int, days: float, uplink: str = "mqtt") -> bool:
    """Tell whether a node with this heap reports all changes of a short demo and a heartbeat, without MemoryError."""
    try:
        life = live(_Watch().hear, heap_kib=heap_kib, scenario="demo", days=days, uplink=uplink)
    except _GivenUp:
        return False
    except ToolError:
        if heap_kib == _MOST_KIB:  # this is not for want of heap
            raise
        return False  # the interpreter does not even start
    counts = life.result["summary"]
    heartbeat = any(message["topic"].endswith("/health") for message in life.bay["messages"])
    complete = counts["changes_received"] == counts["changes_true"] > 0
    return complete and heartbeat and not any("MemoryError" in line for line in life.console)


def least_kib(days: float, step_kib: int, tell: Tell, uplink: str = "mqtt") -> tuple[int | None, dict[str, bool]]:
    """Return the least heap to `step_kib` [KiB], None when not even the largest does, and every try."""
    tries: dict[str, bool] = {}

    def lives(heap_kib: int) -> bool:
        tries[str(heap_kib)] = survives(heap_kib, days, uplink)
        tell(f"heap of {heap_kib} KiB: {'enough' if tries[str(heap_kib)] else 'too little'}")
        return tries[str(heap_kib)]

    too_little, enough = _LEAST_KIB, _MOST_KIB
    if not lives(enough):
        return None, tries
    while enough - too_little > step_kib:
        middle = (enough + too_little) // 2
        if lives(middle):
            enough = middle
        else:
            too_little = middle
    return enough, tries
