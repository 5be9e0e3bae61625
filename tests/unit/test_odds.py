"""Bins, tables and probabilities; not the tables' numbers, which are tuned."""

from baysense.core import odds, odds_table

MANY = 6 * (odds.BINS - 1,)


def test_bins_are_half_octaves_without_ends() -> None:
    assert [odds.bin_of(value, 1000) for value in (0, 179, 180, 999, 1000, 1409, 1410, 1_000_000)] == [
        0, 0, 1, 5, 6, 6, 7, 11,
    ]  # fmt: skip
    assert odds.bin_of(6, 0) == odds.BINS - 1 and odds.bin_of(0, 0) == 0


def test_every_table_has_a_row_a_feature_and_a_column_a_bin() -> None:
    for occupied in (False, True):
        for seen in (False, True):
            rows = odds.table(occupied, seen)
            assert len(rows) == 6
            assert all(len(row) > odds.BINS for row in rows)  # column 0 of what nobody saw
            assert all(-128 <= part <= 127 for row in rows for part in row)
    assert odds_table.VERSION > 0


def test_the_sum_of_the_rows_is_bounded() -> None:
    for occupied in (False, True):
        for bins in (6 * (0,), MANY, (0, 5, 3, 2, 1, 11), (11, 11, 0, 0, 0, 11)):
            rows = odds.table(occupied, bins[2] > 0)
            total = sum(rows[row][bins[row]] for row in range(6))
            assert odds.log_odds(occupied, bins) == max(-80, min(80, total))


def test_far_from_the_empty_bay_speaks_for_a_vehicle() -> None:
    for occupied in (False, True):
        for seen in (False, True):
            away = odds.table(occupied, seen)[0][: odds.BINS]
            assert away[0] < 0 < away[-1] and list(away) == sorted(away)


def test_percent_is_the_probability_of_the_likelier() -> None:
    assert [odds.percent(q4) for q4 in (0, 16, -16, 32, -80, 500)] == [50, 73, 73, 88, 98, 98]
    assert all(odds.percent(q4) <= odds.percent(q4 + 1) for q4 in range(100))
