"""Messages on topics that the node never asked for: nothing comes of them."""

import random

from baysense import stages
from baysense.core import topics
from baysense_host.bench.mutate.inside.damage import damaged
from baysense_host.bench.mutate.inside.finding import ACCEPTED, expect
from baysense_host.bench.mutate.inside.living import living, told
from baysense_host.bench.mutate.inside.targets.target import Target

_PAYLOADS = (b'{"bay": "A 17"}', b'{"id": 1, "method": "config", "params": {"bay": "A 17"}}', b"", b"x")


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._node = living(folder)

    def attempt(self) -> None:
        """See Target."""
        leaf = _leaf()
        self.tried = leaf.encode()
        before = dict(stages.config(self._node))
        sent = told(self._node, leaf, random.choice(_PAYLOADS))
        expect(not sent and stages.config(self._node) == before, ACCEPTED, f"topic {leaf!r}: {sent}")


def _leaf() -> str:
    """Return anything but a leaf that the node has subscribed to."""
    while True:
        try:
            leaf = damaged(random.choice((b"cmd", b"config", b"reply", b"/cmd", b"x/config", b""))).decode()
        except UnicodeError:
            continue
        if leaf not in (topics.COMMAND, topics.DESIRED):
            return leaf
