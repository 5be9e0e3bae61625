"""NVS: the flash key-value store with the limits of `esp32.NVS`; survives power cuts once committed."""

import json
from pathlib import Path

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.peripherals.host import Host

# ESP_ERR_NVS_* numbers, nvs.h; MicroPython raises OSError(-number, name).
NOT_FOUND = (-0x1102, "ESP_ERR_NVS_NOT_FOUND")
NOT_ENOUGH_SPACE = (-0x1105, "ESP_ERR_NVS_NOT_ENOUGH_SPACE")
INVALID_NAME = (-0x1106, "ESP_ERR_NVS_INVALID_NAME")
KEY_TOO_LONG = (-0x1109, "ESP_ERR_NVS_KEY_TOO_LONG")
INVALID_LENGTH = (-0x110C, "ESP_ERR_NVS_INVALID_LENGTH")
_MAX_KEY = 15
_MAX_BLOB = 1984  # one page without its header and entries, what always fits
_ENTRY = 32
_PAGES = 6  # 0x6000 partition
_ENTRIES_PER_PAGE = 126


class Nvs:
    """All namespaces of one board, kept in a file beside its flash image."""

    def __init__(self, host: Host, path: Path) -> None:
        self._path = path
        self._committed: dict[str, dict[str, object]] = json.loads(path.read_text()) if path.exists() else {}
        self._open: dict[str, dict[str, object]] = {}
        for name in ("open", "get_i32", "get_blob", "set_i32", "set_blob", "erase_key", "commit"):
            host.register(f"nvs.{name}", getattr(self, name))

    def open(self, namespace: str) -> None:
        """Open a namespace for reading and writing."""
        if not 0 < len(namespace) <= _MAX_KEY:
            raise DeviceError("OSError", *INVALID_NAME)
        self._open.setdefault(namespace, dict(self._committed.get(namespace, {})))

    def get_i32(self, namespace: str, key: str) -> int:
        """Return a number."""
        value = self._get(namespace, key)
        if not isinstance(value, int):
            raise DeviceError("OSError", *NOT_FOUND)
        return value

    def get_blob(self, namespace: str, key: str, room: int) -> str:
        """Return a blob as hex; raise when it does not fit into the caller's buffer."""
        value = self._get(namespace, key)
        if not isinstance(value, str):
            raise DeviceError("OSError", *NOT_FOUND)
        if len(value) // 2 > room:
            raise DeviceError("OSError", *INVALID_LENGTH)
        return value

    def set_i32(self, namespace: str, key: str, value: int) -> None:
        """Set a number; it lasts after `commit`."""
        self._set(namespace, key, value)

    def set_blob(self, namespace: str, key: str, value: str) -> None:
        """Set a blob (hex); it lasts after `commit`."""
        if len(value) // 2 > _MAX_BLOB:
            raise DeviceError("OSError", *INVALID_LENGTH)
        self._set(namespace, key, value)

    def erase_key(self, namespace: str, key: str) -> None:
        """Remove a key."""
        self._get(namespace, key)
        del self._open[namespace][key]

    def commit(self, namespace: str) -> None:
        """Make a namespace's changes last."""
        self._committed[namespace] = dict(self._open[namespace])
        self._save()

    def preset(self, namespace: str, values: dict[str, object]) -> None:
        """Write factory values; blobs as bytes."""
        self._committed[namespace] = {k: v.hex() if isinstance(v, bytes) else v for k, v in values.items()}
        self._save()

    def erase_all(self) -> None:
        """Lose everything, as start-up does when no page is free."""
        self._committed.clear()
        self._open.clear()
        self._save()

    def forget(self) -> None:
        """Lose what was not committed, as a reset does."""
        self._open.clear()

    def _save(self) -> None:
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps(self._committed, sort_keys=True))
        temporary.replace(self._path)

    def _get(self, namespace: str, key: str) -> object:
        values = self._open[namespace]
        if key not in values:
            raise DeviceError("OSError", *NOT_FOUND)
        return values[key]

    def _set(self, namespace: str, key: str, value: object) -> None:
        if len(key) > _MAX_KEY:
            raise DeviceError("OSError", *KEY_TOO_LONG)
        used = sum(_entries(v) for n in self._open.values() for v in n.values())
        if used + _entries(value) > (_PAGES - 1) * _ENTRIES_PER_PAGE:
            raise DeviceError("OSError", *NOT_ENOUGH_SPACE)
        self._open[namespace][key] = value


def _entries(value: object) -> int:
    """Return how many 32-byte entries a value takes: one, plus index and data for a blob."""
    return 2 + -(-len(value) // 2 // _ENTRY) if isinstance(value, str) else 1
