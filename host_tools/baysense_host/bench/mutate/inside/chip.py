"""What stands for the chip: a board without sensor and radio, its NVS, and a connection that keeps what is sent."""

import errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNIQUE_ID = b"\x02\x00\x5e\x10\x00\x01"
APP_KEY = b"secret app key\x81\x82"
POP = b"SECRETPOSSESSION"


def factory_values() -> "dict[str, Any]":
    """Return what the factory writes into NVS."""
    return {
        "id_version": 1,
        "dev_eui": b"\x02\x00\x5e\xff\xfe\x10\x00\x01",
        "join_eui": bytes(range(8)),
        "app_key": APP_KEY,
        "pop": POP,
        "serial": b"BS-000001",
        "lot": b"2026-48",
    }


class Nvs:
    """As esp32.NVS."""

    def __init__(self, values: "dict[str, Any]") -> None:
        self._values = values

    def get_i32(self, key: str) -> int:
        """Return a number."""
        value: int = self._values[key] if isinstance(self._values.get(key), int) else self._missing()
        return value

    def get_blob(self, key: str, buffer: bytearray) -> int:
        """Fill the buffer; return the length."""
        value: Any = self._values.get(key)
        if not isinstance(value, bytes) or len(value) > len(buffer):
            self._missing()
        buffer[: len(value)] = value
        return len(value)

    def erase_key(self, key: str) -> None:
        """Remove a value."""
        self._values.pop(key, None)

    def commit(self) -> None:
        """Make it last."""

    def _missing(self) -> "Any":
        raise OSError(-0x1102)  # ESP_ERR_NVS_NOT_FOUND, nvs.h


class Chip:
    """As a module board.py; the magnetometer does not answer."""

    NAME = "STAND_IN"
    POWER = "battery"
    MAGNETOMETER = "iis2mdc"
    MAGNETOMETER_ADDRESS = 0x1E
    CUTOFF_MV = 3300
    RANGE = None

    def __init__(self, nvs: "dict[str, Any]") -> None:
        self._nvs = nvs
        self._memory = b""
        self._time_s = 0

    def field_bus(self) -> "Any":
        """Return no bus."""
        raise OSError(errno.ENODEV)

    def battery_mv(self) -> int:
        """Return a healthy voltage."""
        return 3900

    def retained(self) -> bytes:
        """Return what `retain` was given last."""
        return self._memory

    def retain(self, data: bytes) -> None:
        """Keep this in RTC memory."""
        self._memory = bytes(data)

    def nvs(self, namespace: str) -> Nvs:
        """Return the factory's values."""
        return Nvs(self._nvs)

    def unique_id(self) -> bytes:
        """Return the MAC."""
        return UNIQUE_ID

    def wake_cause(self) -> str:
        """Return the cause of a start."""
        return "power"

    def set_time(self, time_s: int) -> None:
        """Set the clock, which nobody asks."""
        self._time_s = time_s
