"""Who the device is: factory identity from NVS, with a checked copy on flash.

NVS (namespace `baysense`) counts. The copy is written when NVS holds an identity that it does not; when
NVS is found empty the copy stands in and identity_restored is reported, until the factory tool has
written NVS again: the firmware never writes factory keys. Without either, the device calls itself by
its MAC and is `provisional`.

File identity.json, checked as in `files`: {key: value in hex}.
"""

import json
from binascii import hexlify, unhexlify

from baysense.core.faults import IDENTITY_RESTORED, STORAGE_CORRUPT
from baysense.storage import files

_VERSION = 1  # of the NVS table in DESIGN section 4
_EXACT = (("dev_eui", 8), ("join_eui", 8), ("app_key", 16), ("pop", 16))  # key, bytes
_TEXT = (("serial", 40), ("lot", 40))  # key, most bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from esp32 import NVS


class Identity:
    """Factory identity; a value that was never written is empty."""

    def __init__(self, values: dict, provisional: bool, faults: int) -> None:
        self.dev_eui: bytes = values["dev_eui"]
        self.join_eui: bytes = values.get("join_eui", b"")
        self.app_key: bytes = values.get("app_key", b"")  # LoRaWAN root key, secret
        self.pop: bytes = values.get("pop", b"")  # proof of possession, secret
        self.serial: str = values.get("serial", b"").decode()
        self.lot: str = values.get("lot", b"").decode()
        self.provisional = provisional
        self.faults = faults

    @classmethod
    def load(cls, nvs: "NVS", root: str, unique_id: bytes) -> "Identity":
        """Return the identity; `unique_id` is the MAC that stands in when there is none."""
        path = root + "/identity.json"
        values = _from_nvs(nvs)
        copy, damaged = _from_copy(path)
        faults = STORAGE_CORRUPT if damaged else 0
        if values:
            if values != copy:
                _write_copy(path, values)
            return cls(values, False, faults)
        if copy:
            return cls(copy, False, faults | IDENTITY_RESTORED)
        return cls({"dev_eui": _eui64(unique_id)}, True, faults)


def _from_nvs(nvs: "NVS") -> dict | None:
    """Return what the factory wrote, None when there is no identity of this version."""
    try:
        if nvs.get_i32("id_version") != _VERSION:
            return None
    except OSError:
        return None
    values = {}
    for key, longest in _EXACT + _TEXT:
        value = _blob(nvs, key, longest)
        if value is not None and (len(value) == longest or (key, longest) in _TEXT):
            values[key] = value
    return values if all(key in values for key, _ in _EXACT) else None  # a write that was cut is no identity


def _blob(nvs: "NVS", key: str, longest: int) -> bytes | None:
    buffer = bytearray(longest)
    try:
        return bytes(buffer[: nvs.get_blob(key, buffer)])
    except OSError:  # not there, or longer than the table says
        return None


def _from_copy(path: str) -> tuple[dict | None, bool]:
    body, damaged = files.read_checked(path)
    if body is None:
        return None, damaged
    stored = json.loads(body)
    return {key: unhexlify(stored[key]) for key, _ in _EXACT + _TEXT if key in stored}, False


def _write_copy(path: str, values: dict) -> None:
    stored = {key: hexlify(values[key]).decode() for key in values}
    files.replace_checked(path, json.dumps(stored).encode())


def _eui64(mac: bytes) -> bytes:
    """Return the EUI-64 of a MAC-48, or of whatever bytes the chip gives."""
    mac = (mac + bytes(6))[:6]
    return mac[:3] + b"\xff\xfe" + mac[3:]
