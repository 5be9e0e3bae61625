"""The interpreter of one board: a process per boot, started through the launcher, and the session with it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from baysense_host.errors import ToolError
from baysense_host.virtual.launcher import Launcher
from baysense_host.virtual.link import Link
from baysense_host.virtual.session import Machine, Session
from baysense_host.virtual.terminal import Terminal

_STILLBORN_MOST = 3


class Interpreter:
    """Start and end one board's interpreter; never two of them."""

    def __init__(self, machine: Machine, launcher: Launcher, terminal: Terminal) -> None:
        self._machine = machine
        self._launcher = launcher
        self._terminal = terminal
        self._stillborn = 0  # how many in a row ended before they asked for anything
        self.session: Session | None = None
        self.pid = 0
        self.on_link: Callable[[int, bool], None] = lambda fd, open_now: None

    @property
    def computing(self) -> bool:
        """Whether it runs now, rather than wait for us."""
        return self.session is not None and self.session.computing

    def cpu_s(self) -> float:
        """Return the CPU time it has used; where the system does not say, wall time stands in."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return time.monotonic()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc_pid_stat(5)

    def start(self, variables: dict[str, str], heap_kib: int, script: str) -> None:
        """Begin a boot."""
        link = Link()
        tty = self._terminal.new_node_side()
        self.pid = self._launcher.start(tty, link.theirs.fileno(), variables, heap_kib, script)
        os.close(tty)
        link.hand_over()
        self.session = Session(self._machine, link)
        self.on_link(link.fd, True)

    def end(self) -> bool:
        """End it; tell whether there was one."""
        if self.session is None:
            return False
        self._launcher.kill(self.pid)  # first: it must not see its link close
        self._terminal.close_node_side()
        self.hung_up()
        self.session.end()
        self.session = None
        return True

    def ended(self, pid: int, code: int) -> bool:
        """Take the news that an interpreter has ended by itself; tell whether it was this one."""
        if pid != self.pid or self.session is None:
            return False
        self._terminal.drain()
        self._stillborn = 0 if self.session.asked else self._stillborn + 1
        if self._stillborn == _STILLBORN_MOST:
            raise _does_not_start(code, bytes(self._terminal.printed))
        return self.end()

    def hung_up(self) -> None:
        """Stop listening to an interpreter that closed its end; its exit follows."""
        if self.session is not None:
            self.on_link(self.session.link.fd, False)

    def irq(self, number: int) -> None:
        """Deliver a pin or timer callback."""
        if self.session is not None:
            self.session.irq(number)

    def poke(self) -> None:
        """End its `wait`."""
        if self.session is not None:
            self.session.poke()

    def wake_from_light_sleep(self) -> None:
        """End a light sleep, if it is in one."""
        if self.session is not None:
            self.session.wake_from_light_sleep()

    def on_request(self) -> None:
        """Take its next request."""
        if self.session is not None:
            self.session.on_readable()


def _does_not_start(code: int, printed: bytes) -> ToolError:
    text = printed.decode(errors="replace").replace("\r\n", "\n").strip() or "nothing"
    return ToolError(
        f"A virtual board's interpreter ends with code {code} before it asks for anything. It printed: {text}",
        "Give it more heap (--heap), or look at what was last changed in virtual/shims.",
    )
