"""Set a virtual node up as a technician does: over its serial console, once it says that it is ready."""

import base64
import json
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from baysense_host.errors import ToolError
from baysense_host.virtual.board import VirtualBoard
from baysense_host.virtual.lines import Lines
from baysense_host.virtual.printed import Printed

_TYPING_US = 50_000  # also keeps the node from seeing the answer sooner or later as the host's threads have it
_PIECE_BYTES = 600  # of a credential: 800 characters of base64, of the 1024 that a console line may have

Notice = Callable[[str, dict[str, Any]], None]


class _Request(NamedTuple):
    """One line to type, and who wants the result."""

    method: str
    params: dict[str, Any]
    answered: Callable[[dict[str, Any]], None]


class Technician:
    """Watch one board's console, answer its first `ready`, pass notifications on.

    The answer: `credentials` (DER by name), if there are any, then the settings, each line once the one before is
    answered. A node that restarts meanwhile gets it all again.
    """

    def __init__(self, settings: dict[str, Any], on_notice: Notice, on_log: Callable[[str], None]) -> None:
        self.board: VirtualBoard | None = None
        self.refusal: str | None = None
        self.printed = Printed()
        self.credentials: dict[str, bytes] = {}
        self._settings = settings
        self._on_notice = on_notice
        self._on_log = on_log
        self._done = False
        self._requests: deque[_Request] = deque()
        self._number = 0  # of the line that waits for its answer
        self._lines = Lines(self._take)

    def tap(self, data: bytes) -> None:
        """Take what the node printed."""
        self._lines.feed(data)

    def ask(self, method: str, params: dict[str, Any], answered: Callable[[dict[str, Any]], None]) -> None:
        """Call a method of the node, after what is under way; it must be awake."""
        self._requests.append(_Request(method, params, answered))
        if len(self._requests) == 1:
            self._type()

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
        elif self._requests and message.get("id") == self._number:
            self._requests.popleft().answered(message["result"])
            self._type()

    def _notice(self, method: str, params: dict[str, Any]) -> None:
        self._on_notice(method, params)
        if method == "ready" and self._settings and not self._done:
            setting = _Request("config", self._settings, self._finish)
            self._requests = deque([*_pieces(self.credentials), setting])
            self._type()

    def _finish(self, stored: dict[str, Any]) -> None:
        self._done = True

    def _type(self) -> None:
        """Type the next request, if there is one."""
        if self._requests and self.board is not None:
            self._number += 1
            method, params, _ = self._requests[0]
            request = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
            line = json.dumps(request).encode() + b"\n"
            terminal = self.board.terminal
            self.board.clock.after(_TYPING_US, lambda: terminal.write_to_node(line))


def _pieces(credentials: dict[str, bytes]) -> Iterator[_Request]:
    for name, content in credentials.items():
        whole = {"name": name, "size": len(content), "crc32": zlib.crc32(content)}
        for offset in range(0, len(content), _PIECE_BYTES):
            data = base64.b64encode(content[offset : offset + _PIECE_BYTES]).decode()
            yield _Request("credential", {**whole, "offset": offset, "data": data}, lambda stored: None)


def _json_rpc(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) and message.get("jsonrpc") == "2.0" else None
