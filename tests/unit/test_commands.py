"""What becomes of commands when the flash refuses; the rest runs in tests/host/test_uplink_commands.py."""

import json
import os

from baysense import commands
from baysense.core import topics
from baysense.node import Node
from scratch import fresh_folder

DESIRED = (topics.DESIRED, b'{"bay": "B 17"}')


class Board:
    """What a node asks of its board before it measures."""

    POWER = "battery"

    def wake_cause(self) -> str:
        return "timer"

    def retained(self) -> bytes:
        return b""

    def retain(self, data: bytes) -> None:
        pass


class Idle(Node):
    """A node that does not begin."""

    def begin_measuring(self) -> None:
        pass

    def feed(self) -> None:
        pass

    def clock_ms(self) -> int:
        return 0


def test_a_flash_that_refuses_is_told_of_once() -> None:
    root = fresh_folder("commands")
    os.mkdir(root + "/settings.json.new")  # where the new settings are written first
    node = Idle(Board(), root)
    replies = commands.carry_out(node, [DESIRED])
    leaf, payload, retained = replies[0]
    told = json.loads(payload)
    assert len(replies) == 1 and leaf == topics.REPORTED and retained
    assert not told["accepted"] and "Errno" in told["error"]
    assert told["config"]["bay"] == ""
    assert commands.carry_out(node, [DESIRED]) == []
