"""The identity's copy: written when the factory has written NVS, there when NVS comes up empty."""

import random
import struct

from baysense.core.faults import STORAGE_CORRUPT
from baysense.storage.identity import Identity
from baysense_host.bench.cuts.inside.app import DATA
from baysense_host.bench.cuts.inside.finding import LOST, expect
from baysense_host.bench.cuts.inside.memory import Memory
from baysense_host.bench.cuts.inside.nvs import Nvs
from baysense_host.bench.cuts.inside.parts.part import Part
from baysense_host.bench.cuts.inside.secrets import secret

_MAC = b"\x24\x0a\xc4\x00\x00\x01"


class IdentityPart(Part):
    """Loads with a full NVS, with another factory's and with an empty one."""

    name = "identity"

    def __init__(self) -> None:
        self.nvs = Nvs()
        self._copy = Memory(self.name, None)  # app_key and dev_eui of the copy

    def boot(self) -> None:
        """See Part."""
        self.nvs.restart()
        self._load()

    def act(self) -> None:
        """See Part."""
        if random.getrandbits(1) and self.nvs.committed:
            self.nvs.committed = {}
        else:
            self.nvs.committed = _factory()
        self.boot()

    def acknowledge(self) -> None:
        """See Part."""
        self._copy.acknowledged()

    def wiped(self, identity_too: bool) -> None:
        """See Part."""
        if identity_too and self._copy.value:
            self._copy.becomes((b"", self._copy.value[1]))

    def _load(self) -> None:
        values = self.nvs.committed
        complete = "app_key" in values
        if complete:
            self._copy.intend((values["app_key"], values["dev_eui"]))
        identity = Identity.load(self.nvs, DATA, _MAC)
        expect(not identity.faults & STORAGE_CORRUPT, LOST, "identity: reported as damaged")
        found = None if identity.provisional else (identity.app_key, identity.dev_eui)
        if complete:
            expect(found == self._copy.value, LOST, f"identity: {found}, but NVS has {self._copy.value}")
        else:
            self._copy.found(found)


def _factory() -> dict[str, bytes]:
    """Return what the factory writes."""
    return {
        "id_version": struct.pack("<i", 1),
        "dev_eui": struct.pack("<II", random.getrandbits(31), random.getrandbits(31)),
        "join_eui": bytes(8),
        "app_key": secret(16).encode(),
        "pop": secret(16).encode(),
        "serial": b"BS-000123",
        "lot": b"2026-11",
    }
