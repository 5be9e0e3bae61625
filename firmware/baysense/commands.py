"""What comes in over MQTT: calls of the console's methods, and the desired configuration.

A battery node carries it out between two connections, so that methods and network never need their memory at once.
"""

import json
from binascii import crc32

from micropython import const

from baysense import stages
from baysense.core import topics
from baysense.core.ratelimit import RateLimit
from baysense.core.text import sound

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node

    Reply = tuple[str, bytes, bool]  # leaf of the topic, payload, retained

_NO_MEMORY = '{"jsonrpc": "2.0", "id": null, "error": {"code": -32000, "message": "not enough memory"}}'
_TOO_LONG = b'{"jsonrpc": "2.0", "id": null, "error": {"code": -32000, "message": "a message was dropped: too long"}}'
_RETAINED = (
    b'{"jsonrpc": "2.0", "id": null, "error": {"code": -32000, "message":'
    b' "a retained command is ignored: take it back, and publish commands without retain"}}'
)
_TOO_MANY = (
    b'{"jsonrpc": "2.0", "id": null, "error": {"code": -32000, "message": "too many commands, wait a minute"}}'
)

_BUSY = (topics.DOWNLINK, b"\x04\xff", False)  # core.downlink: not possible now, no setting meant


def carry_out(node: "Node", messages: list[tuple[str, bytes]]) -> "list[Reply]":
    """Carry out messages, oldest first; return what to answer. After one that ends this life no other counts."""
    replies: list[Reply] = []
    if node.limit is None:
        node.limit = RateLimit()
        node.limit.busy_until_ms = node.recall.commands_until_s * 1000
    for leaf, payload in messages:
        if _is_old(node, leaf, payload, replies):
            continue
        if leaf and not node.limit.take(node.clock_ms()):
            replies.append(_BUSY if leaf == topics.DOWNLINK else (topics.REPLY, _TOO_MANY, False))
            break  # the answer to a flood must not be another
        _TAKERS[leaf](node, payload, replies)
        node.feed()
        stages.tidy(node)
        if node.ending:
            break
    node.recall.commands_until_s = node.limit.busy_until_ms // 1000 & 0xFFFFFFFF
    node.recall.save(node.board)  # a command may end this boot
    return replies


def _is_old(node: "Node", leaf: str, payload: bytes, replies: "list[Reply]") -> bool:
    """Tell whether a message comes with every connection and needs nothing done; say so once of a command."""
    checksum = crc32(payload)
    if leaf == topics.DESIRED:
        return not payload or checksum == node.recall.desired
    if leaf != topics.COMMAND or not isinstance(payload, bytearray):  # see net.mqtt
        return False
    if checksum != node.recall.spurned:
        node.recall.spurned = checksum
        replies.append((topics.REPLY, _RETAINED, False))
    return True


def _call(node: "Node", payload: bytes, replies: "list[Reply]") -> None:
    try:
        from baysense import methods
        from baysense.provision.rpc import Rpc

        answer = Rpc(methods.table(node, True)).answer(payload.decode())
    except UnicodeError:
        return
    except MemoryError:
        answer = _NO_MEMORY
    if answer is not None:
        replies.append((topics.REPLY, answer.encode(), False))


def _desire(node: "Node", payload: bytes, replies: "list[Reply]") -> None:
    """Adopt a desired configuration, and tell what became of it; a refused one is not tried again."""
    from baysense import announcing, configuring

    refusal = None
    try:
        changes = json.loads(payload)
        if not isinstance(changes, dict):
            raise ValueError("desired configuration is not a JSON object")
        configuring.config(node, changes, True)
    except (ValueError, OSError, MemoryError) as error:
        refusal = str(error) or error.__class__.__name__
        refusal = refusal if sound(refusal) else "a name is not UTF-8"
    node.recall.desired = crc32(payload)
    replies.append((topics.REPORTED, announcing.reported(node, refusal), True))


def _carry_out_downlink(node: "Node", payload: bytes, replies: "list[Reply]") -> None:
    """Carry out a command of FPort 10; the answer is its reason and number."""
    from baysense import methods
    from baysense.core import downlink

    try:
        table = methods.table(node, True)
        for method, params in downlink.command(payload):
            table[method](params)
        refusal = None
    except (ValueError, OSError, MemoryError) as error:
        refusal = error
    replies.append((topics.DOWNLINK, bytes(downlink.reason(refusal)), False))


def _complain(node: "Node", payload: bytes, replies: "list[Reply]") -> None:
    replies.append((topics.REPLY, _TOO_LONG, False))


_TAKERS = {topics.COMMAND: _call, topics.DESIRED: _desire, topics.DOWNLINK: _carry_out_downlink, "": _complain}
