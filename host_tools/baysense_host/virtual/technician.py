"""Set a virtual node up as a technician does: over its serial console, once it says that it is ready."""

import json
from collections.abc import Callable
from typing import Any

from baysense_host.errors import ToolError
from baysense_host.virtual.board import VirtualBoard
from baysense_host.virtual.lines import Lines
from baysense_host.virtual.printed import Printed

_TYPING_US = 50_000  # also keeps the node from seeing the answer sooner or later as the host's threads have it

Notice = Callable[[str, dict[str, Any]], None]


class Technician:
    """Watch one board's console, answer its first `ready` with the settings (if any), pass notifications on."""

    def __init__(self, settings: dict[str, Any], on_notice: Notice, on_log: Callable[[str], None]) -> None:
        self.board: VirtualBoard | None = None
        self.refusal: str | None = None
        self.printed = Printed()
        self._settings = settings
        self._on_notice = on_notice
        self._on_log = on_log
        self._done = False
        self._lines = Lines(self._take)

    def tap(self, data: bytes) -> None:
        """Take what the node printed."""
        self._lines.feed(data)

    def check(self) -> None:
        """Raise when the node refused its settings."""
        if self.refusal is not None:
            raise ToolError(f"The node refused its settings: {self.refusal}.")

    @property
    def trouble(self) -> str | None:
        """What is wrong with the node by what it printed, None when nothing is."""
        return self.printed.trouble(self._boot)

    @property
    def _boot(self) -> int:
        return sum(self.board.wakes.values()) if self.board is not None else 0

    def _take(self, line: str) -> None:
        message = _json_rpc(line)
        if message is None:
            self.printed.take(line, self._boot)
            self._on_log(line)
        elif "method" in message:
            self._notice(message["method"], message.get("params", {}))
        elif "error" in message:
            self.refusal = message["error"]["message"]

    def _notice(self, method: str, params: dict[str, Any]) -> None:
        self._on_notice(method, params)
        if method == "ready" and self._settings and not self._done and self.board is not None:
            self._done = True
            request = {"jsonrpc": "2.0", "id": 1, "method": "config", "params": self._settings}
            line = json.dumps(request).encode() + b"\n"
            terminal = self.board.terminal
            self.board.clock.after(_TYPING_US, lambda: terminal.write_to_node(line))


def _json_rpc(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) and message.get("jsonrpc") == "2.0" else None
