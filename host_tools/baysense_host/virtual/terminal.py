"""The board's serial port: what a tool opens on one side, the interpreter's terminal on the other.

    tool <-> outer PTY <-> this pump <-> inner PTY: the interpreter's controlling terminal, new for every boot

The interpreter switches ISIG on its side while it executes, so that the kernel turns a Ctrl-C into a signal
at just the right moment. It is SIGQUIT, not SIGINT: see launcher_server.py.
"""

import os
import select
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from baysense_host.errors import ToolError

_CHUNK = 65536
_CHUNKS_AT_ONCE = 64  # more than the kernel holds, so that only a node that prints without end is interrupted
_BACKLOG = 65536  # bytes kept for a tool that does not read; then the oldest go
_PRINTED = 2000  # bytes kept to explain a crash
_CTRL_C = b"\x03"
_DISABLED = b"\x00"  # _POSIX_VDISABLE of Linux
_EDGE = select.EPOLLIN | select.EPOLLOUT | select.EPOLLET


class Terminal:
    """The port of one board, from the start of the simulation to its end."""

    def __init__(
        self,
        link: Path | None,
        tap: Callable[[bytes], None] = lambda data: None,
        on_input: Callable[[], None] = lambda: None,
    ) -> None:
        """Open the port.

        Args:
            link: symbolic link that names the port for tools.
            tap: gets everything the node prints, whether or not a tool listens.
            on_input: called after bytes have gone to the node.
        """
        self.tap = tap
        self.on_input = on_input
        self.printed = bytearray()  # the last of what the node printed since its boot
        self._link = link
        self._poll = select.epoll()
        self._outer = -1
        self._inner = -1
        self._to_tool = bytearray()
        self._to_node = bytearray()
        self._tool_was_there = False
        self._off = True  # the node cannot hear: what a tool sends is lost
        self._pts = ""
        self.restore()

    @property
    def path(self) -> str:
        """What a tool opens; empty while the port is gone."""
        return "" if self.dropped else str(self._link or self._pts)

    @property
    def dropped(self) -> bool:
        """Whether the port is gone, as that of a native-USB board in deep sleep."""
        return self._outer < 0

    def fds(self) -> list[int]:
        """Return the descriptors to watch for reading: one, the same for life."""
        return [self._poll.fileno()]

    def on_readable(self, fd: int) -> None:
        """Carry bytes both ways."""
        self._poll.poll(0)
        self.drain()
        self._feed_tool()
        self._read_tool()

    def new_node_side(self) -> int:
        """Return the terminal for the next boot; hand it to the launcher, then close it."""
        self._forget_inner()
        self.printed.clear()
        self._inner, node = os.openpty()
        tty.setraw(node)
        _set_characters(node)
        os.set_blocking(self._inner, False)
        self._poll.register(self._inner, select.EPOLLIN)
        self._off = False
        self._read_tool()
        return node

    def close_node_side(self) -> None:
        """End the node's side: it is off or asleep, and what a tool sends is lost."""
        self.drain()
        self._forget_inner()
        self._off = True

    def write_to_node(self, data: bytes) -> None:
        """Type at the node, as a tool does."""
        self._to_node += data
        self._feed_node()

    def drain(self) -> None:
        """Take in everything the node has printed up to now."""
        for _ in range(_CHUNKS_AT_ONCE):
            data = self._read_node()
            if not data:
                break
            self.tap(data)
            self.printed += data
            self._to_tool += data
        del self.printed[:-_PRINTED]
        if self._to_tool:
            self._feed_tool()
        if self._to_node:
            self._feed_node()

    def drop(self) -> None:
        """Let the port vanish, as a native-USB board's does in deep sleep."""
        if self.dropped:
            return
        self._poll.unregister(self._outer)
        os.close(self._outer)
        self._outer = -1
        self._to_tool.clear()
        if self._link is not None and _points(self._link, self._pts):
            self._link.unlink()

    def restore(self) -> None:
        """Bring the port back, under a new number as USB does, and under the same symbolic link."""
        self._outer, tool = os.openpty()
        tty.setraw(tool)
        self._pts = os.ttyname(tool)
        os.close(tool)
        os.set_blocking(self._outer, False)
        self._poll.register(self._outer, _EDGE)
        if self._link is not None:
            _point(self._link, self._pts)

    def close(self) -> None:
        """Give everything back."""
        self._forget_inner()
        self.drop()
        self._poll.close()

    def _read_node(self) -> bytes:
        if self._inner < 0:
            return b""
        try:
            return os.read(self._inner, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError:  # EIO: the interpreter has ended
            self._forget_inner()
            return b""

    def _tool_is_there(self) -> bool:
        """Tell whether a tool has the port open: the kernel reports a hang-up when none has."""
        poller = select.poll()
        poller.register(self._outer, 0)
        there = not poller.poll(0)
        if self._tool_was_there and not there:
            _empty(self._pts)
        self._tool_was_there = there
        return there

    def _feed_tool(self) -> None:
        if self.dropped or not self._tool_is_there():
            self._to_tool.clear()  # nobody listens: lost, as on any serial port
            return
        while self._to_tool:
            try:
                count = os.write(self._outer, self._to_tool)
            except BlockingIOError:
                break
            del self._to_tool[:count]
        del self._to_tool[: max(0, len(self._to_tool) - _BACKLOG)]

    def _read_tool(self) -> None:
        while not self.dropped and not self._to_node and (self._inner >= 0 or self._off):
            try:
                data = os.read(self._outer, _CHUNK)
            except OSError:  # EAGAIN: nothing more; EIO: no tool has the port open
                break
            if not self._off:
                self._to_node += data
                self._feed_node()

    def _feed_node(self) -> None:
        if self._inner < 0:
            self._to_node.clear()
            return
        before = len(self._to_node)
        while self._to_node:
            try:
                count = os.write(self._inner, self._to_node)
            except BlockingIOError:
                break
            del self._to_node[:count]
        waiting = select.EPOLLOUT if self._to_node else 0
        self._poll.modify(self._inner, select.EPOLLIN | waiting)
        if len(self._to_node) < before:
            self.on_input()

    def _forget_inner(self) -> None:
        if self._inner >= 0:
            self._poll.unregister(self._inner)
            os.close(self._inner)
            self._inner = -1
        self._to_node.clear()


def _set_characters(node: int) -> None:
    """Let Ctrl-C send SIGQUIT and nothing else send anything; let a read return what there is."""
    mode = termios.tcgetattr(node)
    characters = mode[6]
    for index in (termios.VINTR, termios.VSUSP):
        characters[index] = _DISABLED
    characters[termios.VQUIT] = _CTRL_C
    characters[termios.VMIN] = 0
    termios.tcsetattr(node, termios.TCSANOW, mode)


def _empty(pts: str) -> None:
    """Read away what the last tool left unread, so that the next one does not find it."""
    tool = os.open(pts, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        while os.read(tool, _CHUNK):
            pass
    os.close(tool)


def _points(link: Path, target: str) -> bool:
    return link.is_symlink() and os.readlink(link) == target


def _point(link: Path, target: str) -> None:
    """Make the link; replace one that a killed simulation left behind, and no other."""
    if _points(link, target):
        return  # left behind, and our port has got the same number
    if link.is_symlink():
        if link.exists():
            raise ToolError(
                f"{link} is in use: it leads to {os.readlink(link)}.",
                "End the simulation that made it, or give another name for the port.",
            )
        link.unlink()
    elif link.exists():
        raise ToolError(f"{link} exists and is not a link to a port: give another name for the port.")
    link.symlink_to(target)
