"""NVS, RTC memory, flash and heap: their limits, and who loses what."""

from pathlib import Path

import pytest

from small_board import HEAP_KIB, run_program, small_board

ATTEMPT = """
import esp32, gc, machine, os, sys
def attempt(act, *arguments):
    try:
        print(act(*arguments))
    except (OSError, ValueError, OverflowError, MemoryError) as error:
        print(type(error).__name__, *error.args[:2])
"""


def lines_of(folder: Path, program: str, **options: int) -> list[str]:
    return run_program(folder, ATTEMPT + program, **options)


def test_nvs_keeps_numbers_and_blobs(tmp_path: Path) -> None:
    program = """
nvs = esp32.NVS("test")
nvs.set_i32("number", -5)
nvs.set_blob("blob", b"abc")
nvs.commit()
buffer = bytearray(5)
print(esp32.NVS("test").get_i32("number"), nvs.get_blob("blob", buffer), buffer)
nvs.erase_key("number")
attempt(nvs.get_i32, "number")
"""
    assert lines_of(tmp_path, program) == [
        "-5 3 bytearray(b'abc\\x00\\x00')",
        "OSError -4354 ESP_ERR_NVS_NOT_FOUND",
    ]


def test_nvs_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    program = """
nvs = esp32.NVS("test")
nvs.set_i32("fifteen_letters", 1)
attempt(nvs.set_i32, "sixteen_letters_", 1)
attempt(esp32.NVS, "sixteen_letters_")
attempt(nvs.get_i32, "missing")
attempt(nvs.get_blob, "fifteen_letters", bytearray(4))
attempt(nvs.erase_key, "missing")
attempt(nvs.set_blob, "big", bytes(4000))
attempt(nvs.set_i32, "wide", 1 << 31)
nvs.set_blob("blob", b"abc")
attempt(nvs.get_blob, "blob", bytearray(2))
"""
    assert lines_of(tmp_path, program) == [
        "OSError -4361 ESP_ERR_NVS_KEY_TOO_LONG",
        "OSError -4358 ESP_ERR_NVS_INVALID_NAME",
        "OSError -4354 ESP_ERR_NVS_NOT_FOUND",
        "OSError -4354 ESP_ERR_NVS_NOT_FOUND",
        "OSError -4354 ESP_ERR_NVS_NOT_FOUND",
        "OSError -4364 ESP_ERR_NVS_INVALID_LENGTH",
        "OverflowError overflow converting long int to machine word",
        "OSError -4364 ESP_ERR_NVS_INVALID_LENGTH",
    ]


def test_nvs_gets_full(tmp_path: Path) -> None:
    program = """
nvs = esp32.NVS("test")
for number in range(100):
    try:
        nvs.set_blob(f"blob{number}", bytes(1000))
    except OSError as error:
        print(number, error.args[1])
        break
"""
    count, reason = lines_of(tmp_path, program)[0].split()
    assert 10 <= int(count) <= 24  # six pages of 4 KiB, one of them kept free
    assert reason == "ESP_ERR_NVS_NOT_ENOUGH_SPACE"


@pytest.mark.parametrize(("commit", "after"), [("nvs.commit()", "5"), ("", "OSError")])
def test_uncommitted_nvs_is_lost_at_a_reset(tmp_path: Path, commit: str, after: str) -> None:
    program = f"""
nvs = esp32.NVS("test")
if machine.reset_cause() == machine.PWRON_RESET:
    nvs.set_i32("number", 5)
    {commit}
    machine.reset()
attempt(nvs.get_i32, "number")
"""
    assert lines_of(tmp_path, program)[0].startswith(after)


def test_nvs_survives_a_power_cut(tmp_path: Path) -> None:
    program = """
nvs = esp32.NVS("test")
attempt(nvs.get_i32, "number")
nvs.set_i32("number", 5)
nvs.commit()
"""
    with small_board(tmp_path, ATTEMPT + program) as board:
        board.run(5)
        board.board.power_cut()
        board.board.power_on()
        board.run(5)
        assert board.said() == ["OSError -4354 ESP_ERR_NVS_NOT_FOUND", "5"]


def test_rtc_memory_holds_two_kibibytes(tmp_path: Path) -> None:
    program = """
rtc = machine.RTC()
rtc.memory(bytes(2048))
print(len(rtc.memory()))
attempt(rtc.memory, bytes(2049))
print(len(rtc.memory()))
"""
    assert lines_of(tmp_path, program) == ["2048", "ValueError buffer too long", "2048"]


def test_heap_is_limited(tmp_path: Path) -> None:
    program = """
def room():
    size = 1024
    try:
        while True:
            bytearray(size)
            size += 1024
    except MemoryError:
        return size // 1024
print(room())
"""
    (tmp_path / "more").mkdir()
    small = int(lines_of(tmp_path, program, heap_kib=64)[0])
    large = int(lines_of(tmp_path / "more", program, heap_kib=128)[0])
    assert 64 * 1.1 < small < 64 * 1.3  # of this 64-bit interpreter, see costs.HEAP_PERCENT
    assert 64 * 1.2 < large - small < 64 * 1.4


def test_heap_is_one_piece_at_the_start(tmp_path: Path) -> None:
    program = "gc.collect()\nfree = gc.mem_free()\nprint(len(bytearray(free * 9 // 10)) > 0)"
    assert lines_of(tmp_path, program) == ["True"]


def test_out_of_memory_can_be_survived(tmp_path: Path) -> None:
    program = f"attempt(bytearray, {HEAP_KIB * 2048})\nprint('on')"
    assert lines_of(tmp_path, program)[1:] == ["on"]


def test_flash_is_a_file_system_of_its_own(tmp_path: Path) -> None:
    program = """
print(os.listdir("/"), os.statvfs("/")[0] * os.statvfs("/")[2])
attempt(open, "/etc/passwd")
print(os.uname()[0], sys.platform, hasattr(os, "system"))
"""
    assert lines_of(tmp_path, program) == [
        "['a', 'data', 'main.py'] 1048576",
        "OSError 2",
        "esp32 esp32 False",
    ]


def test_files_stay_whole_through_resets_at_any_time(tmp_path: Path) -> None:
    program = """
import time
try:
    with open("/data/number") as file:
        number = int(file.read())
except OSError:
    number = 0
print(number)
machine.WDT(timeout=300)
while True:
    number += 1
    with open("/data/new", "w") as file:
        file.write(f"{number:0400d}")
    os.rename("/data/new", "/data/number")
    time.sleep_ms(number * 7)
"""
    with small_board(tmp_path, ATTEMPT + program) as board:
        board.run(30)
        numbers = [int(line) for line in board.lines if line.isdigit()]
        assert len(numbers) > 5
    assert numbers == sorted(numbers)
    assert numbers[-1] > numbers[0]
