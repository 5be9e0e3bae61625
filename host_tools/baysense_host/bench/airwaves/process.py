"""A node's process and the line to it."""

import os
import select
import subprocess
from pathlib import Path

from baysense_host.bench.airwaves.app import App
from baysense_host.errors import ToolError

_SILENT_S = 60.0  # a wake takes some milliseconds
_PIECE_BYTES = 65_536


class Process:
    """MicroPython with a node in it."""

    def __init__(self, app: App, folder: Path, dev_eui: str, app_key: bytes, seed: int) -> None:
        self._process = subprocess.Popen(
            app.command(str(folder), dev_eui, app_key.hex(), str(seed)),
            env=app.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._name = folder.name
        self._lines: list[str] = []
        self._rest = b""

    def tell(self, *words: object) -> None:
        """Send a line."""
        os.write(self._in, (" ".join(map(str, words)) + "\n").encode())

    def hear(self) -> list[str]:
        """Return the words of its next line; wait for it."""
        while not self._lines:
            if not select.select([self._out], [], [], _SILENT_S)[0]:
                raise ToolError(f"{self._name} says nothing for {_SILENT_S:.0f} s.")
            piece = os.read(self._out, _PIECE_BYTES)
            if not piece:
                raise ToolError(f"The process of {self._name} ended: {self._rest.decode(errors='replace')}")
            *whole, self._rest = (self._rest + piece).split(b"\n")
            self._lines = [line.decode() for line in reversed(whole)]
        return self._lines.pop().split()

    def end(self) -> None:
        """End it at once, whatever it does."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
