"""The live timeline: truth above report, a slot a quarter of an hour."""

import io

from rich.console import Console

from baysense_host.cli.timeline import Row, Timeline, watched

HOUR = 3600.0


def test_bar_shows_truth_and_report_slot_by_slot() -> None:
    row = Row(24, "free")
    row.say("truth", 2 * HOUR, "occupied")
    row.say("event", 3 * HOUR, "occupied")
    row.say("truth", 5 * HOUR, "free")
    row.advance(6 * HOUR)
    assert row.cells["truth"][:8] == ["free"] * 2 + ["occupied"] * 3 + ["free"] * 2 + [""]
    assert row.cells["event"][:8] == ["unknown"] * 3 + ["occupied"] * 4 + [""]


def test_next_day_begins_with_what_was() -> None:
    row = Row(24, "free")
    row.say("truth", 23 * HOUR, "occupied")
    row.advance(25 * HOUR)
    assert row.cells["truth"][:3] == ["occupied", "occupied", ""]


def test_picture_fits_the_terminal_and_counts() -> None:
    for width in (60, 80, 120):
        timeline = Timeline(width)
        timeline.update({"t_s": 0.0, "bay": None, "kind": "tick"})
        timeline.update({"t_s": 7 * HOUR, "bay": 0, "kind": "truth", "state": "occupied"})
        timeline.update({"t_s": 7 * HOUR + 4, "bay": 0, "kind": "event", "state": "occupied"})
        timeline.update({"t_s": 7 * HOUR + 5, "bay": 0, "kind": "message", "topic": "baysense/x/health"})
        screen = Console(file=io.StringIO(), width=width, color_system=None)
        screen.print(timeline.picture())
        text = screen.file.getvalue()  # type: ignore[attr-defined]
        bar = next(line for line in text.splitlines() if line.startswith("bay-1"))
        assert bar.count("▀") in (24, 48, 96)
        assert "1 of 1 changes reported, 1 messages" in " ".join(text.split())
        assert "day 1 07:00" in text


def test_watching_returns_what_the_run_returns() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=100)

    def run(progress):  # type: ignore[no-untyped-def]
        progress({"t_s": 1.0, "bay": 0, "kind": "truth", "state": "occupied"})
        return {"done": True}

    assert watched(run, screen) == {"done": True}
