"""JSON-RPC 2.0, one object a line. Pure: takes a line, returns the line to answer with."""

import json

from baysense.core.text import sound

MAX_LINE = 1024  # bytes

_PARSE = (-32700, "not a JSON object")
_TOO_LONG = (-32700, f"line longer than {MAX_LINE} bytes, send less at a time")
_INVALID = (-32600, "not a JSON-RPC request")
_NO_METHOD = (-32601, "no such method")
_BAD_PARAMS = (-32602, "params must be an object")
_IDS = (int, str, type(None))  # JSON-RPC 2.0, section 4
_DEVICE = -32000  # what the device could not do, in its own words


class RpcError(Exception):
    """A method refuses; the text says why."""


class Rpc:
    """Answer requests from a table of methods: name -> function(params: dict)."""

    def __init__(self, methods: dict) -> None:
        self.methods = methods

    def answer(self, line: str) -> str | None:
        """Return the answer to one line; None for log text and notifications."""
        if not line.lstrip().startswith("{"):
            return None
        if len(line.encode()) > MAX_LINE:
            return _failure(None, *_TOO_LONG)
        try:
            request = json.loads(line)
        except (ValueError, MemoryError):
            return _failure(None, *_PARSE)
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            return _failure(None, *_INVALID)
        number = request.get("id")
        if type(number) not in _IDS or not sound(str(number)):
            return _failure(None, *_INVALID)
        answer = self._run(request)
        return answer if "id" in request else None

    def _run(self, request: dict) -> str:
        number = request.get("id")
        params = request.get("params", {})
        method = self.methods.get(request["method"])
        if method is None:
            return _failure(number, *_NO_METHOD)
        if not isinstance(params, dict):
            return _failure(number, *_BAD_PARAMS)
        try:
            return json.dumps({"jsonrpc": "2.0", "id": number, "result": method(params)})
        except (RpcError, ValueError, OSError, MemoryError) as error:
            return _failure(number, _DEVICE, _text(error))


def notification(method: str, params: dict) -> str:
    """Return a notification line."""
    return json.dumps({"jsonrpc": "2.0", "method": method, "params": params})


def _failure(number: object, code: int, text: str) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": text}})


def _text(error: Exception) -> str:
    """Return the words of an error; OSError(number, words) has them last."""
    text = str(error.args[-1]) if len(error.args) > 1 else str(error) or error.__class__.__name__
    return text if sound(text) else "a name is not UTF-8"
