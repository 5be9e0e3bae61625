"""The serial console: lines in, JSON-RPC answers out, everything else is log text."""

import select
import sys

MAX_LINE = 1024


class Console:
    """Read lines from the serial port without ever blocking the node."""

    def __init__(self, answer: object) -> None:
        """`answer`: function(line) returning the line to reply with, or None."""
        self._answer = answer
        self._line = ""
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)

    def serve(self, wait_ms: int) -> bool:
        """Wait up to `wait_ms` for input and answer complete lines; return True when somebody is there."""
        if not self._poll.poll(wait_ms):
            return False
        while self._poll.poll(0):
            self._take(sys.stdin.read(1))
        return True

    def _take(self, char: str) -> None:
        if char not in "\r\n":
            if len(self._line) < MAX_LINE:
                self._line += char
            return
        line, self._line = self._line, ""
        answer = self._answer(line)
        if answer is not None:
            print(answer)
