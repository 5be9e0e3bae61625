"""Factory identity in NVS, and its copy on flash."""

import os
import struct

from baysense.core import faults
from baysense.storage import files
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
    """What esp32.NVS does for reading and erasing; writing is not the firmware's business."""

    def __init__(self, values: dict) -> None:
        self.values = values
        self.erased: list = []

    def get_i32(self, key: str) -> int:
        return struct.unpack("<i", self._value(key))[0]

    def get_blob(self, key: str, buffer: bytearray) -> int:
        value = self._value(key)
        if len(value) > len(buffer):
            raise OSError(-0x110C, "ESP_ERR_NVS_INVALID_LENGTH")
        buffer[: len(value)] = value
        return len(value)

    def erase_key(self, key: str) -> None:
        self._value(key)
        del self.values[key]
        self.erased.append(key)

    def commit(self) -> None:
        self.erased.append("commit")

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


def test_erasing_leaves_name_and_serial_number() -> None:
    root = fresh_folder("identity")
    nvs = FakeNVS(dict(FACTORY))
    Identity.load(nvs, root, MAC)
    for _ in range(2):  # it may be repeated
        Identity.erase(nvs, root)
        assert "app_key" not in nvs.values and "pop" not in nvs.values and nvs.erased[-1] == "commit"
        identity = Identity.load(nvs, root, MAC)
        assert (identity.dev_eui, identity.serial) == (FACTORY["dev_eui"], "BS-000123")
        assert identity.app_key == identity.pop == b"" and not identity.provisional and identity.faults == 0


def test_half_an_erasure_is_repeated_not_believed() -> None:
    root = fresh_folder("identity")
    nvs = FakeNVS(dict(FACTORY))
    Identity.load(nvs, root, MAC)
    nvs.erase_key = None  # cut between copy and NVS
    try:
        Identity.erase(nvs, root)
        raise AssertionError("erased")
    except TypeError:
        pass
    assert Identity.load(nvs, root, MAC).app_key == FACTORY["app_key"]
    Identity.erase(FakeNVS(dict(FACTORY)), root)
    assert Identity.load(FakeNVS({}), root, MAC).app_key == b""


def test_a_checked_copy_of_nonsense_is_set_aside() -> None:
    nonsense = (
        b"[]", b"7", b"{}", b'{"dev_eui": 7}', b'{"dev_eui": "xyz"}', b'{"dev_eui": "00"}', b'{"serial": "41"}',
        b'{"dev_eui": "0011223344556677", "serial": "ff"}', b'{"dev_eui": "0011223344556677", "pop": null}',
    )  # fmt: skip
    for body in nonsense:
        root = fresh_folder("identity")
        files.replace_checked(root + "/identity.json", body)
        identity = Identity.load(FakeNVS({}), root, MAC)
        assert identity.provisional and identity.faults == faults.STORAGE_CORRUPT, body
        assert files.exists(root + "/identity.json.bad")
        assert Identity.load(FakeNVS(FACTORY), root, MAC).serial == "BS-000123"


def test_text_that_is_none_is_left_out() -> None:
    foreign = dict(FACTORY)
    foreign["lot"] = b"\xff\xfe"
    identity = Identity.load(FakeNVS(foreign), fresh_folder("identity"), MAC)
    assert identity.lot == "" and identity.serial == "BS-000123" and identity.faults == 0
