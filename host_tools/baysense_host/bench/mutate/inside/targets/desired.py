"""The topic of the desired configuration: adopted whole or refused with a reason, and always told of."""

import json
import random

from baysense import stages
from baysense.core import config as table
from baysense.core import topics
from baysense.storage.settings import Settings
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.living import SECRETS, living, told
from baysense_host.bench.mutate.inside.nonsense import mangled
from baysense_host.bench.mutate.inside.request import cuts_off, doubtful, parsed
from baysense_host.bench.mutate.inside.targets.settings import WORDS
from baysense_host.bench.mutate.inside.targets.target import Target
from baysense_host.bench.mutate.inside.valid import check_config, well_formed

_WHOLE = (
    b'{"bay": "A 17", "zone": "keep_clear", "dwell_s": 600}',
    b'{"heartbeat_s": 600, "confirm_range": false, "occupied_nt": 7000, "free_nt": 2000}',
    b'{"ip_address": "192.0.2.10/24", "ip_gateway": "192.0.2.1", "ip_dns": "192.0.2.1"}',
    b'{"wifi3_ssid": "shed", "wifi3_password": "another horse", "mqtt_tls": true, "mqtt_port": 8883}',
    b'{"uplink": "none"}',
    b"{}",
)


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._node = living(folder)

    def attempt(self) -> None:
        """See Target."""
        node = self._node
        self.tried = payload = mangled(random.choice(_WHOLE), WORDS) or b"x"
        before = dict(stages.config(node))
        node.recall.desired = 0  # the same twice is looked at once
        sent = told(node, topics.DESIRED, payload)
        expected = _adopted(before, payload)
        after = stages.config(node)
        accepted = _check_report(sent, after)
        expect(after == (expected if accepted else before), ACCEPTED, f"configuration is {after}")
        expect(accepted or expected is None or doubtful(payload), REFUSED, f"what is right was refused: {sent}")
        if after != before:
            check_config(after)
            expect(Settings(self.folder).load() == after, REFUSED, "other settings on flash")


def _adopted(before: dict[str, object], payload: bytes) -> dict[str, object] | None:
    """Return what the configuration becomes; None if this is none, or one that must be refused from afar."""
    changes = parsed(payload)
    if not isinstance(changes, dict) or cuts_off(changes):
        return None
    try:
        return table.validated(before, changes)
    except ValueError:
        return None


def _check_report(sent: "list[tuple[str, bytes, bool]]", after: dict[str, object]) -> bool:
    """Check what the node tells; return whether it says that it has adopted this."""
    expect(len(sent) == 1 and sent[0][0] == topics.REPORTED, REFUSED, f"not reported: {sent}")
    payload = sent[0][1]
    expect(well_formed(payload), ACCEPTED, f"report is not UTF-8: {payload[-200:]!r}")
    expect(not any(secret.encode() in payload for secret in SECRETS), ACCEPTED, f"tells a secret: {payload!r}")
    said = json.loads(payload)
    expect((said["error"] is None) == said["accepted"], REFUSED, f"no reason told: {said}")
    expect(said["hash"] == table.digest(after), ACCEPTED, f"another hash: {said}")
    return said["accepted"] is True
