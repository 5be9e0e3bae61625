"""Settings on flash.

Guarantee: commit is all or nothing. It validates every change before the first byte is written; after
a power cut at any flash operation the settings are the old ones or the new ones. Damaged settings are
set aside and the defaults used, which is reported as storage_corrupt; a stored value that this
firmware does not accept falls back to its default, which is reported as config_invalid.

File settings.json, checked as in `files`: {"schema": number, "values": {name: value}}.
"""

import json

from baysense.core import config as table
from baysense.core.faults import CONFIG_INVALID, STORAGE_CORRUPT
from baysense.storage import files

_SCHEMA = 1


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
        body, damaged = files.read_checked(self._path)
        if damaged:
            self.faults |= STORAGE_CORRUPT
        self.config = self._accepted(json.loads(body)["values"]) if body else table.defaults()
        return self.config

    def commit(self, changes: dict) -> dict:
        """Store all changes at once; raise ConfigError and change nothing if any is wrong."""
        config = table.validated(self.config, changes)
        body = json.dumps({"schema": _SCHEMA, "values": config})
        files.replace_checked(self._path, body.encode())
        self.config = config
        return config

    def _accepted(self, values: dict) -> dict:
        """Return the stored values; where they do not fit this firmware's table, one by one what fits."""
        try:
            return table.validated(table.defaults(), values)
        except table.ConfigError:
            self.faults |= CONFIG_INVALID
        result = table.defaults()
        for name in [field.name for field in table.FIELDS if field.name in values]:
            try:
                result = table.validated(result, {name: values[name]})
            except table.ConfigError:
                continue  # stays at its default; reported above
        return result
