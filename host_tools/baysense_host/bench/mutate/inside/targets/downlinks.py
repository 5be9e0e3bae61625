"""Commands of FPort 10: carried out as a whole or refused as a whole, and always answered with two bytes."""

import random

from baysense import stages
from baysense.core import config as table
from baysense.core import downlink, topics
from baysense.storage.settings import Settings
from baysense_host.bench.mutate.inside.damage import damaged
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.living import living, obeyed
from baysense_host.bench.mutate.inside.targets.target import Target
from baysense_host.bench.mutate.inside.valid import check_config

_FIRST_COMMAND = 128
_WHOLE = (
    b"\x00\x04A 17", b"\x01\x01\x02\x00\x02\x58", b"\x03\x00\x0e\x10\x07\x00", b"\x05\x1b\x58\x06\x07\xd0",
    b"\x00\x00\x09\x01\x80", b"\x81", b"\x04\x03\xe8\x08\x00\x1e\x81", b"\x00\x06B \xc3\xa4 1",
)  # fmt: skip


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._node = living(folder)

    def attempt(self) -> None:
        """See Target."""
        node = self._node
        whole = random.choice(_WHOLE)
        self.tried = payload = damaged(whole, random.choice(_WHOLE)) if random.getrandbits(3) else whole
        before = dict(stages.config(node))
        sent = obeyed(node, [(topics.DOWNLINK, payload)])
        expect(len(sent) == 1 and sent[0][0] == topics.DOWNLINK, REFUSED, f"not one answer: {sent}")
        reason, number = sent[0][1]
        asked = _asked(payload)
        expected = _changed(before, asked[0]) if asked else None
        done = reason == downlink.DONE
        expect(done == (expected is not None), ACCEPTED if done else REFUSED, f"answered {reason}, {number}")
        expect(reason < len(downlink.REASONS), REFUSED, f"answered {reason}")
        after, ending = stages.config(node), node.ending
        node.ending = ""
        expect(after == (expected or before), ACCEPTED, f"configuration is {after}")
        wanted = "restart" if done and asked and "reboot" in asked[1] else ""
        expect(ending == wanted, ACCEPTED, f"about to {ending or 'go on'}")
        if after != before:
            check_config(after)
            expect(Settings(self.folder).load() == after, REFUSED, "other settings on flash")


def _asked(payload: bytes) -> "tuple[dict[str, bytes], list[str]] | None":
    """Return the settings, as they stand in a payload, and the commands; None if it is not made of these."""
    settings: dict[str, bytes] = {}
    commands = []
    rest = payload
    while rest:
        number, rest = rest[0], rest[1:]
        if number >= _FIRST_COMMAND:
            if number - _FIRST_COMMAND >= len(downlink.COMMANDS):
                return None
            commands.append(downlink.COMMANDS[number - _FIRST_COMMAND])
            continue
        if number >= len(downlink.SETTINGS):
            return None
        name, size = downlink.SETTINGS[number]
        if size == 0:
            if not rest:
                return None
            size, rest = rest[0], rest[1:]
        if len(rest) < size or name in settings:
            return None
        settings[name], rest = rest[:size], rest[size:]
    return (settings, commands) if payload else None


def _changed(before: dict[str, object], settings: dict[str, bytes]) -> dict[str, object] | None:
    """Return what settings make of the configuration, None if they must be refused."""
    changes: dict[str, object] = {}
    for field in table.FIELDS:
        if field.name not in settings:
            continue
        raw = settings[field.name]
        number = int.from_bytes(raw, "big")
        if isinstance(field.low, tuple):
            if number >= len(field.low):
                return None
            changes[field.name] = field.low[number]
        elif field.type is str:
            try:
                changes[field.name] = raw.decode()
            except UnicodeError:
                return None
        elif field.type is bool:
            if number > 1:
                return None
            changes[field.name] = number == 1
        else:
            changes[field.name] = number
    try:
        return table.validated(before, changes)
    except ValueError:
        return None
