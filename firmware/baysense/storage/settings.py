"""Settings on flash.

Guarantee: commit is all or nothing. It validates every change before the first byte is written; after
a power cut at any flash operation the settings are the old ones or the new ones; so with reset. Damaged or
foreign settings are set aside and the defaults used, which is reported as storage_corrupt. A stored value that
this firmware does not accept falls back to its default, and of a newer schema what fits is used: both
are reported as config_invalid. Older schemas are migrated when read; only a commit writes, so that an
app that is still on trial leaves the settings of the one before alone.

Wear: one block erase a commit, none for a reset.

File settings.json, checked as in `files`: {"schema": number, "values": {name: value}}. Schema 1 held every value;
schema 2 those that differ from the default, so that a better default of a later firmware arrives.
"""

import json

from baysense.core import config as table
from baysense.core.faults import CONFIG_INVALID, STORAGE_CORRUPT
from baysense.storage import files

_SCHEMA = 2


class Settings:
    """The configuration of this device; `config` is the present one after load()."""

    config: dict
    faults: int

    def __init__(self, root: str) -> None:
        self._path = root + "/settings.json"
        self.faults = 0
        self.config = table.defaults()

    def load(self) -> dict:
        """Read the settings, complete and valid; note in `faults` what had to be replaced."""
        self.config = table.defaults()
        stored, damaged = files.read_json(self._path)
        if stored is not None and not (isinstance(stored.get("values"), dict) and _is_schema(stored.get("schema"))):
            files.set_aside(self._path)
            stored, damaged = None, True
        if damaged:
            self.faults |= STORAGE_CORRUPT
        if stored is not None:
            self.config = self._accepted(stored["schema"], stored["values"])
        return self.config

    def commit(self, changes: dict) -> dict:
        """Store all changes at once; raise ConfigError and change nothing if any is wrong."""
        config = table.validated(self.config, changes)
        body = json.dumps({"schema": _SCHEMA, "values": _set_values(config)})
        files.replace_checked(self._path, body.encode())
        self.config = config
        return config

    def reset(self) -> None:
        """Go back to the defaults, all at once; what is removed can still be read in the flash, see `wipe`."""
        files.discard(self._path)
        self.config = table.defaults()

    def _accepted(self, schema: int, values: dict) -> dict:
        """Return the stored values in today's schema; where they do not fit the table, what fits."""
        if schema < _SCHEMA:
            from baysense.storage.migrations import STEPS

            for step in STEPS[schema - 1 :]:
                values = step(values)
        try:
            if schema <= _SCHEMA:
                return table.validated(table.defaults(), values)
        except ValueError:
            pass  # see which ones; ValueError: text may be foreign, too
        self.faults |= CONFIG_INVALID
        return _fitting({field.name: values[field.name] for field in table.FIELDS if field.name in values})


def _fitting(values: dict) -> dict:
    """Return the defaults with those of these values that are valid, by themselves and together."""
    result = table.defaults()
    try:
        return table.validated(result, values)
    except ValueError:
        pass  # not all of them
    left = list(values)
    before = len(left) + 1
    while len(left) < before:  # one may need another that comes behind it
        before = len(left)
        refused = []
        for name in left:
            try:
                result = table.validated(result, {name: values[name]})
            except ValueError:
                refused.append(name)
        left = refused
    return result


def _is_schema(schema: object) -> bool:
    return isinstance(schema, int) and 0 < schema < 1000


def _set_values(config: dict) -> dict:
    """Leave out what is at its default."""
    return {field.name: config[field.name] for field in table.FIELDS if config[field.name] != field.default}
