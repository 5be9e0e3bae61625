"""Settings: old or new, all of them at once."""

import random

from baysense.core.config import defaults
from baysense.core.faults import STORAGE_CORRUPT
from baysense.storage.settings import Settings
from baysense_host.bench.cuts.inside.app import DATA
from baysense_host.bench.cuts.inside.finding import LOST, expect
from baysense_host.bench.cuts.inside.memory import Memory
from baysense_host.bench.cuts.inside.parts.part import Part
from baysense_host.bench.cuts.inside.secrets import secret


class SettingsPart(Part):
    """Commits of one to four values, and a reset now and then."""

    name = "settings"

    def __init__(self) -> None:
        self._memory = Memory(self.name, {})  # what differs from the defaults

    def boot(self) -> None:
        """See Part."""
        self._settings = Settings(DATA)
        config, usual = self._settings.load(), defaults()
        self._memory.found({name: config[name] for name in config if config[name] != usual[name]})
        expect(not self._settings.faults & STORAGE_CORRUPT, LOST, "settings: reported as damaged")

    def act(self) -> None:
        """See Part."""
        if random.randrange(12) == 0:
            self._memory.intend({})
            self._settings.reset()
            return
        changes = _changes()
        intended = dict(self._memory.value)
        intended.update(changes)
        self._memory.intend(intended)
        self._settings.commit(changes)

    def acknowledge(self) -> None:
        """See Part."""
        self._memory.acknowledged()

    def wiped(self, identity_too: bool) -> None:
        """See Part."""
        self._memory.becomes({})


def _changes() -> dict[str, object]:
    """Return one to four settings, none at its default."""
    changes: dict[str, object] = {"bay": f"bay {random.getrandbits(20)}"}
    if random.getrandbits(1):
        changes["heartbeat_s"] = random.randrange(60, 3600)
    if random.getrandbits(1):
        changes["wifi_password"] = secret(random.randrange(16, 60))
    if random.getrandbits(1):
        changes["mqtt_password"] = secret(random.randrange(16, 120))
    return changes
