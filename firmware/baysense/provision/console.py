"""The serial console: lines in, JSON-RPC answers out, everything else is log text."""

import select
import sys

from baysense.provision.rpc import MAX_LINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE = 256  # bytes taken at a time: whatever is typed, the node goes on


class Console:
    """Read lines from the serial port without ever blocking the node."""

    def __init__(self, answer: "Callable[[str], str | None]") -> None:
        """`answer`: function(line) returning the line to reply with, or None."""
        self._answer = answer
        self._line = bytearray()
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)

    def serve(self, wait_ms: int) -> bool:
        """Wait up to `wait_ms` for input and answer complete lines; return True when there was one."""
        served = False
        for taken in range(_PIECE):
            if not self._poll.poll(0 if taken else wait_ms):
                break
            served = self._take(sys.stdin.buffer.read(1)) or served
        return served

    def _take(self, byte: bytes) -> bool:
        """Take one byte; return True when it ends a line."""
        if byte not in (b"\r", b"\n"):
            if len(self._line) <= MAX_LINE:  # one more than allowed: too long
                self._line.extend(byte)
            return False
        try:
            line = self._line.decode()
        except ValueError:
            line = ""  # noise on the line
        self._line = bytearray()
        answer = self._answer(line)
        if answer is not None:
            print(answer)
        return True
