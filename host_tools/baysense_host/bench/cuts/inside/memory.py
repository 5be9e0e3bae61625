"""What the harness knows of a stored value: one, or two while a write is under way."""

from baysense_host.bench.cuts.inside.finding import LOST, expect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Memory:
    """A value that a power cut leaves old or new, never anything else, and never back once it was seen."""

    def __init__(self, name: str, value: "Any") -> None:
        self._name = name
        self._old = self._new = value

    @property
    def value(self) -> "Any":
        """The newest value, acknowledged or on its way."""
        return self._new

    def intend(self, value: "Any") -> None:
        """A write begins."""
        self._new = value

    def acknowledged(self) -> None:
        """The write returned while the power was on."""
        self._old = self._new

    def becomes(self, value: "Any") -> None:
        """Something else than a write made it this value."""
        self._old = self._new = value

    def found(self, value: "Any") -> None:
        """Take what storage gave after a start."""
        if value == self._new:
            self._old = value
            return
        text = f"{self._name}: found {_short(value)}, expected {_short(self._old)} or {_short(self._new)}"
        expect(value == self._old, LOST, text)
        self._new = value


def _short(value: "Any") -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:180]}... ({len(text)} characters)"
