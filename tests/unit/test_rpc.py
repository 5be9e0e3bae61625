"""JSON-RPC 2.0, line by line."""

import json

from baysense.provision import rpc as module
from baysense.provision.rpc import MAX_LINE, Rpc, RpcError, notification


def refuse(error: Exception) -> dict:
    raise error


def methods() -> dict:
    return {
        "echo": lambda params: params,
        "refused": lambda params: refuse(RpcError("the magnetometer does not answer")),
        "invalid": lambda params: refuse(ValueError("dwell_s: must be 0 to 86400 s")),
        "device": lambda params: refuse(OSError(19, "no IIS2MDC answers")),
        "bare": lambda params: refuse(MemoryError()),
        "broken": lambda params: refuse(TypeError("a mistake of ours")),
    }


def asked(line: str) -> dict:
    answer = Rpc(methods()).answer(line)
    assert answer is not None and "\n" not in answer
    result = json.loads(answer)
    assert result["jsonrpc"] == "2.0"
    return result


def code(line: str) -> int:
    return asked(line)["error"]["code"]


def called(method: str) -> dict:
    return asked(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method}))


def test_a_request_is_answered_under_its_number() -> None:
    for number in (7, "seven", None):
        request = {"jsonrpc": "2.0", "id": number, "method": "echo", "params": {"a": [1, "b", None]}}
        assert asked(json.dumps(request)) == {"jsonrpc": "2.0", "id": number, "result": {"a": [1, "b", None]}}


def test_params_may_be_left_out() -> None:
    assert called("echo")["result"] == {}


def test_log_text_is_not_answered() -> None:
    for line in ("", "   ", "boot: ok", ">>> ", "[1, 2]", "\x00\xff"):
        assert Rpc(methods()).answer(line) is None, line


def test_a_notification_is_run_and_not_answered() -> None:
    seen: list = []
    rpc = Rpc({"note": lambda params: seen.append(params) or {}})
    assert rpc.answer('{"jsonrpc": "2.0", "method": "note", "params": {"n": 1}}') is None
    assert rpc.answer('{"jsonrpc": "2.0", "method": "unknown"}') is None
    assert seen == [{"n": 1}]


def test_what_is_no_json_is_a_parse_error() -> None:
    for line in ("{", '{"id": 1', '{"id": 1} tail', "{'id': 1}", "{id: 1}"):
        answer = asked(line)
        assert answer["error"]["code"] == -32700 and answer["id"] is None, line


def test_a_line_too_long_is_refused_whatever_is_in_it() -> None:
    head, tail = '{"jsonrpc": "2.0", "id": 1, "method": "echo", "params": {"a": "', '"}}'
    fill = "x" * (MAX_LINE - len(head) - len(tail))
    assert asked(head + fill + tail)["result"] == {"a": fill}
    answer = asked(head + fill + "x" + tail)
    assert answer["error"]["code"] == -32700 and str(MAX_LINE) in answer["error"]["message"]
    assert code(head + "ä" * (len(fill) // 2 + 1) + tail) == -32700  # bytes count, not characters


def test_json_that_is_no_request() -> None:
    for line in ("{}", '{"id": 1}', '{"id": 1, "method": 5}', '{"id": 1, "method": null}'):
        assert code(line) == -32600, line


def test_an_unknown_method() -> None:
    assert called("fly")["error"] == {"code": -32601, "message": "no such method"}


def test_params_must_be_an_object() -> None:
    for params in ("[1]", "null", "5", '"text"'):
        assert code('{"id": 1, "method": "echo", "params": ' + params + "}") == -32602, params


def test_a_refusal_is_told_in_the_words_of_the_device() -> None:
    for method, words in (
        ("refused", "the magnetometer does not answer"),
        ("invalid", "dwell_s: must be 0 to 86400 s"),
        ("device", "no IIS2MDC answers"),
        ("bare", "MemoryError"),
    ):
        assert called(method)["error"] == {"code": -32000, "message": words}, method


class ShortOfMemory:
    """json, with no memory for a long text."""

    loads = json.loads

    @staticmethod
    def dumps(value: dict) -> str:
        if "result" in value:
            raise MemoryError("memory allocation failed")
        return json.dumps(value)


def test_an_answer_too_long_for_the_memory_is_told_of() -> None:
    module.json = ShortOfMemory
    try:
        assert called("echo")["error"] == {"code": -32000, "message": "memory allocation failed"}
    finally:
        module.json = json


def test_a_mistake_of_ours_is_not_hidden() -> None:
    try:
        called("broken")
    except TypeError:
        return
    raise AssertionError("swallowed")


def test_notifications_have_no_number() -> None:
    assert json.loads(notification("ready", {"state": "free"})) == {
        "jsonrpc": "2.0",
        "method": "ready",
        "params": {"state": "free"},
    }
