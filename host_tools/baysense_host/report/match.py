"""Pair what was reported with what happened."""

from dataclasses import dataclass

from baysense_host.report.result import Bay, Event, Truth

REACH_S = 60.0  # a report further from every change of its kind belongs to none of them


@dataclass(frozen=True)
class Row:
    """One line of the table of events: a true change, its report, or one without the other."""

    status: str  # ok, missing, false, duplicate, unknown
    truth: Truth | None
    event: Event | None

    @property
    def t_s(self) -> float:
        """When it happened; by the device where there is no truth."""
        return self.truth["t_s"] if self.truth else happened_s(self.event) if self.event else 0.0

    @property
    def state(self) -> str:
        """What the bay became; by the device where there is no truth."""
        return self.truth["state"] if self.truth else self.event["state"] if self.event else "unknown"

    @property
    def wrong(self) -> bool:
        """Whether something went wrong here; a node that says unknown claims nothing."""
        return self.status not in ("ok", "unknown")

    @property
    def error_s(self) -> float | None:
        """Reported minus true time [s]; None if either is not known."""
        if self.truth is None or self.event is None or self.event["t_s"] is None:
            return None
        return self.event["t_s"] - self.truth["t_s"]


def happened_s(event: Event) -> float:
    """Return when an event happened [s], or when it arrived if its age is not known."""
    return event["received_s"] if event["t_s"] is None else event["t_s"]


def paired(bay: Bay) -> list[Row]:
    """Return every change and every report of a bay once, in order of time."""
    waiting = list(bay["truth"])
    seen: set[int] = set()
    rows = []
    for event in bay["events"]:
        change = None if event["seq"] in seen else _nearest(waiting, event)
        if change is not None:
            waiting.remove(change)
        rows.append(Row(_status(event, change, seen), change, event))
        seen.add(event["seq"])
    rows += [Row("missing", change, None) for change in waiting]
    return sorted(rows, key=lambda row: row.t_s)


def _status(event: Event, change: Truth | None, seen: set[int]) -> str:
    if event["seq"] in seen:
        return "duplicate"
    if event["state"] == "unknown":
        return "unknown"
    return "ok" if change else "false"


def _nearest(waiting: list[Truth], event: Event) -> Truth | None:
    t_s = happened_s(event)
    alike = [change for change in waiting if change["state"] == event["state"]]
    best = min(alike, key=lambda change: abs(change["t_s"] - t_s), default=None)
    return best if best and abs(best["t_s"] - t_s) <= REACH_S else None
