"""What Wi-Fi and sockets need of the board they belong to."""

from collections.abc import Callable
from typing import Any, Protocol


class Host(Protocol):
    """The board and its simulation, as the network sees them."""

    real: bool
    tls_handshake_us: int  # what a handshake takes the chip to compute

    def now_us(self) -> int:
        """Return virtual time [µs]."""

    def at(self, t_us: int, fn: Callable[[], None]) -> object:
        """Run a function at a virtual time [µs]; return a token for `cancel`."""

    def cancel(self, token: object) -> None:
        """Take a scheduled function back."""

    def poke(self) -> None:
        """End the interpreter's `wait`, if it is in one."""

    def log(self, kind: str, **fields: object) -> None:
        """Write to the event log."""

    def register(self, name: str, handler: Callable[..., Any]) -> None:
        """Answer the interpreter's calls of this name."""

    def watch(self, fd: int, callback: Callable[[], None]) -> None:
        """Real mode: call back whenever the descriptor is readable."""

    def unwatch(self, fd: int) -> None:
        """Real mode: stop watching the descriptor."""

    def charge(self, what: str, current_ua: float) -> None:
        """Set the current a consumer draws from now on [µA]."""
