"""JSON-RPC 2.0 as the node speaks it: one object a line, any other line is log text. Pure."""

import json
from dataclasses import dataclass, field
from typing import Any

_MOST_BYTES = 65_536  # of one line; beyond it is noise, passed on as it is


@dataclass(frozen=True)
class Log:
    """A line that is no JSON-RPC."""

    text: str


@dataclass(frozen=True)
class Reply:
    """The answer to the request with this id."""

    id: int
    result: Any = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True)
class Notification:
    """What the node says on its own account."""

    method: str
    params: Any = field(default_factory=dict)


Message = Log | Reply | Notification


def encode(id_: int, method: str, params: dict[str, Any]) -> bytes:
    """Return one request as a line."""
    request: dict[str, Any] = {"jsonrpc": "2.0", "id": id_, "method": method}
    if params:
        request["params"] = params
    return json.dumps(request, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def decode(line: bytes) -> Message | None:
    """Return what a line means; None for an empty one and for the echo of a request."""
    text = line.decode("utf-8", "replace").strip()
    if not text:
        return None
    content = _object(text)
    if content is None or content.get("jsonrpc") != "2.0":
        return Log(text)
    if "method" in content:
        return None if "id" in content else Notification(str(content["method"]), content.get("params", {}))
    if isinstance(content.get("id"), int):
        return Reply(content["id"], content.get("result"), content.get("error"))
    return Log(text)


def _object(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


class Lines:
    """Cut a stream of bytes into lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Add what came in and return the lines it completes."""
        *lines, self._rest = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        if len(self._rest) > _MOST_BYTES:
            lines, self._rest = [*lines, self._rest], b""
        return lines

    def clear(self) -> None:
        """Forget half a line: the other half will not come."""
        self._rest = b""
