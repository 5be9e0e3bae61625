"""What a node printed besides JSON-RPC: its last lines, and what they say of its health."""

from collections import deque

_KEPT_LINES = 12  # enough for a traceback of the firmware
_CRASH = ("Traceback", "MemoryError", "crash not recorded")  # main.py and MicroPython, when memory is short too
_BANNER = "MicroPython v"  # of the REPL: a node that runs never shows it


class Printed:
    """Take a node's log lines; remember whether it crashed or was left at the REPL."""

    def __init__(self) -> None:
        self.last: deque[str] = deque(maxlen=_KEPT_LINES)
        self._crashed = False
        self._banner_boot = 0  # the latest boot that ended at the REPL; boots count from 1

    def take(self, line: str, boot: int) -> None:
        """Take one line that was printed in this boot."""
        self.last.append(line)
        self._crashed |= line.startswith(_CRASH)
        if line.startswith(_BANNER):
            self._banner_boot = boot

    def trouble(self, boot: int) -> str | None:
        """Return what is wrong with a node that is in this boot now, None when nothing is."""
        if self._crashed:
            return "crashed"
        return "sits at the MicroPython prompt" if self._banner_boot == boot else None
