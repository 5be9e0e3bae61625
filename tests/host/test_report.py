"""The report: what it says of a run, and that the page stands alone."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from baysense_host.report import write_report
from baysense_host.report.bands import Span, differing, reported_spans, true_spans
from baysense_host.report.facts import verdict
from baysense_host.report.match import paired
from baysense_host.report.result import as_result
from baysense_host.report.series import distance, empty_field, thinned
from baysense_host.report.svg import curve, nice_ticks
from baysense_host.report.text import clock, seconds, span
from synthetic_result import synthetic_result

_VOID = {"meta", "br", "link", "img", "input", "hr"}


class Balance(HTMLParser):
    """Notes every element that is closed out of turn, and every reference to somewhere else."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def write(result: dict[str, Any], out: Path) -> str:
    return write_report(result, out)[0].read_text(encoding="utf-8")


def test_writes_three_files_and_the_summary_as_agreed(tmp_path: Path) -> None:
    result = synthetic_result()
    paths = write_report(result, tmp_path / "deep" / "down")
    assert [path.name for path in paths] == ["report.html", "timeline.png", "summary.json"]
    assert json.loads(paths[2].read_text()) == result["summary"]
    assert set(result["summary"]) == {
        "changes_true", "changes_received", "duplicates", "out_of_order", "max_time_error_s", "wall_s",
    }  # fmt: skip
    assert paths[1].read_bytes().startswith(b"\x89PNG")


def test_page_is_whole_and_asks_nothing_of_the_network(tmp_path: Path) -> None:
    page = write(synthetic_result(bays=3), tmp_path)
    parser = Balance()
    parser.feed(page)
    assert not parser.wrong
    assert not parser.open
    assert all(link.startswith("#") for link in parser.links)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", page)
    assert "default-src 'none'" in page


def test_text_from_outside_is_escaped(tmp_path: Path) -> None:
    result = synthetic_result()
    evil = '"><script>alert(1)</script>'
    bay = result["bays"][0]
    bay["name"] = bay["dev_eui"] = result["board"] = result["scenario"] = result["version"] = evil
    for record in (*bay["truth"], *bay["events"]):
        record.update(vehicle=evil, cause=evil)
    bay["wakes"] = {evil: 3}
    bay["energy"]["by_cause"][0].update(what=evil, source=evil)
    bay["thresholds_ut"] = {evil: 3.0}
    result["board"] += "$x^$"  # no formula to matplotlib either
    page = write(result, tmp_path)
    assert "alert(1)" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(("bays", "days"), [(1, 1.0), (40, 2.0), (1, 14.0)])
def test_page_stays_small(tmp_path: Path, bays: int, days: float) -> None:
    page = write(synthetic_result(bays=bays, days=days, sessions=12), tmp_path)
    assert len(page.encode()) < 1_500_000


def test_empty_runs_have_a_report_too(tmp_path: Path) -> None:
    result = synthetic_result(sessions=0)
    bay = result["bays"][0]
    bay.update(field=[], temperature=[], messages=[], wakes={}, events=[])
    bay["energy"].update(by_cause=[], life_years=None)
    result["summary"]["max_time_error_s"] = None
    page = write(result, tmp_path)
    assert "No vehicle came or went" in page
    assert "mains" in page


def judged(**changes: Any) -> tuple[str, str]:
    result = synthetic_result()
    result["summary"].update(changes)
    return verdict(as_result(result))


def test_verdict_of_a_good_run() -> None:
    assert judged(max_time_error_s=0.6) == (
        "good",
        "40 of 40 changes arrived, once and in order, times right to 0.60 s.",
    )


def test_verdict_names_every_fault() -> None:
    result = synthetic_result()
    events = result["bays"][0]["events"]
    lost, stray = events.pop(3), dict(events[0], seq=900, t_s=10.0, received_s=14.0)
    events += [dict(events[5]), stray]
    result["summary"].update(duplicates=1, out_of_order=2)
    tone, sentence = verdict(as_result(result))
    assert lost["seq"] == 4
    assert tone == "bad"
    assert sentence == "39 of 40 changes arrived; 1 missing, 1 false, 1 doubled, 2 out of order."


def test_verdict_is_only_fair_when_times_are_off() -> None:
    assert judged(max_time_error_s=1.01)[0] == "fair"


def bay_with(truth: list[tuple[float, str]], events: list[tuple[float | None, str, int]]) -> Any:
    return {
        "name": "b",
        "truth": [{"t_s": t_s, "state": state, "vehicle": "van"} for t_s, state in truth],
        "events": [
            {
                "t_s": t_s,
                "received_s": (t_s or 100.0) + 5,
                "seq": seq,
                "state": state,
                "cause": "c",
                "confidence": 0.9,
            }
            for t_s, state, seq in events
        ],
        "field": [],
        "messages": [],
    }


def test_pairing_tells_missing_false_and_doubled() -> None:
    bay = bay_with(
        [(100.0, "occupied"), (200.0, "free"), (500.0, "occupied")],
        [(101.5, "occupied", 1), (101.5, "occupied", 1), (300.0, "free", 2), (400.0, "unknown", 3)],
    )
    assert [(row.status, row.error_s) for row in paired(bay)] == [
        ("ok", 1.5),
        ("duplicate", None),
        ("missing", None),
        ("false", None),
        ("unknown", None),
        ("missing", None),
    ]


def test_doubled_report_takes_no_other_change() -> None:
    bay = bay_with(
        [(100.0, "occupied"), (110.0, "free"), (130.0, "occupied")],
        [(101.0, "occupied", 1), (101.0, "occupied", 1), (111.0, "free", 2)],
    )
    assert [row.status for row in paired(bay)] == ["ok", "duplicate", "ok", "missing"]


def test_event_of_unknown_age_counts_but_has_no_error() -> None:
    (row,) = paired(bay_with([(100.0, "occupied")], [(None, "occupied", 1)]))
    assert (row.status, row.error_s) == ("ok", None)


def test_bands_cover_the_run_and_show_where_the_device_was_wrong() -> None:
    bay = bay_with([(100.0, "occupied"), (200.0, "free")], [(110.0, "occupied", 1)])
    truth, reported = true_spans(bay, 300.0), reported_spans(bay, 300.0)
    assert [span[:3] for span in truth] == [
        (0.0, 100.0, "free"),
        (100.0, 200.0, "occupied"),
        (200.0, 300.0, "free"),
    ]
    assert [span[:3] for span in reported] == [(0.0, 110.0, "unknown"), (110.0, 300.0, "occupied")]
    assert differing(truth, reported) == [Span(200.0, 300.0, "wrong")]


def test_thinning_keeps_every_peak() -> None:
    points = [(float(t), 0.0) for t in range(10_000)]
    points[1234], points[8765] = (1234.0, 50.0), (8765.0, -40.0)
    thin = thinned(points, 100)
    assert len(thin) <= 202
    assert (1234.0, 50.0) in thin
    assert (8765.0, -40.0) in thin
    assert thin == sorted(thin)


def test_distance_is_measured_from_the_empty_bay() -> None:
    bay = bay_with([(50.0, "occupied")], [])
    bay["field"] = [[t, 20.0, 0.0, 40.0] for t in range(50)] + [[t, 23.0, 4.0, 40.0] for t in range(50, 200)]
    empty = empty_field(bay)
    assert empty == (20.0, 0.0, 40.0)
    assert distance(bay, empty)[-1] == (199, 5.0)


def test_curve_can_be_read_back_as_the_script_does() -> None:
    points = [(0.0, 1.25), (60.0, -3.5), (75.0, 10.0)]
    path = re.search(r'd="([^"]*)"', curve(points, "curve x"))
    assert path is not None
    x = y = 0
    read = []
    numbers = [int(number) for number in re.findall(r"-?\d+", path[1])]
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        read.append((x, -y / 100))
    assert read == points


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-61.0, 55.0), (4.0, 22.5), (0.0, 20_000.0)])
def test_ticks_are_few_and_inside(low: float, high: float) -> None:
    ticks = nice_ticks(low, high)
    assert 2 <= len(ticks) <= 6
    assert all(low <= tick <= high for tick in ticks)


def test_numbers_read_well() -> None:
    assert clock(7 * 3600 + 15 * 60 + 3.9) == "07:15:03"
    assert clock(86_400 + 60) == "day 2 00:01:00"
    assert (seconds(0.564), seconds(-1.26, signed=True), seconds(None)) == ("0.56 s", "-1.3 s", "–")
    assert (span(23.55, 42.3), span(5.0, 5.0)) == ("23.6–42.3", "5")
