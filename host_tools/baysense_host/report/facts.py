"""What a run says in one sentence and a few numbers."""

from collections import Counter
from typing import NamedTuple

from baysense_host.report.match import REACH_S, paired
from baysense_host.report.result import Result
from baysense_host.report.text import DAY_S, plural, seconds, short, span

_TIME_MARK_S = 1.0  # an event reported in the wake it happened in is right to 1 s (DESIGN, section 4)


class Verdict(NamedTuple):
    """One sentence and how good it is: good, fair or bad."""

    tone: str
    sentence: str


class Tile(NamedTuple):
    """One key number."""

    label: str
    value: str
    note: str
    tone: str = ""


def verdict(result: Result) -> Verdict:
    """Judge the run by what arrived."""
    summary, counts = result["summary"], outcomes(result)
    true, error_s = summary["changes_true"], summary["max_time_error_s"]
    faults = _faults(result, counts)
    if not true and not faults:
        return Verdict("good", "No vehicle came or went, and none was reported.")
    arrived = f"{counts['ok']} of {plural(true, 'change')} arrived"
    if faults:
        return Verdict("bad", f"{arrived}; {', '.join(faults)}.")
    right = f", times right to {seconds(error_s)}" if error_s is not None else ""
    tone = "good" if error_s is None or error_s <= _TIME_MARK_S else "fair"
    return Verdict(tone, f"{arrived}, once and in order{right}.")


def _faults(result: Result, counts: Counter[str]) -> list[str]:
    found = (
        (counts["missing"], "missing"),
        (counts["false"], "false"),
        (result["summary"]["duplicates"], "doubled"),
        (result["summary"]["out_of_order"], "out of order"),
    )
    return [f"{count} {what}" for count, what in found if count]


def losses(result: Result) -> list[str]:
    """Name what was not delivered exactly once and in order; the run's last minute had no time for it."""
    end_s = result["days"] * DAY_S - REACH_S
    rows = [row for bay in result["bays"] for row in paired(bay)]
    missing = sum(row.status == "missing" and row.t_s < end_s for row in rows)
    summary = result["summary"]
    found = ((missing, "missing"), (summary["duplicates"], "doubled"), (summary["out_of_order"], "out of order"))
    return [f"{count} {what}" for count, what in found if count]


def outcomes(result: Result) -> Counter[str]:
    """Count the rows of all tables of events by their status."""
    return Counter(row.status for bay in result["bays"] for row in paired(bay))


def tiles(result: Result) -> list[Tile]:
    """Return the key numbers of the run."""
    return [*_delivery(result), *_traffic(result), *_power(result)]


def _delivery(result: Result) -> list[Tile]:
    summary, counts = result["summary"], outcomes(result)
    got, extra, true = counts["ok"], counts["false"], summary["changes_true"]
    twice, late, error_s = summary["duplicates"], summary["out_of_order"], summary["max_time_error_s"]
    right = "" if error_s is None else _tone(error_s <= _TIME_MARK_S)
    return [
        Tile("Changes", f"{got} / {true}", "arrived of those that happened", _tone(got == true)),
        Tile("False reports", str(extra), "with no cause in the bay", _tone(not extra)),
        Tile("Twice / out of order", f"{twice} / {late}", "at the receiver", _tone(not twice and not late)),
        Tile(
            "Worst event time",
            seconds(error_s),
            "reported against true",
            right,
        ),
    ]


def _traffic(result: Result) -> list[Tile]:
    messages = [message for bay in result["bays"] for message in bay["messages"]]
    size = sum(message["bytes"] for message in messages)
    bay_days = max(result["days"] * len(result["bays"]), 1e-9)
    wakes: dict[str, int] = {}
    for bay in result["bays"]:
        for cause, count in bay["wakes"].items():
            wakes[cause] = wakes.get(cause, 0) + count
    causes = ", ".join(f"{count:,} {cause}" for cause, count in sorted(wakes.items(), key=lambda item: -item[1]))
    return [
        Tile("Messages", f"{len(messages):,}", f"{size / 1024:,.1f} KiB in all"),
        Tile("Wakes per bay-day", short(sum(wakes.values()) / bay_days), causes or "none"),
    ]


def _power(result: Result) -> list[Tile]:
    energies = [bay["energy"] for bay in result["bays"]]
    if not energies:
        return []
    low, high = min(e["average_ua"][0] for e in energies), max(e["average_ua"][2] for e in energies)
    unit, scale = ("mA", 1000) if low >= 1000 else ("µA", 1)
    current = Tile("Average current", f"{span(low / scale, high / scale)} {unit}", "range of table values")
    lives = [e["life_years"] for e in energies if e["life_years"]]
    if not lives:
        return [current, Tile("Supply", "mains", "no battery to wear down")]
    years = span(min(life[0] for life in lives), max(life[1] for life in lives), 2)
    return [current, Tile("Battery life", f"{years} years", "until measured on hardware")]


def about(result: Result) -> list[tuple[str, str]]:
    """Return what was run, as label and value."""
    ratio = result["days"] * DAY_S / max(result["wall_s"], 1e-9)
    return [
        ("board", result["board"]),
        ("scenario", result["scenario"]),
        ("bays", str(len(result["bays"]))),
        ("virtual time", f"{result['days']:g} d"),
        ("took", f"{seconds(result['wall_s'])}, {short(ratio)} times real time"),
        ("seed", str(result["seed"])),
        ("firmware", result["version"]),
    ]


def _tone(good: bool) -> str:
    return "good" if good else "bad"
