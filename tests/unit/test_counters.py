"""Counters that never repeat."""

from baysense.core import faults
from baysense.storage.counters import Counters
from scratch import fresh_folder, read, write


def test_numbers_rise_and_never_repeat_over_restarts() -> None:
    root = fresh_folder("counters")
    seen = []
    for life in range(5):
        counters = Counters(root)
        for _ in range(40 * life + 1):
            seen.append(counters.next("frame"))
    assert seen == sorted(set(seen)) and seen[0] == 1


def test_a_block_of_one_leaves_no_gap_over_restarts() -> None:
    root = fresh_folder("counters")
    assert [Counters(root).next("epoch", 1) for _ in range(10)] == list(range(1, 11))


def test_counters_are_independent() -> None:
    counters = Counters(fresh_folder("counters"))
    assert [counters.next("a"), counters.next("a"), counters.next("b")] == [1, 2, 1]


def test_either_file_may_be_damaged() -> None:
    for name in ("counters.0", "counters.1"):
        root = fresh_folder("counters")
        counters = Counters(root)
        last = [counters.next("frame") for _ in range(200)][-1]
        path = root + "/" + name
        write(path, read(path)[:-2])
        counters = Counters(root)
        assert counters.next("frame") > last and counters.faults == faults.STORAGE_CORRUPT
        assert Counters(root).faults == 0


def test_old_content_of_the_newest_file_is_never_believed() -> None:
    root = fresh_folder("counters")
    counters = Counters(root)
    first = counters.next("frame")
    before = {name: read(root + "/" + name) for name in ("counters.1",)}
    last = [counters.next("frame") for _ in range(100)][-1]  # reserves in counters.0 meanwhile
    write(root + "/counters.1", before["counters.1"])
    assert Counters(root).next("frame") > last > first
