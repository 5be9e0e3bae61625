"""Back-off and the energy bound of failed reports."""

from baysense.core.retry import Retry

DAY_S = 86_400


def waits(count: int, radio_ms: int, chance: int) -> list:
    """Return how long it waits after each of so many failures, each tried as soon as allowed [s]."""
    retry, now_s, found = Retry(), 1000, []
    for _ in range(count):
        retry.failed(now_s, radio_ms, chance)
        found.append(retry.due_s - now_s)
        now_s = retry.due_s
    return found


def test_back_off_doubles_to_an_hour_with_a_quarter_of_jitter() -> None:
    assert waits(9, 0, 128) == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert waits(8, 0, 0)[0] == 45 and waits(8, 0, 0)[-1] == 2700
    assert waits(8, 0, 255)[0] == 74 and waits(8, 0, 255)[-1] == 4485


def test_radio_time_of_failures_is_bounded() -> None:
    for radio_ms in (3_000, 8_000, 14_000):
        retry, now_s, spent_ms, tries = Retry(), 5, 0, []
        while now_s < 30 * DAY_S:
            assert retry.allows(now_s)
            spent_ms += radio_ms
            retry.failed(now_s, radio_ms, tries and now_s or 0)
            retry = Retry(retry.dump())  # deep sleep in between
            tries.append(now_s)
            now_s = retry.due_s
        bound_ms = max(84_000, radio_ms) + 30 * 84_000
        assert spent_ms <= bound_ms and (spent_ms > bound_ms * 3 // 4 or radio_ms == 3_000), (radio_ms, spent_ms)
        for at_s in tries:  # from any moment on
            assert len([one for one in tries if at_s <= one < at_s + DAY_S]) * radio_ms <= 2 * max(84_000, radio_ms)


def test_no_try_however_long_silences_for_more_than_four_hours() -> None:
    for radio_ms in (20_000, 60_000, 119_000, 300_000):
        for chance in (0, 255):
            found = waits(30, radio_ms, chance)
            assert max(found) == found[-1] == 4 * 3600, (radio_ms, found)
    assert waits(1, 300_000, 128) == [4 * 3600]


def test_what_a_long_outage_cost_is_made_up_for_in_two_days() -> None:
    retry, now_s = Retry(), 0
    for _ in range(100):
        retry.failed(now_s, 300_000, 128)
        now_s = retry.due_s
    retry.succeeded(now_s)
    retry.succeeded(now_s + 2 * DAY_S + 1)
    assert retry.dump() == b""


def test_success_forgets_the_failures_but_not_what_they_cost() -> None:
    retry = Retry()
    for _ in range(7):
        retry.failed(1000, 15_000, 128)
    retry.succeeded(1010)
    assert (retry.failures, retry.due_s) == (0, 0) and retry.allows(1010)
    retry.failed(1010, 15_000, 128)
    assert retry.due_s > 1010 + 60
    again = Retry(retry.dump())
    again.succeeded(1010 + 3 * DAY_S)
    assert again.dump() == b"" and again.allows(0)


def test_a_clock_that_restarted_waits_an_hour_at_most() -> None:
    retry = Retry()
    for _ in range(9):
        retry.failed(900_000_000, 20_000, 128)
    assert retry.due_s > 900_000_000 + 3600
    assert not retry.allows(5) and retry.due_s == 5 + 3600
    assert retry.allows(5 + 3600)
    again = Retry(retry.dump())
    again.failed(3, 0, 128)
    assert again.due_s < 3 + 3 * DAY_S


def test_it_packs_into_16_bytes_and_takes_no_foreign_ones() -> None:
    retry = Retry()
    for _ in range(300):
        retry.failed(1_000_000_000, 3_000, 7)
    packed = retry.dump()
    assert len(packed) <= 16
    again = Retry(packed)
    assert (again.due_s, again.failures, again.dump()) == (retry.due_s, retry.failures, packed)
    assert Retry(packed[:-1]).dump() == Retry(b"").dump() == b"" and Retry(b"x").allows(0)
