"""What a peripheral needs of the board it sits on."""

from collections.abc import Callable
from typing import Any, Protocol

from baysense_host.soc import Soc
from baysense_host.virtual.clock import Clock, Crystal
from baysense_host.virtual.ledger import Ledger

Handler = Callable[..., Any]


class Host(Protocol):
    """The board, as its peripherals see it."""

    clock: Clock
    crystal: Crystal
    soc: Soc
    ledger: Ledger

    def register(self, name: str, handler: Handler) -> None:
        """Answer the interpreter's calls of this name."""

    def irq(self, number: int) -> None:
        """Deliver a pin or timer callback with the next reply."""

    def poke(self) -> None:
        """End the interpreter's `wait`, if it is in one."""

    def log(self, kind: str, **fields: object) -> None:
        """Write to the event log."""
