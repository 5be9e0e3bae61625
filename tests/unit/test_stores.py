"""What a journal that is opened is told of receipts that the flash does not know of yet."""

from baysense import stores
from baysense.core.event import BOOT, CHANGE, HEARTBEAT
from baysense.recall import Recall
from baysense.storage.journal import Journal
from scratch import fresh_folder


class FakeNode:
    """What opening a journal needs of a node."""

    def __init__(self, root: str, done_urgent: int, done_routine: int) -> None:
        self.root = root
        self.faults = 0
        self.recall = Recall(b"")
        self.recall.done_urgent, self.recall.done_routine = done_urgent, done_routine

    def fault(self, mask: int) -> None:
        self.faults |= mask


def opened(done_urgent: int, done_routine: int) -> tuple:
    """Open a journal of six events; return the numbers that wait, and the numbers that RTC memory has then."""
    root = fresh_folder("stores")
    journal = Journal(root)
    for kind in (BOOT, HEARTBEAT, CHANGE, HEARTBEAT, CHANGE, HEARTBEAT):
        journal.append(kind, b"")
    node = FakeNode(root, done_urgent, done_routine)
    seqs = [seq for seq, _, _ in stores.open_store(node, "journal").pending()]
    return seqs, (node.recall.done_urgent, node.recall.done_routine)


def test_a_fresh_memory_knows_of_no_receipt() -> None:
    assert opened(0, 0) == ([1, 3, 5, 2, 4, 6], (0, 0))


def test_what_was_received_does_not_wait_again() -> None:
    assert opened(3, 0) == ([5, 2, 4, 6], (3, 0))
    assert opened(3, 2) == ([5, 4, 6], (3, 2))
    assert opened(5, 6) == ([], (5, 6))


def test_numbers_of_another_journal_are_forgotten() -> None:
    assert opened(7, 0) == ([1, 3, 5, 2, 4, 6], (0, 0))
    assert opened(3, 7) == ([1, 3, 5, 2, 4, 6], (0, 0))
