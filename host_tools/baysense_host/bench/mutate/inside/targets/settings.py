"""The settings file: damaged, or foreign with a right checksum. What is loaded is valid and complete, always."""

import json
import random

from baysense.core import config as table
from baysense.core.faults import STORAGE_CORRUPT
from baysense.storage.settings import Settings
from baysense_host.bench.mutate.inside.damage import checked, passes, spoiled
from baysense_host.bench.mutate.inside.files import exists, read, remove, write
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.nonsense import mangled
from baysense_host.bench.mutate.inside.targets.target import Target
from baysense_host.bench.mutate.inside.valid import check_config

_CHANGES: tuple[dict[str, object], ...] = (
    {"bay": "A 17", "uplink": "mqtt", "wifi_ssid": "yard", "wifi_password": "correct horse", "mqtt_host": "broker"},
    {"zone": "keep_clear", "dwell_s": 600, "heartbeat_s": 60, "occupied_nt": 60000, "free_nt": 30000},
    {"ip_address": "192.0.2.10/24", "ip_gateway": "192.0.2.1", "ip_dns": "192.0.2.1", "mqtt_tls": True, "bay": "Ä"},
    {},
)
WORDS = tuple(json.dumps(field.name).encode() for field in table.FIELDS)  # tokens of JSON that mean something


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._path = folder + "/settings.json"
        self._samples = [self._sample(changes) for changes in _CHANGES]

    def attempt(self) -> None:
        """See Target."""
        config, sample = random.choice(self._samples)
        self.tried = mutation = _mutation(sample, random.choice(self._samples)[1])
        write(self._path, mutation)
        settings = Settings(self.folder)
        loaded = settings.load()
        check_config(loaded)
        if mutation == sample:
            expect(loaded == config and not settings.faults, REFUSED, f"whole settings: {settings.faults}")
        elif not passes(mutation):
            expect(loaded == table.defaults(), ACCEPTED, "settings with a wrong checksum were used")
            expect(settings.faults == STORAGE_CORRUPT, REFUSED, f"damage reported as {settings.faults}")
            expect(exists(self._path + ".bad"), REFUSED, "damaged settings were not set aside")
        if random.getrandbits(3) == 0:
            self._commit(settings)

    def _sample(self, changes: dict[str, object]) -> tuple[dict[str, object], bytes]:
        remove(self._path)
        config = Settings(self.folder).commit(changes)
        return config, read(self._path)

    def _commit(self, settings: Settings) -> None:
        config = settings.commit({"heartbeat_s": 61})
        again = Settings(self.folder)
        expect(again.load() == config and not again.faults, REFUSED, "settings do not work after a mutation")


def _mutation(sample: bytes, other: bytes) -> bytes | None:
    way = random.getrandbits(2)
    if way == 0:
        return spoiled(sample, other)
    if way == 1:  # schema 1 held every value
        return checked(mangled(json.dumps({"schema": 1, "values": table.defaults()}).encode(), WORDS))
    return checked(mangled(sample[4:], WORDS))
