"""The log of starts and faults, and the time floor."""

import struct

from baysense.core import faults
from baysense.storage import bootlog, files, timefloor
from scratch import fresh_folder, read, write


def test_the_newest_entries_stay_in_order() -> None:
    root = fresh_folder("bootlog")
    assert bootlog.entries(root) == []
    for i in range(100):
        bootlog.note(root, "fault" if i % 2 else "boot", "watchdog", faults.WATCHDOG, 70_000 + i, i)
        assert len(bootlog.entries(root)) == min(i + 1, bootlog.ENTRIES)
    entries = bootlog.entries(root)
    assert [entry["number"] for entry in entries] == list(range(69, 101))
    assert entries[-1] == {
        "number": 100, "what": "fault", "cause": "watchdog", "faults": faults.WATCHDOG,
        "epoch": (70_099) & 0xFFFF, "clock_s": 99,
    }  # fmt: skip
    assert entries[-2]["what"] == "boot" and len(read(root + "/bootlog")) == 4 + 32 * 16


def test_a_cause_nobody_knows_is_unknown() -> None:
    root = fresh_folder("bootlog")
    bootlog.note(root, "boot", "moonlight", 0, 1, 2)
    assert bootlog.entries(root)[0]["cause"] == "unknown"
    files.replace_checked(root + "/bootlog", struct.pack("<IBBHII", 9, 255, 255, 1, 0xFFFFFFFF, 2))
    assert bootlog.entries(root)[0]["cause"] == "unknown"
    bootlog.note(root, "boot", "power", 0, 1, 2)
    assert [entry["number"] for entry in bootlog.entries(root)] == [9, 10]


def test_damage_begins_a_new_log() -> None:
    for body in (b"\x00" * 15, b"", b"?" * 33):
        root = fresh_folder("bootlog")
        files.replace_checked(root + "/bootlog", body)
        assert bootlog.entries(root) == []
        bootlog.note(root, "boot", "power", 0, 1, 2)
        write(root + "/bootlog", read(root + "/bootlog")[:-1])
        assert bootlog.entries(root) == [] and files.exists(root + "/bootlog.bad")
        bootlog.note(root, "boot", "power", 0, 1, 2)
        assert len(bootlog.entries(root)) == 1


def test_the_time_floor_rises_once_a_day() -> None:
    root = fresh_folder("timefloor")
    assert timefloor.stored_s(root) == 0
    start_s = 850_000_000
    for now_s, expected_s in (
        (0, 0),
        (0, start_s),
        (86_399, start_s),
        (86_400, start_s + 86_400),
        (5, start_s + 86_400),
    ):
        timefloor.keep(root, start_s + now_s if expected_s else 0)
        assert timefloor.stored_s(root) == expected_s
    write(root + "/timefloor", read(root + "/timefloor")[:-1])
    assert timefloor.stored_s(root) == 0 and files.exists(root + "/timefloor.bad")
    files.replace_checked(root + "/timefloor", b"???")
    assert timefloor.stored_s(root) == 0
