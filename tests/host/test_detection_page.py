"""The page shows simulated and field results apart, four contenders beside each other, and every failure."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from baysense_host.bench.detection.field_marks import field_marks
from baysense_host.bench.detection.marks import simulated_marks
from baysense_host.bench.detection.metrics import CONFIRMED, CONTENDERS, CROSS_TALK, FALSE, FIXED, OURS, RECALL
from baysense_host.bench.detection.page import figures, tables, write_page
from baysense_host.bench.detection.page.failures import failures_of, spread
from baysense_host.bench.detection.page.pictures import clock, picture
from baysense_host.bench.detection.score import Failure
from baysense_host.bench.report import Mark
from synthetic_scores import agreement, field, scene, score, scores

_COST = [Mark("detector_step", "one step of the detector", 6.5, "µs", 30.0)]
_PNG = b"\x89PNG\r\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("detect")
    found, recorded = scores(), field()
    marks = simulated_marks(found, quick=False), field_marks(recorded)
    write_page(out, (found, marks[0]), (recorded, marks[1]), _COST, [("seed", "<900,000>")], pictures=2)
    return out


def _part(page: str, name: str) -> str:
    begin = page.index(f'id="{name}"')
    following = [page.find(f'id="{other}"') for other in ("simulated", "field", "cost")]
    end = min((place for place in following if place > begin), default=len(page))
    return page[begin:end]


def test_page_is_whole_and_asks_nothing_of_the_network(folder: Path) -> None:
    page = (folder / "page.html").read_text(encoding="utf-8")
    opened: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in ("meta", "img"):
                opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    reader = Reader()
    reader.feed(page)
    assert not opened
    assert "https://" not in page and "<script" not in page and "default-src 'none'" in page
    assert "&lt;900,000&gt;" in page and "false &lt;departure&gt;" in page


def test_simulated_and_field_results_stand_apart(folder: Path) -> None:
    page = (folder / "page.html").read_text(encoding="utf-8")
    simulated, recorded = _part(page, "simulated"), _part(page, "field")
    assert ">SIMULATED<" in simulated and ">FIELD<" in recorded and ">COST<" in _part(page, "cost")
    assert "Swaps" in simulated and "Windows of parking" not in simulated
    assert "Windows of parking" in recorded and "north" in recorded and "Swaps" not in recorded
    assert all(name in simulated and name in recorded for name in CONTENDERS)


def test_figures_are_there_as_files_too(folder: Path) -> None:
    names = {path.stem for path in folder.glob("*.png")}
    assert names == {"glance", "latency", "reliability", "confusion", "field_confusion", "field_reliability"}
    assert all(path.read_bytes().startswith(_PNG) for path in folder.glob("*.png"))
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert _part(page, "simulated").count("<img ") == 4 + 2  # and two failures
    assert _part(page, "field").count("<img ") == 2


def test_page_says_that_there_are_no_recordings(tmp_path: Path) -> None:
    nothing = field()
    nothing.agreements.clear(), nothing.ceilings.clear(), nothing.windows.clear()
    found = scores(["S1"])
    path = write_page(tmp_path, (found, simulated_marks(found, True)), (nothing, []), _COST, [], pictures=0)
    assert "There are no recordings here" in _part(path.read_text(encoding="utf-8"), "field")


def test_a_cell_has_value_interval_and_raw_counts() -> None:
    two = [score(OURS), *[score(contender=OURS, site=site, matched_true=99) for site in (1, 2)]][1:]
    text = re.sub(r"<[^>]+>", " ", tables.comparison([*two, score(contender=FIXED, matched_true=80)]))
    assert re.search(r"recall of events\s+99 %\s+\[99–99\]\s+198 / 200\s+80 %\s+80 / 100", text)


def test_the_best_contender_stands_out_unless_all_are_nothing() -> None:
    ours, fixed = score(contender=OURS), score(contender=FIXED, false_free=3)
    row = tables.comparison([ours, fixed], [FALSE])
    assert row.count('class="best"') == 1 and row.index('class="best"') < row.index("3 / 1")
    none = tables.comparison([score(contender=OURS, matched_true=0)], [RECALL])
    assert 'class="best"' not in none


def test_what_a_group_has_none_of_has_no_row() -> None:
    assert "neighbour" not in tables.comparison([score(neighbour_movements=0)], [CROSS_TALK, RECALL])


def test_by_scale_has_a_row_for_each() -> None:
    text = tables.by_scale([score(scale=1.0), score(scale=2.5, matched_true=50)])
    assert "× 1<" in text and "× 2.5<" in text and "50 / 100" in text


def test_marks_without_an_aim_are_no_marks() -> None:
    text = tables.marks(
        [Mark("a", "information", 3.0, "s"), Mark("b", "flips", 0.0, "", 0), Mark("c", "gone", None, "")]
    )
    assert "✗" not in text and text.count("✓") == 1 and ">none<" in text and "not measured" in text


def test_pictures_are_spread_over_what_went_wrong() -> None:
    several = [Failure(number, "missed arrival", scene()) for number in range(5)]
    other = Failure(9.0, "false departure", scene())
    unseen = Failure(10.0, "false arrival")
    found = failures_of([score(failures=[*several, other, unseen]), score(contender=FIXED, failures=several)])
    assert len(found) == 7
    assert [one.failure.what for one in spread(found, 3)] == ["missed arrival", "false departure", "missed arrival"]


def test_a_failure_is_drawn_even_without_readings() -> None:
    view = scene()
    empty = type(view)(np.empty(0), np.empty((0, 3), np.int32), "unknown", [], [], [])
    for one in (view, empty):
        assert picture(score(), Failure(5000.0, "missed arrival", one)).startswith(_PNG)


def test_reliability_takes_what_is_told_often_enough() -> None:
    pairs = np.array([(0.9, number % 10 > 0) for number in range(100)] + [(0.5, True)] * 9, float)
    [(told, right, low, high, number)] = figures.binned(pairs)
    assert (told, right, number) == (pytest.approx(0.9), 0.9, 100)
    assert low == pytest.approx(0.826, abs=0.001) and high == pytest.approx(0.945, abs=0.001)  # Wilson, 90 of 100


def test_confusion_over_time_is_a_share_of_the_sites_that_last() -> None:
    long, short = score(), score()
    short.confusion_s = np.zeros((1, 2, 3))
    short.confusion_s[0, 0, 1] = 3600.0
    shares = figures.over_time([long, short], 1)
    assert shares.shape == (24, 2, 3) and shares[0, 0, 1] == 0.5 and shares[1, 0, 1] == 0.0
    day = figures.over_time([long, short], 24)
    assert day[0, 0, 1] == pytest.approx(1 / 25) and np.allclose(day.sum((1, 2)), 1.0)


def test_agreement_by_day_is_a_share_too() -> None:
    assert np.allclose(figures.shares_of(agreement(CONFIRMED).rows.astype(float))[:, 0, 0], 0.45)


@pytest.mark.parametrize(("t_s", "text"), [(61.0, "00:01:01"), (86_400 + 3600.0, "day 2, 01:00:00")])
def test_time_is_told_since_the_start(t_s: float, text: str) -> None:
    assert clock(t_s) == text
