"""Counters that never repeat."""

import os

from baysense.core import faults
from baysense.storage import files
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


def test_old_content_of_one_file_is_never_believed() -> None:
    root = fresh_folder("counters")
    counters = Counters(root)
    first = counters.next("frame")
    before = read(root + "/counters.0")
    last = [counters.next("frame") for _ in range(200)][-1]  # the newest reservation is in counters.1
    write(root + "/counters.0", before)
    assert Counters(root).next("frame") > last > first


def test_a_loss_is_remembered_before_the_next_number() -> None:
    for name in ("counters.0", "counters.1"):
        for count in (1, 64, 65, 129, 200):
            root = fresh_folder("counters")
            counters = Counters(root)
            last = [counters.next("frame") for _ in range(count)][-1]
            os.remove(root + "/" + name)
            same = count <= 64 and name == "counters.0"  # both hold the first reservation
            assert Counters(root).faults == (0 if same else faults.STORAGE_CORRUPT)
            assert Counters(root).faults == 0
            assert Counters(root).next("frame") > last, (name, count)


def test_a_counter_that_only_the_lost_file_knew_goes_on() -> None:
    for name in ("counters.0", "counters.1"):
        root = fresh_folder("counters")
        counters = Counters(root)
        counters.next("epoch", 1)
        last = [counters.next("frame") for _ in range(60)][-1]
        write(root + "/" + name, b"?")
        Counters(root)
        assert Counters(root).next("frame") > last


def test_checked_nonsense_is_damage() -> None:
    nonsense = (
        b"", b"?", b"[]", b"null", b"7", b"{", b"\xff\xfe", b'"generation"', b"{}", b'{"frame": 9}', b"[" * 400,
        b'{"generation": "x"}', b'{"generation": 9, "frame": null}', b'{"generation": 9, "frame": -4}',
        b'{"generation": 0}', b'{"generation": true, "frame": true}', b'{"generation": 1e9, "frame": 1}',
    )  # fmt: skip
    for body in nonsense:
        for name in ("counters.0", "counters.1"):
            root = fresh_folder("counters")
            counters = Counters(root)
            last = [counters.next("frame") for _ in range(70)][-1]
            files.replace_checked(root + "/" + name, body)
            counters = Counters(root)
            assert counters.faults == faults.STORAGE_CORRUPT, body
            assert counters.next("frame") > last
            assert files.exists(root + "/" + name + ".bad")


def test_folders_instead_of_files_start_anew_and_say_so() -> None:
    root = fresh_folder("counters")
    for name in ("/counters.0", "/counters.1"):
        os.mkdir(root + name)
    counters = Counters(root)
    number = counters.next("frame")
    for name in ("/counters.0", "/counters.1"):
        os.rmdir(root + name + ".bad")
    assert counters.faults == faults.STORAGE_CORRUPT and Counters(root).next("frame") > number


def test_a_reservation_that_failed_gives_no_number() -> None:
    root = fresh_folder("counters")
    counters = Counters(root)
    last = [counters.next("frame") for _ in range(64)][-1]
    os.mkdir(root + "/counters.1.new")  # the next reservation cannot be written
    try:
        counters.next("frame")
        raise AssertionError("a number that was not reserved")
    except OSError:
        pass
    assert counters.next("frame") == last + 1  # the obstacle was cleared away
    assert Counters(root).next("frame") > last + 1


def test_no_block_is_larger_than_what_is_skipped_after_damage() -> None:
    root = fresh_folder("counters")
    counters = Counters(root)
    last = [counters.next("frame", 1000) for _ in range(1500)][-1]
    write(root + "/counters.1", b"?")
    assert Counters(root).next("frame") > last
