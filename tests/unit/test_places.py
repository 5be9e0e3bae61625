"""Where the field settled before."""

from array import array

from baysense.core.places import visit, visits

MOST = 4

SPREAD_NT = [2500, 2500, 2500]


def at(number: int) -> list:
    """Return places far apart [nT]."""
    return [6000 * number, -3000, 1000]


def nowhere() -> "array[int]":
    """Return the places of a new detector."""
    return array("h", [0] * 4 * MOST)


def test_nothing_was_visited_at_first() -> None:
    assert visits(nowhere(), [0, 0, 0], SPREAD_NT) == 0


def test_visits_are_counted_by_place() -> None:
    places = nowhere()
    assert [visit(places, at(1), SPREAD_NT) for _ in range(3)] == [1, 2, 3]
    assert visit(places, at(2), SPREAD_NT) == 1
    assert [visits(places, at(number), SPREAD_NT) for number in range(4)] == [0, 3, 1, 0]


def test_near_is_the_same_and_far_is_not() -> None:
    places = nowhere()
    visit(places, at(1), SPREAD_NT)
    assert visits(places, [6000 + 2000, -3000, 1000], SPREAD_NT) == 1
    assert visits(places, [6000 + 3000, -3000, 1000], SPREAD_NT) == 0
    assert visits(places, [6000 + 3000, -3000, 1000], [9000, 2500, 2500]) == 1  # an axis that drifts
    assert visits(places, [6000 + 2000, -5000, 1000], SPREAD_NT) == 0


def test_the_longest_unvisited_is_forgotten() -> None:
    places = nowhere()
    for number in range(MOST):
        visit(places, at(number), SPREAD_NT)
    visit(places, at(0), SPREAD_NT)
    visit(places, at(MOST), SPREAD_NT)
    assert [visits(places, at(number), SPREAD_NT) for number in range(MOST + 1)] == [2, 0, 1, 1, 1]


def test_a_place_follows_its_visits() -> None:
    places = nowhere()
    for away_nt in (0, 1500, 2200, 2700):
        visit(places, [away_nt, 0, 0], SPREAD_NT)
    assert visits(places, [3500, 0, 0], SPREAD_NT) == 4
    assert visits(places, [0, 0, 0], SPREAD_NT) == 4


def test_counts_and_fields_without_end_stay_within_bounds() -> None:
    places = nowhere()
    for _ in range(300):
        visit(places, at(1), SPREAD_NT)
    assert visits(places, at(1), SPREAD_NT) == 255
    visit(places, [10_000_000, -10_000_000, 0], SPREAD_NT)
    assert len(places) == 4 * MOST
