"""The event journal on LittleFS: what it costs, and what it does when there is no room."""

import os

from baysense.core import faults
from baysense.core.event import BOOT, CHANGE, HEARTBEAT
from baysense.storage.journal import CAPACITY, Journal
from ram_flash import ON_LITTLEFS, fill, mounted, unmount


def test_an_event_costs_one_erase_and_its_acknowledgement_none() -> None:
    if not ON_LITTLEFS:
        return
    flash, root = mounted()
    journal = Journal(root)
    journal.append(BOOT, bytes(29))
    begun = flash.erases
    for _ in range(50):
        for _ in range(4):
            journal.append(CHANGE, bytes(29), bytes(100))
        before = flash.erases, flash.programmed_bytes
        journal.acknowledge(journal.last, CHANGE)
        assert (flash.erases, flash.programmed_bytes) == before
    assert flash.erases - begun < 200 * 1.25, flash.erases - begun  # and a little for folder, numbers and rewriting
    unmount()


def test_a_full_disk_leaves_everything_as_it_was() -> None:
    if not ON_LITTLEFS:
        return
    _, root = mounted(24)
    journal = Journal(root)
    for i in range(5):
        journal.append(CHANGE, b"%d" % i, b"known")
    fill(root + "/junk")
    before = journal.pending()
    for acknowledged in range(4):
        journal.acknowledge(acknowledged, CHANGE)
        try:
            journal.append(CHANGE, b"more")
            raise AssertionError("there was room")
        except OSError:
            pass
        left = 5 - acknowledged
        assert journal.pending() == before[-left:] and journal.waiting() == left
        assert journal.snapshot() == (5, b"known")
    again = Journal(root)
    assert again.pending() == before and again.faults == 0
    os.remove(root + "/junk")
    seq = journal.append(CHANGE, b"more")
    assert seq > 5
    for same in (journal, Journal(root)):
        assert [number for number, _, _ in same.pending()] == [4, 5, seq]
    unmount()


def test_damage_found_on_a_full_disk_is_repaired_later() -> None:
    if not ON_LITTLEFS:
        return
    _, root = mounted(24)
    journal = Journal(root)
    for i in range(5):
        journal.append(CHANGE, b"%d" % i)
    with open(root + "/journal.bin", "ab") as f:
        f.write(b"torn")
    fill(root + "/junk")
    journal = Journal(root)
    assert journal.faults == faults.STORAGE_CORRUPT and journal.waiting() == 5
    try:
        journal.append(CHANGE, b"more")
        raise AssertionError("there was room")
    except OSError:
        assert journal.waiting() == 5
    os.remove(root + "/junk")
    assert journal.append(CHANGE, b"more") > 5 and journal.waiting() == 6
    assert Journal(root).faults == 0 and Journal(root).pending() == journal.pending()
    unmount()


def test_a_full_journal_can_be_drained_in_batches() -> None:
    if not ON_LITTLEFS:
        return
    flash, root = mounted(128)
    journal = Journal(root)
    for i in range(CAPACITY + 100):
        journal.append(HEARTBEAT if i % 3 == 0 else CHANGE, bytes(29))
    assert journal.waiting() == CAPACITY
    flash.reads = 0
    journal = Journal(root)
    print("reads to take stock", flash.reads)
    flash.reads = flash.erases = 0
    received = []
    batch = journal.pending(8)
    while batch:
        received += batch
        journal.acknowledge(max(seq for seq, kind, _ in batch), CHANGE if batch[0][1] == CHANGE else HEARTBEAT)
        if batch[0][1] != batch[-1][1]:  # both classes
            journal.acknowledge(max(seq for seq, kind, _ in batch if kind == CHANGE), CHANGE)
        batch = journal.pending(8)
    print("reads and erases to drain", flash.reads, flash.erases)
    assert journal.waiting() == 0 and len({seq for seq, _, _ in received}) == CAPACITY
    unmount()
