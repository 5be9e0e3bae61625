"""The event journal."""

import os
import struct
from binascii import crc32

from baysense.core import faults
from baysense.core.event import BOOT, CHANGE, HEARTBEAT
from baysense.storage import journal as module
from baysense.storage.journal import CAPACITY, ROOM_BYTES, Journal
from scratch import fresh_folder, read, write

RECORD = 192


def filled(count: int) -> tuple:
    root = fresh_folder("journal")
    journal = Journal(root)
    for i in range(count):
        assert journal.append(CHANGE, b"event %d" % i) == i + 1
    return root, journal


def seqs(journal: Journal) -> list:
    return [seq for seq, _, _ in journal.pending()]


def record(kind: int, seq: int, body: bytes = b"", body_bytes: int = 0, snapshot_bytes: int = 0) -> bytes:
    """Return a record whose checksum is right, whatever stands in it."""
    content = struct.pack("<BBBBI180s", kind, body_bytes or len(body), snapshot_bytes, 0, seq, body)
    return content + struct.pack("<I", crc32(content))


def test_events_come_back_in_order_until_acknowledged() -> None:
    root, journal = filled(5)
    assert journal.pending() == [(i + 1, CHANGE, b"event %d" % i) for i in range(5)]
    journal.acknowledge(2, CHANGE)
    journal.acknowledge(1, CHANGE)
    journal.acknowledge(2, BOOT)
    journal.acknowledge(99, CHANGE)
    journal.acknowledge(5, HEARTBEAT)
    assert seqs(journal) == [3, 4, 5] and journal.append(CHANGE, b"more") == 6
    for same in (journal, Journal(root)):
        assert seqs(same) == [3, 4, 5, 6] and same.waiting() == 4 and same.last == 6 and same.faults == 0
        assert same.pending(2) == [(3, CHANGE, b"event 2"), (4, CHANGE, b"event 3")]


def test_an_acknowledgement_is_written_with_the_next_event() -> None:
    root, journal = filled(3)
    before = read(root + "/journal.bin")
    journal.acknowledge(2, CHANGE)
    assert read(root + "/journal.bin") == before and seqs(journal) == [3]
    again = Journal(root)
    assert seqs(again) == [1, 2, 3] and again.append(HEARTBEAT, b"beat") == 4  # knows nothing of it
    assert seqs(Journal(root)) == [1, 2, 3, 4]
    root, journal = filled(3)
    journal.acknowledge(2, CHANGE)
    journal.append(HEARTBEAT, b"beat")
    assert len(read(root + "/journal.bin")) == 5 * RECORD and seqs(Journal(root)) == [3, 4]
    journal.append(HEARTBEAT, b"beat")
    assert len(read(root + "/journal.bin")) == 6 * RECORD  # nothing new to be struck out


def test_who_opens_the_journal_may_acknowledge_again() -> None:
    root, journal = filled(70)
    for acknowledged in (20, 65, 70):
        journal.acknowledge(acknowledged, CHANGE)
        before = journal.pending()
        journal = Journal(root)
        assert seqs(journal)[0] == 1
        journal.acknowledge(acknowledged, CHANGE)
        journal.acknowledge(0, HEARTBEAT)
        assert journal.pending() == before
    assert journal.append(CHANGE, b"after them") == 71 and journal.waiting() == 1
    assert os.stat(root + "/journal.bin")[6] < 15 * RECORD  # rewritten
    assert seqs(Journal(root)) == [71]


def test_damage_does_not_bring_back_what_is_acknowledged() -> None:
    root, journal = filled(6)
    journal.acknowledge(3, CHANGE)
    data = bytearray(read(root + "/journal.bin"))
    data[4 * RECORD + 20] ^= 1
    write(root + "/journal.bin", bytes(data))
    journal.pending()
    assert seqs(journal) == [4, 6] and journal.waiting() == 2 and journal.faults == faults.STORAGE_CORRUPT
    seq = journal.append(CHANGE, b"next")
    assert seqs(journal) == seqs(Journal(root)) == [4, 6, seq]


def test_an_event_that_could_not_be_written_changes_nothing() -> None:
    root, journal = filled(3)
    journal.acknowledge(2, CHANGE)

    def full(path: str, mode: str) -> object:
        if mode == "ab":
            raise OSError(28)
        return open(path, mode)

    before = read(root + "/journal.bin")
    module.open = full
    try:
        journal.append(CHANGE, b"more")
        raise AssertionError("no error")
    except OSError:
        pass
    finally:
        del module.open
    assert read(root + "/journal.bin") == before and seqs(journal) == [3]
    assert journal.append(CHANGE, b"more") == 4 and seqs(Journal(root)) == [3, 4]


def test_urgent_events_come_before_heartbeats() -> None:
    root = fresh_folder("journal")
    journal = Journal(root)
    for kind in (HEARTBEAT, BOOT, HEARTBEAT, CHANGE, HEARTBEAT):
        journal.append(kind, b"")
    expected = [(2, BOOT), (4, CHANGE), (1, HEARTBEAT), (3, HEARTBEAT), (5, HEARTBEAT)]
    for same in (journal, Journal(root)):
        assert [(seq, kind) for seq, kind, _ in same.pending()] == expected
        assert [(seq, kind) for seq, kind, _ in same.pending(3)] == expected[:3]
    journal.acknowledge(4, CHANGE)
    journal.acknowledge(3, HEARTBEAT)
    assert seqs(journal) == [5] and journal.append(BOOT, b"") == 6
    assert seqs(journal) == seqs(Journal(root)) == [6, 5]


def test_numbers_have_no_gap_over_restarts_and_are_not_reused() -> None:
    root, journal = filled(3)
    journal.acknowledge(3, CHANGE)
    for expected in range(4, 300):
        journal = Journal(root)
        journal.acknowledge(expected - 1, BOOT)
        assert journal.append(BOOT, b"") == expected
    assert seqs(Journal(root)) == [299] and os.stat(root + "/journal.bin")[6] <= 80 * RECORD


def test_snapshot_survives_acknowledgement_and_rewriting() -> None:
    root = fresh_folder("journal")
    journal = Journal(root)
    assert journal.snapshot() == (0, b"")
    journal.append(CHANGE, b"first", b"what it knew")
    journal.append(CHANGE, b"second", bytes(range(ROOM_BYTES - 6)))
    for _ in range(300):
        seq = journal.append(HEARTBEAT, b"beat")
        assert journal.snapshot() == Journal(root).snapshot() == (2, bytes(range(ROOM_BYTES - 6)))
        journal.acknowledge(seq, HEARTBEAT)
        journal.acknowledge(seq, CHANGE)
    assert os.stat(root + "/journal.bin")[6] <= 80 * RECORD


def test_latest_shows_what_is_acknowledged_too() -> None:
    root, journal = filled(10)
    journal.acknowledge(10, CHANGE)
    assert journal.latest(3) == [(i, b"event %d" % (i - 1)) for i in (8, 9, 10)]
    for i in range(200):
        journal.acknowledge(journal.append(BOOT, b"%d" % i), BOOT)
        assert len(journal.latest(8)) == 8
    assert journal.latest(1) == Journal(root).latest(1) == [(210, b"199")]
    assert Journal(fresh_folder("journal")).latest(8) == []


def test_oldest_heartbeat_goes_first() -> None:
    root = fresh_folder("journal")
    journal = Journal(root)
    journal.append(CHANGE, b"first")
    for _ in range(2):
        journal.append(HEARTBEAT, b"beat")
    for _ in range(CAPACITY - 3):
        journal.append(CHANGE, b"change")
    assert journal.faults == 0 and journal.waiting() == CAPACITY
    journal.append(CHANGE, b"one more")
    assert journal.faults == faults.JOURNAL_OVERFLOW and sorted(seqs(journal))[:3] == [1, 3, 4]
    journal.append(CHANGE, b"and more")
    assert seqs(journal)[:2] == [1, 4]
    journal.append(CHANGE, b"no heartbeat left")
    assert seqs(journal)[0] == 4 and journal.waiting() == CAPACITY
    again = Journal(root)
    assert again.pending() == journal.pending() and again.faults == 0


def test_file_stays_bounded() -> None:
    root = fresh_folder("journal")
    journal = Journal(root)
    largest = 0
    for _ in range(1500):
        journal.append(CHANGE, bytes(ROOM_BYTES))
        largest = max(largest, os.stat(root + "/journal.bin")[6])
    assert largest <= (2 * CAPACITY + 4) * RECORD
    assert seqs(Journal(root)) == list(range(1501 - CAPACITY, 1501))


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
    for position in (0, 250, 500, 760):
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


def test_checked_nonsense_is_left_out() -> None:
    nonsense = (
        record(3, 4, b"kind of tomorrow"),
        record(254, 4),
        record(0, 0, b"no number"),
        record(0, 60000, b"number never given"),
        record(0, 4, b"", 181),
        record(0, 4, b"", 100, 100),
        record(0, 4, b"", 255, 255),
        record(255, 3, bytes(7)),
        record(255, 3, struct.pack("<II", 4, 0)),
        record(255, 60000, struct.pack("<II", 60000, 60000)),
    )
    for tail in nonsense:
        root, _ = filled(3)
        write(root + "/journal.bin", read(root + "/journal.bin") + tail)
        journal = Journal(root)
        assert seqs(journal) == [1, 2, 3] and journal.faults == faults.STORAGE_CORRUPT, tail
        assert 3 < journal.append(CHANGE, b"next") < 100
        assert Journal(root).faults == 0 and Journal(root).waiting() == 4


def test_numbers_out_of_order_do_not_come_twice() -> None:
    root, _ = filled(3)
    write(root + "/journal.bin", read(root + "/journal.bin") + record(0, 2, b"again"))
    journal = Journal(root)
    assert journal.faults == faults.STORAGE_CORRUPT
    assert journal.pending() == [(i + 1, CHANGE, b"event %d" % i) for i in range(3)]


def test_foreign_file_or_folder_is_set_aside() -> None:
    for size in (0, 1, 500, 4 * CAPACITY * RECORD + RECORD):
        root, _ = filled(3)
        write(root + "/journal.bin", b"foreign." * (size // 8) + b"?" * (size % 8))
        journal = Journal(root)
        assert journal.pending() == [] and journal.append(CHANGE, b"next") > 3
        if size:
            assert journal.faults == faults.STORAGE_CORRUPT
            assert os.stat(root + "/journal.bin.bad")[6] == size
    root, _ = filled(3)
    os.remove(root + "/journal.bin")
    os.mkdir(root + "/journal.bin")
    journal = Journal(root)
    os.rmdir(root + "/journal.bin.bad")
    assert journal.faults == faults.STORAGE_CORRUPT
    assert journal.append(CHANGE, b"next") > 3 and Journal(root).waiting() == 1


def test_lost_file_does_not_start_the_numbers_again() -> None:
    root, _ = filled(70)
    os.remove(root + "/journal.bin")
    assert Journal(root).append(CHANGE, b"next") > 70


def test_lost_reservations_lose_no_event() -> None:
    root, _ = filled(70)
    os.remove(root + "/journal.0")
    os.remove(root + "/journal.1")
    journal = Journal(root)
    assert journal.faults == 0 and journal.waiting() == 70 and journal.append(CHANGE, b"next") == 71
    assert Journal(root).waiting() == 71


def test_leftover_of_a_cut_rewrite_is_ignored() -> None:
    root, journal = filled(2)
    write(root + "/journal.bin.new", b"half a rewrite")
    assert Journal(root).pending() == journal.pending()


def test_a_write_that_fails_after_all_gives_no_number_twice() -> None:
    root, journal = filled(3)

    class Failing:
        """A file that says it could not be closed, and was."""

        def __init__(self, path: str, mode: str) -> None:
            self._file = open(path, mode)  # noqa: SIM115 (closed below)

        def __enter__(self) -> object:
            return self._file

        def __exit__(self, *error: object) -> None:
            self._file.close()
            raise OSError(5)

    module.open = lambda path, mode: (Failing if mode == "ab" else open)(path, mode)
    try:
        journal.append(CHANGE, b"written all the same")
        raise AssertionError("no error")
    except OSError:
        pass
    finally:
        del module.open
    assert journal.append(CHANGE, b"next") == 5
    assert seqs(journal) == seqs(Journal(root)) == [1, 2, 3, 4, 5]


def test_too_long_an_event_is_refused() -> None:
    journal = Journal(fresh_folder("journal"))
    journal.append(CHANGE, bytes(100), bytes(ROOM_BYTES - 100))
    try:
        journal.append(CHANGE, bytes(100), bytes(ROOM_BYTES - 99))
    except ValueError:
        assert journal.waiting() == 1
        return
    raise AssertionError("accepted")
