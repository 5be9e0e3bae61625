"""Wiping, judged by every byte of the flash."""

import os
from binascii import hexlify

from baysense.core.event import CHANGE
from baysense.storage import credentials, files, wipe
from baysense.storage.counters import Counters
from baysense.storage.identity import Identity
from baysense.storage.journal import Journal
from baysense.storage.settings import Settings
from ram_flash import ON_LITTLEFS, PATH, RamFlash, fill, mounted, unmount
from scratch import write
from test_identity import FACTORY, MAC, FakeNVS

SECRET = b"OpenSesame"
KEY = FACTORY["app_key"]


class Interrupted(Exception):
    """A power cut, as far as the firmware is concerned."""


def lived_in(root: str) -> None:
    """Leave secrets everywhere: in files, blocks that were files, the folder's log, small files within the folder."""
    settings = Settings(root)
    journal = Journal(root)
    Identity.load(FakeNVS(FACTORY), root, MAC)
    Counters(root).next("frame")
    for i in range(30):
        settings.commit({"wifi_password": SECRET.decode() + str(i)})
        journal.append(CHANGE, SECRET, SECRET)
        write(root + "/small.bad", SECRET * (i % 9))
        write(root + "/settings.json.new", SECRET * i)
    der = b"\x30" + SECRET * 300
    assert credentials.write(root, "key", 0, der, len(der), files.crc32(der))
    credentials.write(root, "cert", 0, der[:900], len(der), files.crc32(der))
    os.mkdir(root + "/journal.bin.bad")
    write(root + "/journal.bin.bad/small", SECRET)
    write(root + "/journal.bin.bad/large", SECRET * 500)
    for i in range(8):
        write(root + "/journal.bin.bad/" + SECRET.decode() * 15 + str(i), SECRET * 10)


def found(flash: RamFlash, what: bytes) -> int:
    image = memoryview(flash.image)
    return sum(bytes(image[at : at + 4096 + len(what)]).count(what) for at in range(0, len(image), 4096))


def nothing() -> None:
    pass


def test_no_secret_is_left_in_the_flash() -> None:
    if not ON_LITTLEFS:
        return
    flash, root = mounted(96)
    lived_in(root)
    last = Journal(root).last
    number = Counters(root).floor("frame")
    assert found(flash, SECRET) > 1000
    fed = []
    wipe.secrets(root, lambda: fed.append(1))
    assert found(flash, SECRET) == 0 and len(fed) > 96
    assert not wipe.pending(root)
    assert sorted(os.listdir(root)) == ["counters.0", "counters.1", "identity.json", "journal.0", "journal.1"]
    assert Settings(root).load()["wifi_password"] == "" and credentials.digest(root) == ""
    assert Journal(root).append(CHANGE, b"") > last and Counters(root).next("frame") >= number
    assert Identity.load(FakeNVS({}), root, MAC).app_key == KEY
    unmount()


def test_a_folder_of_many_blocks_is_wiped_too() -> None:
    if not ON_LITTLEFS:
        return
    flash, root = mounted(160)
    for i in range(120):
        write(root + "/" + "ajz"[i % 3] * 40 + str(i), SECRET * 9)
    lived_in(root)
    wipe.secrets(root, nothing)
    assert found(flash, SECRET) == 0
    unmount()


def test_factory_secrets_go_when_the_device_goes() -> None:
    if not ON_LITTLEFS:
        return
    flash, root = mounted(64)
    lived_in(root)
    nvs = FakeNVS(dict(FACTORY))
    hexadecimal = hexlify(KEY)
    assert found(flash, hexadecimal)
    wipe.secrets(root, nothing, nvs)
    assert found(flash, SECRET) == found(flash, hexadecimal) == 0
    identity = Identity.load(nvs, root, MAC)
    assert identity.dev_eui == FACTORY["dev_eui"] and identity.app_key == identity.pop == b""
    assert identity.faults == 0 and not identity.provisional
    unmount()


def test_a_cut_wipe_goes_on() -> None:
    if not ON_LITTLEFS:
        return
    for identity_too in (False, True):
        for after in (0, 1, 5, 20, 300, 500, 650, 10**6):
            flash, root = mounted(48)
            lived_in(root)
            nvs = FakeNVS(dict(FACTORY))
            left = [after]

            def feed(left: list = left) -> None:
                left[0] -= 1
                if left[0] < 0:
                    raise Interrupted

            try:
                wipe.secrets(root, feed, nvs if identity_too else None)
                assert after == 10**6
            except Interrupted:
                assert wipe.pending(root)
                wipe.resume(root, nvs, nothing)
            assert found(flash, SECRET) == 0 and not wipe.pending(root)
            assert ("app_key" in nvs.values) != identity_too
    unmount()


class Recording(RamFlash):
    """Keeps what was on it before every operation."""

    images: list | None = None

    def writeblocks(self, block: int, buffer: bytes, offset: int = 0) -> int:
        self._keep()
        return super().writeblocks(block, buffer, offset)

    def ioctl(self, operation: int, argument: int) -> int:
        if operation == 6:
            self._keep()
        return super().ioctl(operation, argument)

    def _keep(self) -> None:
        if self.images is not None:
            self.images.append(bytes(self.image))


def test_the_mark_is_never_there_without_what_it_says() -> None:
    if not ON_LITTLEFS:
        return
    unmount()
    flash = Recording(8)
    os.VfsLfs2.mkfs(flash)
    os.mount(os.VfsLfs2(flash), PATH)
    flash.images = []
    wipe._begin(PATH + "/wiping", b"identity")
    images, flash.images = flash.images, None
    seen = []
    for image in images + [bytes(flash.image)]:
        unmount()
        flash.image[:] = image
        os.mount(os.VfsLfs2(flash), PATH)
        seen.append(files.size_bytes(PATH + "/wiping"))
    assert set(seen) == {-1, 8} and seen == sorted(seen)
    unmount()


def test_a_mark_that_was_never_renamed_is_no_wipe_and_the_next_one_removes_it() -> None:
    if not ON_LITTLEFS:
        return
    _, root = mounted(48)
    for leave in (lambda: write(root + "/wiping.new", b"identity"), lambda: os.mkdir(root + "/wiping.new")):
        leave()
        assert not wipe.pending(root)
        nvs = FakeNVS(dict(FACTORY))
        wipe.secrets(root, nothing)
        assert "app_key" in nvs.values and os.listdir(root) == []
    unmount()


def test_a_folder_in_the_place_of_the_mark_is_no_trap() -> None:
    if not ON_LITTLEFS:
        return
    flash, root = mounted(48)
    for name in ("/wiping", "/#", "/counters.0"):
        os.mkdir(root + name)
        write(root + name + "/within", SECRET * 300)
    assert wipe.pending(root)
    nvs = FakeNVS(dict(FACTORY))
    wipe.resume(root, nvs, nothing)
    assert found(flash, SECRET) == 0 and not wipe.pending(root) and "app_key" in nvs.values
    unmount()


def test_a_full_disk_can_be_wiped() -> None:
    if not ON_LITTLEFS:
        return
    flash, root = mounted(48)
    lived_in(root)
    fill(root + "/more")
    wipe.secrets(root, nothing)
    assert found(flash, SECRET) == 0
    unmount()
