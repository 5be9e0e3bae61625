"""Who the device is: factory identity from NVS, with a checked copy on flash.

NVS (namespace `baysense`) counts. The copy is written when NVS holds an identity that it does not; when
NVS is found empty the copy stands in and identity_restored is reported, until the factory tool has
written NVS again: the firmware never writes factory keys, but for `erase`. Without either, the device calls itself
by its MAC and is `provisional`. A damaged or foreign copy is set aside and reported as storage_corrupt.

Wear: the copy is written once in a life.

File identity.json, checked as in `files`: {key: value in hex}.
"""

import json
from binascii import hexlify, unhexlify

from baysense.core.faults import IDENTITY_RESTORED, STORAGE_CORRUPT
from baysense.storage import files

_VERSION = 1  # of the NVS table in DESIGN section 4
_EXACT = (("dev_eui", 8), ("join_eui", 8), ("app_key", 16), ("pop", 16))  # key, bytes
_TEXT = (("serial", 40), ("lot", 40))  # key, most bytes
_SECRETS = ("app_key", "pop")

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
        if all(key in values for key, _ in _EXACT):
            if values != copy:
                _keep_copy(path, values)
            return cls(values, False, faults)
        if copy:  # the same without secrets: decommissioned, and nothing is lost
            return cls(copy, False, faults if values == copy else faults | IDENTITY_RESTORED)
        return cls({"dev_eui": _eui64(unique_id)}, True, faults)

    @staticmethod
    def erase(nvs: "NVS", root: str) -> None:
        """Erase the secrets of a device that is decommissioned, in the copy and in NVS.

        The one exception to "the firmware never writes factory keys". Name and serial number stay. May be repeated
        after a power cut. What was erased can be read in the raw flash until `wipe` has gone over the copy and NVS
        has used its page again.
        """
        path = root + "/identity.json"
        values, _ = _from_copy(path)
        if values and any(key in values for key in _SECRETS):
            _write_copy(path, {key: values[key] for key in values if key not in _SECRETS})
        for key in _SECRETS:
            try:
                nvs.erase_key(key)
            except OSError:
                continue  # not there
        nvs.commit()


def _from_nvs(nvs: "NVS") -> dict:
    """Return what the factory wrote, nothing when there is no identity of this version."""
    values: dict[str, bytes] = {}
    try:
        if nvs.get_i32("id_version") != _VERSION:
            return values
    except OSError:
        return values
    for key, longest in _EXACT + _TEXT:
        value = _blob(nvs, key, longest)
        if value is not None and _fits(key, value):
            values[key] = value
    return values


def _blob(nvs: "NVS", key: str, longest: int) -> bytes | None:
    buffer = bytearray(longest)
    try:
        return bytes(buffer[: nvs.get_blob(key, buffer)])
    except OSError:  # not there, or longer than the table says
        return None


def _fits(key: str, value: bytes) -> bool:
    """Tell whether a value has the length that the table says, and is text where it should be."""
    for name, size in _EXACT:
        if name == key:
            return len(value) == size
    return all(32 <= byte < 127 for byte in value)


def _from_copy(path: str) -> tuple[dict, bool]:
    stored, damaged = files.read_json(path)
    if stored is None:
        return {}, damaged
    values = {}
    try:
        for key, _ in _EXACT + _TEXT:
            if key in stored:
                values[key] = unhexlify(stored[key])
        if "dev_eui" in values and all(_fits(key, values[key]) for key in values):
            return values, False
    except (ValueError, TypeError):
        pass  # no hex: foreign
    files.set_aside(path)
    return {}, True


def _keep_copy(path: str, values: dict) -> None:
    try:
        _write_copy(path, values)
    except OSError:
        return  # full or worn: NVS counts, and the next start tries again


def _write_copy(path: str, values: dict) -> None:
    stored = {key: hexlify(values[key]).decode() for key in values}
    files.replace_checked(path, json.dumps(stored).encode())


def _eui64(mac: bytes) -> bytes:
    """Return the EUI-64 of a MAC-48, or of whatever bytes the chip gives."""
    mac = (mac + bytes(6))[:6]
    return mac[:3] + b"\xff\xfe" + mac[3:]
