"""The event log of a run with people who read along."""

from collections.abc import Callable
from typing import Any

from baysense_host.virtual.eventlog import EventLog

Reader = Callable[[int, str, dict[str, Any]], None]


class Diary(EventLog):
    """Write as always; tell every reader time [µs], kind and fields of what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: list[Reader] = []

    def write(self, t_us: int, source: str, kind: str, **fields: object) -> None:
        """Append one record."""
        super().write(t_us, source, kind, **fields)
        for reader in self.readers:
            reader(t_us, kind, fields)


def session_begins(kind: str, fields: dict[str, Any]) -> bool:
    """Tell whether a record is the radio's start."""
    return kind == "wifi" and fields["event"] == "active"


def session_ends(kind: str, fields: dict[str, Any]) -> bool:
    """Tell whether a record ends what the radio was on for, in whatever way."""
    return kind in ("deep_sleep", "boot", "power_cut")
