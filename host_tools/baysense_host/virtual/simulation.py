"""The simulation: one clock, the boards on it, and the loop that lets exactly one thing happen after another.

Fast mode: virtual time jumps from event to event, and stands still while an interpreter computes. Real mode:
virtual time is wall time, for people and for tools.
"""

import select
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from baysense_host.virtual.board import VirtualBoard
from baysense_host.virtual.board_options import BoardOptions
from baysense_host.virtual.clock import Clock
from baysense_host.virtual.eventlog import EventLog
from baysense_host.virtual.launcher import Launcher
from baysense_host.virtual.terminal import Terminal

# An interpreter that has computed for so long without a request: its virtual time passes like wall time from then
# on. It is CPU time, or a busy host would change what happens.
_STALL_S = 1.0
_STALL_STEP_S = 0.1


class Settler(Protocol):
    """Something outside whose answer virtual time must wait for, such as a broker."""

    @property
    def busy(self) -> bool:
        """Whether an answer is outstanding."""

    def settle(self) -> None:
        """Wait for it, within a bound of wall time."""


class Simulation:
    """Boards, their clock and their log."""

    def __init__(self, events: EventLog, real: bool = False) -> None:
        self.clock = Clock()
        self.real = real
        self.events = events
        self.boards: list[VirtualBoard] = []
        self.settlers: list[Settler] = []
        self._launcher = Launcher()
        self._poll = select.poll()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._wall_start_us = time.monotonic_ns() // 1000
        self.watch(self._launcher.fd, self._take_exits)

    def add(self, options: BoardOptions, tap: Callable[[bytes], None] = lambda data: None) -> VirtualBoard:
        """Put a board into the simulation; it is off until `power_on`."""
        terminal = Terminal(options.link, tap)
        board = VirtualBoard(options, self.clock, self._launcher, self.events, terminal, self.real)
        terminal.on_input = board.poke
        for fd in terminal.fds():
            self.watch(fd, partial(terminal.on_readable, fd))
        board.interpreter.on_link = lambda fd, open_now: self._link_changed(board, fd, open_now)
        self.boards.append(board)
        return board

    def watch(self, fd: int, callback: Callable[[], None]) -> None:
        """Call back whenever a descriptor is readable."""
        self._callbacks[fd] = callback
        self._poll.register(fd, select.POLLIN)

    def unwatch(self, fd: int) -> None:
        """Stop watching a descriptor."""
        if self._callbacks.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def run(self, until_us: int | None = None, stop: Callable[[], bool] = lambda: False) -> None:
        """Run until a virtual time [µs], or until `stop()` holds."""
        advance = self._advance_real if self.real else self._advance_fast
        while not stop():
            if not advance(until_us):
                return

    def close(self) -> None:
        """End every interpreter and give everything back."""
        for board in self.boards:
            board.close()
        self._launcher.close()
        self.events.close()

    def _advance_fast(self, until_us: int | None) -> bool:
        """Let the next thing happen; False when there is nothing left before the end."""
        if any(board.interpreter.computing for board in self.boards):
            self._wait_for_interpreter()
            return True
        self._take_io(0)
        for settler in self.settlers:
            if settler.busy:
                settler.settle()
        next_us = self.clock.next_us()
        if next_us is None or (until_us is not None and next_us > until_us):
            if until_us is not None:
                self.clock.now_us = max(self.clock.now_us, until_us)
            return False
        self.clock.step()
        return True

    def _wait_for_interpreter(self) -> None:
        if self._take_io(_STALL_S):
            return
        running = [board.interpreter for board in self.boards if board.interpreter.computing]
        begun_s = sum(interpreter.cpu_s() for interpreter in running) - _STALL_S / 2
        while sum(interpreter.cpu_s() for interpreter in running) - begun_s < _STALL_S:
            if self._take_io(_STALL_STEP_S):
                return
        while any(board.interpreter.computing for board in self.boards) and not self._take_io(_STALL_STEP_S):
            self._step_to(self.clock.now_us + int(_STALL_STEP_S * 1e6))

    def _advance_real(self, until_us: int | None) -> bool:
        """Wait for the next event or input in wall time; False when the end has come."""
        if until_us is not None and self._wall_us() >= until_us:
            self._step_to(until_us)
            return False
        next_us = self.clock.next_us()
        end_us = min(t for t in (next_us, until_us, self._wall_us() + 500_000) if t is not None)
        self._take_io(max(0.0, (end_us - self._wall_us()) / 1e6))
        self._step_to(self._wall_us())
        return True

    def _step_to(self, t_us: int) -> None:
        """Let everything happen that is due by then."""
        while (next_us := self.clock.next_us()) is not None and next_us <= t_us:
            self.clock.step()
        self.clock.now_us = max(self.clock.now_us, t_us)

    def _take_io(self, timeout_s: float) -> bool:
        """Serve descriptors that are readable; tell whether there were any."""
        ready = self._poll.poll(timeout_s * 1000)
        if self.real and ready:
            self._step_to(self._wall_us())
        for fd, _ in ready:
            callback = self._callbacks.get(fd)
            if callback is not None:
                callback()
        return bool(ready)

    def _wall_us(self) -> int:
        return time.monotonic_ns() // 1000 - self._wall_start_us

    def _link_changed(self, board: VirtualBoard, fd: int, open_now: bool) -> None:
        if open_now:
            self.watch(fd, board.interpreter.on_request)
        else:
            self.unwatch(fd)

    def _take_exits(self) -> None:
        for pid, code in self._launcher.exits():
            for board in self.boards:
                board.exited(pid, code)
