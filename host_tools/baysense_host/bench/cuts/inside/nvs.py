"""The chip's key-value store as far as Identity uses it; a partition of its own, committed as a whole."""

import struct

_NOT_FOUND = -0x1102  # ESP_ERR_NVS_NOT_FOUND, nvs.h
_INVALID_LENGTH = -0x110C


class Nvs:
    """esp32.NVS."""

    def __init__(self) -> None:
        self.committed: dict[str, bytes] = {}
        self._values: dict[str, bytes] = {}

    def restart(self) -> None:
        """Forget what was not committed."""
        self._values = dict(self.committed)

    def get_i32(self, key: str) -> int:
        """Return a number."""
        return int(struct.unpack("<i", self._value(key))[0])

    def get_blob(self, key: str, buffer: bytearray) -> int:
        """Read a blob; return its length."""
        value = self._value(key)
        if len(value) > len(buffer):
            raise OSError(_INVALID_LENGTH, "ESP_ERR_NVS_INVALID_LENGTH")
        buffer[: len(value)] = value
        return len(value)

    def erase_key(self, key: str) -> None:
        """Remove a key."""
        self._value(key)
        del self._values[key]

    def commit(self) -> None:
        """Make changes last."""
        self.committed = dict(self._values)

    def _value(self, key: str) -> bytes:
        if key not in self._values:
            raise OSError(_NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        return self._values[key]
