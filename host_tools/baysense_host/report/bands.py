"""Spans of time in one state: what the bay was, what the device said, and where the two differ."""

from typing import NamedTuple

from baysense_host.report.match import happened_s
from baysense_host.report.result import Bay
from baysense_host.report.series import state_at


class Span(NamedTuple):
    """A state from one time to another [s], and what else is known of it."""

    start_s: float
    end_s: float
    state: str
    note: str = ""


def true_spans(bay: Bay, end_s: float) -> list[Span]:
    """Return what the bay was, without a gap from 0 to the end."""
    changes = [
        Span(change["t_s"], end_s, change["state"], change["vehicle"] if change["state"] == "occupied" else "")
        for change in bay["truth"]
    ]
    return _joined(state_at(bay["truth"], -1.0), changes, end_s)


def reported_spans(bay: Bay, end_s: float) -> list[Span]:
    """Return what the device said, by its own times, without a gap from 0 to the end."""
    changes = [
        Span(happened_s(event), end_s, event["state"], f"{event['cause']}, {event['confidence']:.0%} sure")
        for event in sorted(bay["events"], key=happened_s)
    ]
    return _joined(bay.get("start_state", "unknown"), changes, end_s)


def differing(truth: list[Span], reported: list[Span]) -> list[Span]:
    """Return where a reported state is not the true one; unknown is no claim and so never wrong."""
    cuts = sorted({edge for span in (*truth, *reported) for edge in (span.start_s, span.end_s)})
    wrong = []
    for start_s, end_s in zip(cuts, cuts[1:], strict=False):
        said = _at(reported, start_s)
        if said not in ("unknown", _at(truth, start_s)):
            wrong.append(Span(start_s, end_s, "wrong"))
    return wrong


def _joined(state: str, changes: list[Span], end_s: float) -> list[Span]:
    joined, current = [], Span(0.0, end_s, state)
    for change in changes:
        moment_s = min(max(change.start_s, 0.0), end_s)
        if moment_s > current.start_s:
            joined.append(current._replace(end_s=moment_s))
        current = change._replace(start_s=moment_s)
    return [*joined, current]


def _at(spans: list[Span], t_s: float) -> str:
    return next((span.state for span in spans if span.start_s <= t_s < span.end_s), "unknown")
