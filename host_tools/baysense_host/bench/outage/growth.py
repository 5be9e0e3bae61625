"""Whether a mains node's heap fills up over thousands of events."""

from collections.abc import Callable
from functools import partial
from typing import Any

from baysense_host.bench.outage.mains import Mains, mains_node
from baysense_host.bench.outage.street import Street
from baysense_host.bench.report import Findings, Mark, Tell
from baysense_host.errors import ToolError
from baysense_host.virtual.outcome import CHANGES

_BEGIN_S, _PERIOD_S = 120.0, 6.0
_MARK_BYTES = 2048
_STEPS, _READINGS = 10, 5  # how often the heap is looked at, and how closely
_FIRST = 10  # changes before the first look: everything has been loaded once by then
_TAKEN = 100  # changes between two looks at what has arrived
_PATIENCE_US = 3_600_000_000  # of virtual time for those


class _Count:
    """Events that were recorded and received, and the free heap when asked."""

    def __init__(self) -> None:
        self.recorded = self.received = 0
        self.free_bytes: dict[int, int] = {}  # by the number of events before

    def notice(self, method: str, params: dict[str, Any]) -> None:
        """Take what the node says."""
        self.recorded += method == "event" and params["event"] in CHANGES

    def last(self) -> int:
        """Return the latest reading [B]."""
        return list(self.free_bytes.values())[-1]

    def reached(self, recorded: int) -> bool:
        """Tell whether so many changes are recorded."""
        return self.recorded >= recorded


def growth_findings(events: int, tell: Tell) -> Findings:
    """Let a node with TLS record and send so many changes; ask for its free heap now and then."""
    counter = _Count()
    street = Street(_BEGIN_S, _PERIOD_S)
    what = f"used heap grown over {events} changes"
    try:
        with mains_node(street, real=False, secure=True, notice=counter.notice) as node:
            for step in range(_STEPS + 1):
                _look(node, counter, max(_FIRST, events * step // _STEPS))
                tell(
                    f"{counter.recorded} changes, {counter.received} events received: {counter.last()} B of heap free"
                )
    except ToolError as error:
        return _findings(counter, f"{what}, not measured: {error} {error.hint}", None)
    free = list(counter.free_bytes.values())
    return _findings(counter, what, free[0] - free[-1])


def _findings(counter: _Count, what: str, grown_bytes: int | None) -> Findings:
    mark = Mark("heap_growth", what, grown_bytes, "B", _MARK_BYTES, n=counter.recorded)
    return Findings([mark], {"heap_free_bytes": counter.free_bytes, "growth_events_received": counter.received})


def _look(node: Mains, counter: _Count, events: int) -> None:
    """Note the most of some answers, a change apart, after so many: modules that come and go are no growth."""
    _live(node, counter, events)
    answers = []
    for _ in range(_READINGS):
        _live(node, counter, counter.recorded + 1)
        answers.append(_free_bytes(node))
    counter.free_bytes[counter.recorded] = max(answers)


def _live(node: Mains, counter: _Count, events: int) -> None:
    """Let the node live until it has recorded so many changes; take what arrives."""
    while counter.recorded < events:
        enough = min(events, counter.recorded + _TAKEN)
        _run(node, partial(counter.reached, enough))
        counter.received += sum(heard.topic.endswith("/event") for heard in node.witness.take())
        if any("MemoryError" in line for line in node.log):
            raise ToolError("The node ran out of memory.", "Its last lines: " + " | ".join(node.log[-3:]))


def _free_bytes(node: Mains) -> int:
    """Return what the node says of its heap, after it collected garbage."""
    answers: list[dict[str, Any]] = []
    node.bay.technician.ask("info", {}, answers.append)
    _run(node, lambda: bool(answers))
    return int(answers[0]["heap_free"])


def _run(node: Mains, done: Callable[[], bool]) -> None:
    node.simulation.run(node.simulation.clock.now_us + _PATIENCE_US, done)
    node.bay.technician.check()
    if not done():
        raise ToolError("The node has fallen silent.", "Its last lines: " + " | ".join(node.log[-3:]))
