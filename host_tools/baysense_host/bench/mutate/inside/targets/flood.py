"""More messages than anybody needs, as they pile up at a broker while a node sleeps: most are refused, none hurts."""

import random

from baysense import commands, stages
from baysense.core import topics
from baysense_host.bench.mutate.inside.damage import damaged
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.living import Link, living
from baysense_host.bench.mutate.inside.targets.target import Target

_CALL = b'{"id": 1, "method": "config", "params": {"bay": "A 17"}}'
_MOST_REPLIES = 12  # the burst that core.ratelimit allows, and two complaints
_MOST_WAITING = 1000  # mosquitto.conf: max_queued_messages


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._node = living(folder)

    def attempt(self) -> None:
        """See Target."""
        payload = damaged(_CALL) + b" " * random.choice((0, 100, 1024 - 200))
        count = random.choice((20, 100, _MOST_WAITING))
        self.tried = (count, payload)
        link = Link(random.choice((topics.COMMAND, topics.DESIRED)), payload, count)
        self._node.limit, self._node.recall.commands_until_s = None, 0
        replies = commands.carry_out(self._node, link.heard())
        expect(len(replies) <= _MOST_REPLIES, ACCEPTED, f"{len(replies)} replies to {count} messages")
        self._node.ending = ""
        expect(bool(stages.config(self._node)), REFUSED, "no configuration any more")
