"""Open what lies on flash, when it is first needed, and pass on what it found damaged."""

import os


def open_store(node: object, name: str) -> object:
    """Return the settings, identity, journal or counters of a node."""
    _make(node.root)
    store = _OPEN[name](node)
    node.fault(store.faults)
    return store


def _settings(node: object) -> object:
    from baysense.storage.settings import Settings

    settings = Settings(node.root)
    settings.load()
    return settings


def _identity(node: object) -> object:
    from baysense.storage.identity import Identity

    return Identity.load(node.board.nvs("baysense"), node.root, node.board.unique_id())


def _journal(node: object) -> object:
    from baysense.storage.journal import Journal

    return Journal(node.root)


def _counters(node: object) -> object:
    from baysense.storage.counters import Counters

    return Counters(node.root)


def _make(folder: str) -> None:
    try:
        os.mkdir(folder)
    except OSError:
        os.stat(folder)  # it is there already, or this says what is wrong


_OPEN = {"settings": _settings, "identity": _identity, "journal": _journal, "counters": _counters}
