"""NVS and the copy of the identity: whole or not at all, and never another device's."""

import json
import random

from baysense.core.faults import IDENTITY_RESTORED, STORAGE_CORRUPT
from baysense.storage.identity import Identity
from baysense_host.bench.mutate.inside.chip import UNIQUE_ID, Nvs, factory_values
from baysense_host.bench.mutate.inside.damage import checked, noise, passes, spoiled
from baysense_host.bench.mutate.inside.files import read, write
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.nonsense import mangled
from baysense_host.bench.mutate.inside.targets.target import Target
from baysense_host.bench.mutate.inside.valid import well_formed

_SIZES = {"dev_eui": 8, "join_eui": 8, "app_key": 16, "pop": 16}
_WORDS = (b'"dev_eui"', b'"app_key"', b'"serial"', b'""', b'"zz"', b'"0"', b'"00112233445566778899"', b'"ff"')


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._path = folder + "/identity.json"
        Identity.load(Nvs(factory_values()), folder, UNIQUE_ID)
        self._whole = read(self._path)

    def attempt(self) -> None:
        """See Target."""
        copy = spoiled(self._whole) if random.getrandbits(1) else checked(mangled(self._whole[4:], _WORDS))
        values = _nvs_values()
        self.tried = (copy, values)
        write(self._path, copy)
        identity = Identity.load(Nvs(values), self.folder, UNIQUE_ID)
        _check_sound(identity)
        if values == factory_values():
            sound = not identity.provisional and identity.app_key == values["app_key"]
            expect(sound, REFUSED, "what the factory wrote was not taken")
            again = Identity.load(Nvs({}), self.folder, UNIQUE_ID)
            expect(again.app_key == identity.app_key, REFUSED, "the copy was not brought up to date")
        elif not values:
            self._check_copy(identity, copy)

    def _check_copy(self, identity: Identity, copy: bytes | None) -> None:
        if copy == self._whole:
            expect(identity.faults == IDENTITY_RESTORED, REFUSED, "a whole copy was not taken")
        elif not passes(copy):
            expect(identity.provisional, ACCEPTED, "a copy with a wrong checksum was used")
            expect(identity.faults == STORAGE_CORRUPT, REFUSED, f"damage reported as {identity.faults}")


def _nvs_values() -> dict[str, object]:
    """Return what NVS holds: nothing, all of it, or all of it with one entry mutated."""
    way = random.getrandbits(2)
    if way == 0:
        return factory_values()
    if way < 3:
        return {}
    values = factory_values()
    key = random.choice(list(values))
    if random.getrandbits(1):
        values[key] = random.choice((0, 2, -1)) if key == "id_version" else noise(random.randrange(60))
    else:
        del values[key]
    return values


def _check_sound(identity: Identity) -> None:
    for key in _SIZES:
        value = getattr(identity, key)
        missing = value == b"" and key != "dev_eui"
        expect(type(value) is bytes and (missing or len(value) == _SIZES[key]), ACCEPTED, f"{key} is {value!r}")
    if identity.provisional:
        expect(identity.dev_eui == UNIQUE_ID[:3] + b"\xff\xfe" + UNIQUE_ID[3:], ACCEPTED, "another device's EUI")
    text = json.dumps([identity.serial, identity.lot])
    expect(well_formed(text.encode()), ACCEPTED, f"not UTF-8: {text}")
