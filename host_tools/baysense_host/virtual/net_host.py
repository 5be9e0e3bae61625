"""The board's side of Wi-Fi and sockets."""

from collections.abc import Callable
from typing import Any

from baysense_host.virtual.board import VirtualBoard
from baysense_host.virtual.clock import Token
from baysense_host.virtual.simulation import Simulation


class NetHost:
    """Give a board's network what it needs of clock, link, ledger and loop."""

    def __init__(self, simulation: Simulation, board: VirtualBoard) -> None:
        self._simulation = simulation
        self._board = board
        self.real = simulation.real
        self.tls_handshake_us = 0 if self.real else board.costs.tls_handshake_us

    def now_us(self) -> int:
        """Return virtual time [µs]."""
        return self._simulation.clock.now_us

    def at(self, t_us: int, fn: Callable[[], None]) -> object:
        """Schedule an act."""
        return self._simulation.clock.at(t_us, fn)

    def cancel(self, token: object) -> None:
        """Take a scheduled act back."""
        if isinstance(token, Token):
            self._simulation.clock.cancel(token)

    def poke(self) -> None:
        """End the interpreter's `wait`."""
        self._board.poke()

    def log(self, kind: str, **fields: object) -> None:
        """Write to the event log."""
        self._board.log(kind, **fields)

    def register(self, name: str, handler: Callable[..., Any]) -> None:
        """Answer the interpreter's calls of this name."""
        self._board.register(name, handler)

    def watch(self, fd: int, callback: Callable[[], None]) -> None:
        """Call back whenever a descriptor is readable."""
        self._simulation.watch(fd, callback)

    def unwatch(self, fd: int) -> None:
        """Stop watching a descriptor."""
        self._simulation.unwatch(fd)

    def charge(self, what: str, current_ua: float) -> None:
        """Charge the radio's current from now on."""
        self._board.ledger.level(what, current_ua, current_ua)
