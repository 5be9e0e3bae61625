"""Open what lies on flash, when it is first needed, and pass on what it found damaged."""

import os

from micropython import const

from baysense.core import faults
from baysense.recall import PHASE_WIFI

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from contract import Store


def open_store(node: "Node", name: str) -> "Store":
    """Return the settings, identity, journal, counters or LoRaWAN session of a node."""
    _make(node.root)
    store: Store = _OPEN[name](node)
    node.fault(store.faults)
    return store


def _settings(node: "Node") -> "Store":
    from baysense.storage.settings import Settings

    node.clear(faults.CONFIG_INVALID)
    settings = Settings(node.root)
    settings.load()
    return settings


def _identity(node: "Node") -> "Store":
    from baysense.storage.identity import Identity

    node.clear(faults.IDENTITY_RESTORED)
    return Identity.load(node.board.nvs("baysense"), node.root, node.board.unique_id())


def _journal(node: "Node") -> "Store":
    from baysense.core.event import CHANGE, HEARTBEAT
    from baysense.storage.journal import Journal

    journal, recall = Journal(node.root), node.recall
    if max(recall.done_urgent, recall.done_routine) > journal.last:  # of another journal: these would be lost
        recall.done_urgent = recall.done_routine = 0
    journal.acknowledge(recall.done_urgent, CHANGE)
    journal.acknowledge(recall.done_routine, HEARTBEAT)
    return journal


def _counters(node: "Node") -> "Store":
    from baysense.storage.counters import Counters

    return Counters(node.root)


def _session(node: "Node") -> "Store":
    from baysense.storage.session import Session

    def retain(radio: bytes) -> None:
        node.recall.radio = radio
        node.recall.save(node.board, PHASE_WIFI)

    return Session(node.board.nvs("baysense"), node.root, retain)


def _make(folder: str) -> None:
    try:
        os.mkdir(folder)
    except OSError:
        os.stat(folder)  # it is there already, or this says what is wrong


_OPEN = {
    "settings": _settings,
    "identity": _identity,
    "journal": _journal,
    "counters": _counters,
    "session": _session,
}
