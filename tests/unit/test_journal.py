"""The event journal."""

import os

from baysense.core import faults
from baysense.core.event import BOOT, CHANGE, HEARTBEAT
from baysense.storage.journal import CAPACITY, MAX_BODY_BYTES, Journal
from scratch import fresh_folder, read, write

RECORD = 48


def filled(count: int) -> tuple:
    root = fresh_folder("journal")
    journal = Journal(root)
    for i in range(count):
        assert journal.append(CHANGE, b"event %d" % i) == i + 1
    return root, journal


def seqs(journal: Journal) -> list:
    return [seq for seq, _ in journal.pending()]


def test_events_come_back_in_order_until_acknowledged() -> None:
    root, journal = filled(5)
    assert journal.pending() == [(i + 1, b"event %d" % i) for i in range(5)]
    journal.acknowledge(2)
    journal.acknowledge(2)
    journal.acknowledge(99)
    again = Journal(root)
    assert seqs(again) == [1, 3, 4, 5] and again.high_water() == 5 and again.faults == 0
    assert again.pending(2) == [(1, b"event 0"), (3, b"event 2")]


def test_numbers_have_no_gap_over_restarts_and_are_not_reused() -> None:
    root, journal = filled(3)
    for seq in seqs(journal):
        journal.acknowledge(seq)
    for expected in range(4, 400):
        journal = Journal(root)
        assert journal.append(BOOT, b"") == expected
        journal.acknowledge(expected)
    assert Journal(root).pending() == [] and os.stat(root + "/journal.bin")[6] <= 400 * RECORD


def test_oldest_heartbeat_goes_first() -> None:
    root = fresh_folder("journal")
    journal = Journal(root)
    journal.append(CHANGE, b"first")
    for _ in range(2):
        journal.append(HEARTBEAT, b"beat")
    for _ in range(CAPACITY - 3):
        journal.append(CHANGE, b"change")
    assert journal.faults == 0 and len(journal.pending()) == CAPACITY
    journal.append(CHANGE, b"one more")
    assert journal.faults == faults.JOURNAL_OVERFLOW and seqs(journal)[:3] == [1, 3, 4]
    journal.append(CHANGE, b"and more")
    assert seqs(journal)[:2] == [1, 4]
    journal.append(CHANGE, b"no heartbeat left")
    assert seqs(journal)[0] == 4 and len(journal.pending()) == CAPACITY
    assert Journal(root).pending() == journal.pending()


def test_file_stays_bounded() -> None:
    root = fresh_folder("journal")
    journal = Journal(root)
    largest = 0
    for _ in range(1000):
        journal.append(CHANGE, bytes(MAX_BODY_BYTES))
        largest = max(largest, os.stat(root + "/journal.bin")[6])
    assert largest <= (2 * CAPACITY + 2) * RECORD
    assert seqs(Journal(root)) == list(range(1001 - CAPACITY, 1001))


def test_torn_tail_loses_only_the_event_being_appended() -> None:
    root, _ = filled(4)
    whole = read(root + "/journal.bin")
    for cut in range(3 * RECORD, len(whole) + 1):
        root, _ = filled(4)
        write(root + "/journal.bin", whole[:cut])
        journal = Journal(root)
        kept = 4 if cut == len(whole) else 3
        assert seqs(journal) == list(range(1, kept + 1)), cut
        if cut % RECORD:
            assert journal.faults == faults.STORAGE_CORRUPT
            assert journal.append(CHANGE, b"next") > 4  # a damaged tail may have been sent
        again = Journal(root)
        assert again.faults == 0 and again.pending() == journal.pending()


def test_garbage_anywhere_is_left_out_and_reported() -> None:
    for position in (0, 60, 150, 190):
        root, _ = filled(4)
        data = bytearray(read(root + "/journal.bin"))
        data[position] ^= 0x40
        write(root + "/journal.bin", bytes(data))
        journal = Journal(root)
        lost = position // RECORD + 1
        assert seqs(journal) == [seq for seq in (1, 2, 3, 4) if seq != lost]
        assert journal.faults == faults.STORAGE_CORRUPT
        assert read(root + "/journal.bin.bad") == bytes(data)
        assert journal.append(CHANGE, b"next") > 4


def test_garbage_behind_the_end_is_left_out() -> None:
    for garbage in (b"\xff" * RECORD, bytes(RECORD), b"\xff" * 7, bytes(range(100))):
        root, _ = filled(2)
        write(root + "/journal.bin", read(root + "/journal.bin") + garbage)
        journal = Journal(root)
        assert seqs(journal) == [1, 2] and journal.faults == faults.STORAGE_CORRUPT
        assert journal.append(CHANGE, b"next") > 2 and len(Journal(root).pending()) == 3


def test_lost_file_does_not_start_the_numbers_again() -> None:
    root, _ = filled(70)
    os.remove(root + "/journal.bin")
    assert Journal(root).append(CHANGE, b"next") > 70


def test_leftover_of_a_cut_rewrite_is_ignored() -> None:
    root, journal = filled(2)
    write(root + "/journal.bin.new", b"half a rewrite")
    assert Journal(root).pending() == journal.pending()


def test_too_long_a_body_is_refused() -> None:
    try:
        Journal(fresh_folder("journal")).append(CHANGE, bytes(MAX_BODY_BYTES + 1))
    except ValueError:
        return
    raise AssertionError("accepted")
