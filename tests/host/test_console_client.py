"""The JSON-RPC client on a real PTY with a scripted node behind it."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from baysense_host.console import Console, RpcError
from baysense_host.errors import ToolError
from baysense_host.jsonrpc import Lines, Log, Notification, Reply, decode, encode
from baysense_host.ports import PortAway
from baysense_host.typed import from_words, request
from scripted_node import ScriptedNode, refusal, reply

LOG = b"wifi: no network\r\n"


def answer(asked: dict[str, Any]) -> bytes:
    """Play a node: log text before every answer, an old answer to confuse, silence on demand."""
    method = asked["method"]
    if method == "silent":
        return LOG
    if method == "prompt":
        return b">>> \r\n"
    if method == "refused":
        return refusal(asked, "bay: must have 0 to 32 bytes")
    if method == "reboot":
        return b'{"jsonrpc": "2.0", "method": "ready", "params": {"state": "unknown"}}\r\n'
    stale = reply({"id": asked["id"] - 1}, "stale")
    return LOG + stale + reply(asked, {"asked": method, "params": asked.get("params")})


@pytest.fixture
def node(tmp_path: Path) -> Iterator[ScriptedNode]:
    made = ScriptedNode(tmp_path / "port", answer)
    yield made
    made.unplug()


@pytest.fixture
def heard() -> list[Log | Notification]:
    return []


@pytest.fixture
def console(node: ScriptedNode, heard: list[Any]) -> Iterator[Console]:
    with Console(str(node.path), heard.append) as made:
        yield made


def until(condition: Any, limit_s: float = 5.0) -> bool:
    end_s = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end_s:
        time.sleep(0.02)
    return bool(condition())


def test_answer_belongs_to_its_own_request(console: Console, node: ScriptedNode) -> None:
    assert console.call("info") == {"asked": "info", "params": None}
    assert console.call("config", {"bay": "Ü-17"}) == {"asked": "config", "params": {"bay": "Ü-17"}}
    assert [asked["id"] for asked in node.requests] == [1, 2]


def test_other_lines_are_heard_as_log(console: Console, heard: list[Any]) -> None:
    console.call("info")
    assert heard == [Log("wifi: no network")]


def test_notifications_are_heard(console: Console, node: ScriptedNode, heard: list[Any]) -> None:
    node.say(b'{"jsonrpc": "2.0", "method": "change", "params": {"state": "free"}}\r\n')
    assert until(lambda: heard)
    assert heard == [Notification("change", {"state": "free"})]


def test_refusal_carries_the_nodes_words(console: Console) -> None:
    with pytest.raises(RpcError, match="refused refused: bay: must have 0 to 32 bytes") as caught:
        console.call("refused")
    assert caught.value.code == -32000


def test_silence_ends_in_a_clear_error(console: Console) -> None:
    with pytest.raises(ToolError, match=r"No answer to silent within 0\.3 s") as caught:
        console.call("silent", timeout_s=0.3)
    assert "button" in caught.value.hint


def test_board_at_the_prompt_is_named(console: Console, node: ScriptedNode) -> None:
    with pytest.raises(ToolError) as caught:
        console.call("prompt", timeout_s=0.3)
    assert "mpremote reset" in caught.value.hint


def test_reboot_is_done_when_the_node_is_ready_again(console: Console) -> None:
    assert console.call("reboot", timeout_s=2.0) is None


def test_restart_ends_the_wait_for_other_answers(console: Console, node: ScriptedNode) -> None:
    threading.Timer(0.2, node.say, [answer({"method": "reboot", "id": 0})]).start()
    begun_s = time.monotonic()
    with pytest.raises(ToolError, match="restarted or fell asleep"):
        console.call("silent", timeout_s=5.0)
    assert time.monotonic() - begun_s < 2.0


def test_port_that_vanishes_is_found_again(console: Console, node: ScriptedNode) -> None:
    assert console.call("info")
    node.unplug()
    threading.Timer(0.6, node.plug).start()
    assert until(lambda: not console.there)
    assert console.call("info") == {"asked": "info", "params": None}


def test_request_cut_off_by_a_vanishing_port_is_not_repeated(console: Console, node: ScriptedNode) -> None:
    threading.Timer(0.3, node.unplug).start()
    with pytest.raises(ToolError, match="before it answered silent"):
        console.call("silent", timeout_s=5.0)
    node.plug()
    assert console.call("info")
    assert [asked["method"] for asked in node.requests] == ["silent", "info"]


def test_half_a_line_before_the_port_vanished_spoils_nothing(
    console: Console, node: ScriptedNode, heard: list[Any]
) -> None:
    node.say(b"going to sl")
    node.unplug()
    assert until(lambda: not console.there)
    node.plug()
    assert console.call("info")
    assert heard == [Log("wifi: no network")]


def test_waits_for_a_port_that_is_away(tmp_path: Path, heard: list[Any]) -> None:
    path = tmp_path / "later"
    threading.Timer(0.5, ScriptedNode, [path, answer]).start()
    with Console(str(path), heard.append, wait_s=5.0) as console:
        assert console.call("info")


def test_port_that_never_comes_is_an_error(tmp_path: Path, heard: list[Any]) -> None:
    with pytest.raises(PortAway, match="There is no port"):
        Console(str(tmp_path / "never"), heard.append, wait_s=0.3)


def test_second_program_is_refused_at_once(console: Console, node: ScriptedNode, heard: list[Any]) -> None:
    begun_s = time.monotonic()
    with pytest.raises(ToolError, match="in use by another program"):
        Console(str(node.path), heard.append, wait_s=5.0)
    assert time.monotonic() - begun_s < 2.0


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        (b"", None),
        (b"hello", Log("hello")),
        (b"{not json", Log("{not json")),
        (b'{"temperature": 3}', Log('{"temperature": 3}')),
        (b'{"jsonrpc":"2.0","id":4,"method":"info"}', None),
        (b'{"jsonrpc":"2.0","id":4,"result":[1]}', Reply(4, [1])),
        (
            b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}',
            Log('{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}'),
        ),
        (b"\xff\xfe", Log("\ufffd\ufffd")),
    ],
)
def test_lines_are_understood(line: bytes, meaning: object) -> None:
    assert decode(line) == meaning


def test_lines_are_cut_wherever_the_bytes_are() -> None:
    stream, lines = encode(1, "info", {}) + b"log\r\n", Lines()
    cut = [line for byte in stream for line in lines.feed(bytes([byte])) if line]
    assert cut == [stream.split(b"\n")[0], b"log"]


def test_endless_line_is_let_go() -> None:
    assert Lines().feed(b"x" * 70_000) == [b"x" * 70_000]


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("info", ("info", {})),
        ("sensor read", ("sensor.read", {})),
        ("sensor.read", ("sensor.read", {})),
        ("config", ("config", {})),
        (
            "config set bay=17 heartbeat_s=600 confirm_range=no",
            ("config", {"bay": "17", "heartbeat_s": 600, "confirm_range": False}),
        ),
        (
            "config set bay='left of 3' wifi_password=12345678",
            ("config", {"bay": "left of 3", "wifi_password": "12345678"}),
        ),
        ("probe depth=3 name=x flag=true", ("probe", {"depth": 3, "name": "x", "flag": True})),
        ('{"method": "log", "params": {"n": 1}}', ("log", {"n": 1})),
    ],
)
def test_typed_requests(line: str, meaning: object) -> None:
    assert request(line) == meaning


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("config set baay=7", "no setting baay", "Did you mean bay?"),
        ("config set heartbeat_s=soon", "whole number in s, not soon", ""),
        ("config set confirm_range=maybe", "true or false", ""),
        ("config set", "changes them", ""),
        ("config bay=7", "changes them", ""),
        ("bay=7", "is a method", "info"),
        ('{"params": 3}', "needs a method", "info"),
        ("say 'hello", "Cannot read", ""),
    ],
)
def test_mistyped_requests_are_explained(line: str, said: str, hint: str) -> None:
    with pytest.raises(ToolError, match=said) as caught:
        request(line)
    assert hint in caught.value.hint


def test_words_of_a_shell_keep_their_spaces() -> None:
    assert from_words(["config", "set", "bay=left of 3"]) == ("config", {"bay": "left of 3"})
