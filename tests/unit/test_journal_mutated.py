"""Mutated journals and settings: whatever lies on flash, the device starts, and believes nothing that is not so."""

import struct
from binascii import crc32

from baysense.core import config, faults
from baysense.core.event import BOOT, CHANGE, HEARTBEAT
from baysense.storage.journal import Journal
from baysense.storage.settings import Settings
from scratch import fresh_folder, read, write

ROUNDS = 500
RECORD = 192


class Dice:
    """The same numbers on every interpreter."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def __call__(self, sides: int) -> int:
        self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self._state >> 8) % sides


def mutated(data: bytes, dice: Dice) -> bytes:
    """Return the data with some bytes changed, cut off, doubled or put in."""
    result = bytearray(data)
    for _ in range(1 + dice(4)):
        at = dice(len(result) + 1)
        what = dice(5)
        if what == 0:
            result = result[:at]
        elif what == 1:
            result = result[:at] + bytes([dice(256) for _ in range(dice(20))]) + result[at:]
        elif what == 2:
            result = result[:at] + result[at + dice(300) :]
        elif at < len(result):
            result[at] = dice(256) if what == 3 else result[at] ^ 1 << dice(8)
    return bytes(result)


def whole_journal(root: str) -> tuple:
    journal = Journal(root)
    for i in range(12):
        if i == 6:
            journal.acknowledge(4, CHANGE)
        if i == 10:
            journal.acknowledge(5, HEARTBEAT)
        journal.append((CHANGE, HEARTBEAT, BOOT)[i % 3], b"event %d" % i, b"known" * (i % 4))
    return read(root + "/journal.bin"), journal.pending()


def check_usable(root: str) -> Journal:
    """Start, and go on as the node does; return the journal as it was found."""
    journal = Journal(root)
    found = journal.pending()
    seqs = [seq for seq, _, _ in found]
    assert len(set(seqs)) == len(seqs) == journal.waiting()
    journal.snapshot()
    journal.latest(5)
    seq = Journal(root).append(CHANGE, b"next")
    assert seq > 12 and seq > max(seqs + [0])
    again = Journal(root)
    assert again.faults == 0 and again.waiting() == len(seqs) + 1 and again.last == seq
    again.acknowledge(seq, CHANGE)
    again.acknowledge(seq, HEARTBEAT)
    assert again.waiting() == 0
    again.append(BOOT, b"and on")
    assert again.pending() == Journal(root).pending() == [(seq + 1, BOOT, b"and on")]
    return journal


def test_no_mutated_journal_is_believed() -> None:
    dice = Dice(1)
    root = fresh_folder("mutated")
    whole, events = whole_journal(root)
    reservations = [(name, read(root + name)) for name in ("/journal.0", "/journal.1")]
    true = {(i + 1, (CHANGE, HEARTBEAT, BOOT)[i % 3], b"event %d" % i) for i in range(12)}
    for _ in range(ROUNDS):
        data = mutated(whole, dice)
        write(root + "/journal.bin", data)
        for name, content in reservations:
            write(root + name, content)
        journal = Journal(root)
        assert set(journal.pending()) <= true and journal.snapshot()[1] in (b"", b"known" * 2, b"known" * 3, b"known")
        if data != whole and data[: len(data) // RECORD * RECORD] != whole[: len(data)]:
            assert journal.faults == faults.STORAGE_CORRUPT
        check_usable(root)


def test_no_checked_nonsense_stops_the_journal() -> None:
    dice = Dice(2)
    root = fresh_folder("mutated")
    whole, _ = whole_journal(root)
    reservations = [(name, read(root + name)) for name in ("/journal.0", "/journal.1")]
    for _ in range(ROUNDS):
        data = b""
        for at in range(0, len(whole), RECORD):
            content = bytearray(whole[at : at + RECORD - 4])
            if dice(4) == 0:
                content[dice(8) if dice(2) else dice(RECORD - 4)] = dice(256)
            data += bytes(content) + struct.pack("<I", crc32(content))
            if dice(20) == 0:
                data += data[-RECORD:]
        write(root + "/journal.bin", data)
        for name, content in reservations:
            write(root + name, content)
        assert check_usable(root).faults in (0, faults.STORAGE_CORRUPT)


def test_no_mutated_settings_stop_the_device() -> None:
    dice = Dice(3)
    root = fresh_folder("mutated")
    Settings(root).commit({"uplink": "mqtt", "wifi_ssid": "net", "mqtt_host": "broker", "heartbeat_s": 600})
    whole = read(root + "/settings.json")
    for i in range(ROUNDS):
        body = mutated(whole[4:], dice)
        head = struct.pack("<I", crc32(body))
        write(root + "/settings.json", head + body if i % 3 else mutated(whole, dice))
        settings = Settings(root)
        loaded = settings.load()
        assert config.validated(loaded, {}) == loaded
        assert settings.commit({"bay": "A1"})["bay"] == "A1"
        assert Settings(root).load() == settings.config
