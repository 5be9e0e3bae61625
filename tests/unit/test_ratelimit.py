"""How many commands a device takes."""

from baysense.core.ratelimit import RateLimit


def test_ten_at_once_then_one_every_six_seconds() -> None:
    limit = RateLimit()
    now_ms = 5_000_000_000
    assert [limit.take(now_ms) for _ in range(12)] == [True] * 10 + [False] * 2
    assert not limit.take(now_ms + 5999)
    assert limit.take(now_ms + 6000) and not limit.take(now_ms + 6000)
    taken = sum(limit.take(now_ms + 6000 + at_ms) for at_ms in range(0, 600_000, 100))
    assert taken == 99


def test_the_burst_comes_back_after_a_minute() -> None:
    limit = RateLimit()
    for _ in range(20):
        limit.take(1000)
    assert [limit.take(61_000) for _ in range(11)] == [True] * 10 + [False]


def test_a_clock_that_restarted_blocks_nobody() -> None:
    limit = RateLimit()
    for _ in range(20):
        limit.take(9_000_000)
    assert limit.take(0)
