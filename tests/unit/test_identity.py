"""Factory identity in NVS, and its copy on flash."""

import os
import struct

from baysense.core import faults
from baysense.storage.identity import Identity
from scratch import fresh_folder, read, write

MAC = b"\x7c\xdf\xa1\x00\x11\x22"
FACTORY = {
    "id_version": struct.pack("<i", 1),
    "dev_eui": b"\x70\xb3\xd5\xff\xfe\x01\x02\x03",
    "join_eui": bytes(8),
    "app_key": bytes(range(16)),
    "pop": b"ABCDEFGHIJKLMNOP",
    "serial": b"BS-000123",
    "lot": b"2026-11",
}


class FakeNVS:
    """What esp32.NVS does for reading; writing is not the firmware's business."""

    def __init__(self, values: dict) -> None:
        self.values = values

    def get_i32(self, key: str) -> int:
        return struct.unpack("<i", self._value(key))[0]

    def get_blob(self, key: str, buffer: bytearray) -> int:
        value = self._value(key)
        if len(value) > len(buffer):
            raise OSError(-0x110C, "ESP_ERR_NVS_INVALID_LENGTH")
        buffer[: len(value)] = value
        return len(value)

    def _value(self, key: str) -> bytes:
        if key not in self.values:
            raise OSError(-0x1102, "ESP_ERR_NVS_NOT_FOUND")
        return self.values[key]


def test_factory_identity_and_its_copy() -> None:
    root = fresh_folder("identity")
    identity = Identity.load(FakeNVS(FACTORY), root, MAC)
    assert identity.dev_eui == FACTORY["dev_eui"] and identity.app_key == FACTORY["app_key"]
    assert (identity.serial, identity.lot) == ("BS-000123", "2026-11")
    assert not identity.provisional and identity.faults == 0
    restored = Identity.load(FakeNVS({}), root, MAC)
    assert restored.faults == faults.IDENTITY_RESTORED and not restored.provisional
    assert restored.dev_eui == identity.dev_eui and restored.pop == identity.pop


def test_nvs_wins_over_the_copy() -> None:
    root = fresh_folder("identity")
    Identity.load(FakeNVS(FACTORY), root, MAC)
    changed = dict(FACTORY)
    changed["app_key"] = b"\xaa" * 16
    assert Identity.load(FakeNVS(changed), root, MAC).app_key == b"\xaa" * 16
    assert Identity.load(FakeNVS({}), root, MAC).app_key == b"\xaa" * 16


def test_copy_is_written_only_when_it_differs() -> None:
    root = fresh_folder("identity")
    Identity.load(FakeNVS(FACTORY), root, MAC)
    os.rename(root + "/identity.json", root + "/kept")
    write(root + "/identity.json", read(root + "/kept"))
    os.remove(root + "/kept")
    before = os.stat(root + "/identity.json")[1]
    Identity.load(FakeNVS(FACTORY), root, MAC)
    assert os.stat(root + "/identity.json")[1] == before  # same inode: not replaced


def test_damaged_copy_is_reported_and_not_believed() -> None:
    root = fresh_folder("identity")
    Identity.load(FakeNVS(FACTORY), root, MAC)
    write(root + "/identity.json", read(root + "/identity.json")[:-1] + b"?")
    identity = Identity.load(FakeNVS({}), root, MAC)
    assert identity.provisional and identity.faults == faults.STORAGE_CORRUPT


def test_without_identity_the_mac_stands_in() -> None:
    identity = Identity.load(FakeNVS({}), fresh_folder("identity"), MAC)
    assert identity.dev_eui == b"\x7c\xdf\xa1\xff\xfe\x00\x11\x22"
    assert identity.provisional and identity.faults == 0 and identity.app_key == b""


def test_other_table_version_or_torn_key_is_no_identity() -> None:
    for key, value in (("id_version", struct.pack("<i", 2)), ("dev_eui", bytes(7)), ("dev_eui", bytes(9))):
        wrong = dict(FACTORY)
        wrong[key] = value
        assert Identity.load(FakeNVS(wrong), fresh_folder("identity"), MAC).provisional
