"""The flash chip below LittleFS, run in MicroPython with a stand-in for the link."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from baysense_host.paths import shims_dir
from baysense_host.virtual.shims.vb_flash_cut import ARMED, MODES

BARE_BOARD = Path(__file__).parent / "bare_board"
BLOCKS = 64


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "flash.img"
    path.write_bytes(b"\xff" * BLOCKS * 4096)
    return path


def run(image: Path, program: str) -> str:
    """Run a program that finds the flash as `flash`; return what it prints."""
    head = f"import vb_flash, vb_link\nflash = vb_flash.Flash({str(image)!r}, {BLOCKS})\n"
    script = image.with_suffix(".py")
    script.write_text(head + program)
    environment = os.environ | {"MICROPYPATH": f"{BARE_BOARD}:{shims_dir()}:.frozen"}
    command = [str(Path(sys.executable).with_name("micropython")), str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_programming_only_clears_bits(image: Path) -> None:
    run(
        image,
        "assert flash.writeblocks(2, bytes([0xF0] * 32), 64) == 0\n"
        "assert flash.writeblocks(2, bytes([0x3C] * 32), 64) == 0\n",
    )
    content = image.read_bytes()
    assert content[2 * 4096 + 64 : 2 * 4096 + 96] == bytes([0x30] * 32)
    assert content.count(0xFF) == len(content) - 32


def test_erasing_sets_one_block(image: Path) -> None:
    image.write_bytes(bytes(BLOCKS * 4096))
    run(image, "assert flash.ioctl(6, 3) == 0\n")
    content = image.read_bytes()
    assert content[3 * 4096 : 4 * 4096] == b"\xff" * 4096
    assert content.count(0xFF) == 4096


def test_what_a_chip_cannot_do_is_an_error_code(image: Path) -> None:
    program = "print(flash.ioctl(99, 0), flash.writeblocks(0, bytes(7)), flash.readblocks(-1, bytearray(32)))"
    assert run(image, program) == "-5 -5 -5\n"


def test_operations_are_counted_and_take_time(image: Path) -> None:
    program = (
        "flash.writeblocks(0, bytes(128)); flash.ioctl(6, 0); flash.readblocks(0, bytearray(100))\n"
        "print(list(vb_flash.counts), vb_link.spent_us[0])"
    )
    assert run(image, program) == f"[1, 1, 128] {28 + 320 + 45000 + 11}\n"


def test_nothing_is_allocated(image: Path) -> None:
    program = (
        "import micropython\n"
        "data = bytes(128); old = bytearray(64)\n"
        "def use():\n"
        "    flash.ioctl(6, 1); flash.writeblocks(1, data, 0); flash.writeblocks(1, data, 0)\n"
        "    flash.readblocks(1, old, 32); flash.readblocks(1, old, 64); flash.ioctl(3, 0); flash.ioctl(4, 0)\n"
        "micropython.heap_lock()\n"
        "use()\n"
        "micropython.heap_unlock()\n"
        "print(sum(old))"
    )
    assert run(image, program) == "0\n"


def test_reads_see_every_write_however_many_blocks_are_held(image: Path) -> None:
    program = """
state = 1
model = bytearray(b"\\xff" * 64 * 4096)
buffer = bytearray(32)
for step in range(6000):
    state = state * 1103515245 + 12345 & 0x7FFFFFFF
    block, offset = state >> 8 & 63, (state >> 16 & 127) * 32
    at = block * 4096 + offset
    if step % 7 == 0:
        data = bytes([state >> 4 & 255] * 32)
        flash.writeblocks(block, data, offset)
        for i in range(32):
            model[at + i] &= data[i]
    elif step % 101 == 0:
        flash.ioctl(6, block)
        model[block * 4096 : block * 4096 + 4096] = b"\\xff" * 4096
    else:
        flash.readblocks(block, buffer, offset)
        assert buffer == model[at : at + 32], step
print("same")
"""
    assert run(image, program) == "same\n"


def test_reading_does_not_even_count_as_an_allocation(image: Path) -> None:
    program = """
import micropython
buffer = bytearray(64)
def use(times):
    before = micropython.mem_total()
    for _ in range(times):
        flash.readblocks(1, buffer, 64)
    return micropython.mem_total() - before
use(1)
print(use(100) - use(1))
"""
    assert run(image, program) == "0\n"


def test_littlefs_keeps_files_over_a_restart(image: Path) -> None:
    program = "import os, vfs\n{make}fs = vfs.VfsLfs2(flash, mtime=False)\nos.mount(fs, '/f')\n{then}"
    run(
        image,
        program.format(
            make="vfs.VfsLfs2.mkfs(flash)\n", then="f = open('/f/a', 'w'); f.write('x' * 9000); f.close()"
        ),
    )
    assert run(image, program.format(make="", then="print(len(open('/f/a').read()))")) == "9000\n"


def arm(image: Path, operations: int, mode: str, noise: int = 1) -> None:
    """Let the power fail, as the supervisor does."""
    content = image.read_bytes().ljust(BLOCKS * 4096 + 8, b"\0")
    record = struct.pack(ARMED, operations, MODES.index(mode), 0, noise)
    image.write_bytes(content[: BLOCKS * 4096] + record + content[BLOCKS * 4096 + 8 :])


DYING = "cuts = []\nvb_link.power_off = lambda: cuts.append(vb_flash.counts[0] + vb_flash.counts[1])\n"


@pytest.mark.parametrize(("mode", "written"), [("lost", 0), ("done", 32)])
def test_power_fails_at_the_operation_that_was_chosen(image: Path, mode: str, written: int) -> None:
    arm(image, 3, mode)
    program = (
        "flash.ioctl(6, 0); flash.writeblocks(1, bytes(32)); print(len(cuts), flash.writeblocks(2, bytes(32)), cuts)"
    )
    printed = run(image, DYING + program)
    assert printed == f"0 -5 {[2 + (mode == 'done')]}\n"
    assert image.read_bytes()[2 * 4096 : 3 * 4096].count(0) == written


def test_operations_are_counted_over_restarts(image: Path) -> None:
    arm(image, 2, "lost")
    assert run(image, DYING + "flash.ioctl(6, 0); print(cuts)") == "[]\n"
    assert run(image, DYING + "flash.ioctl(6, 0); print(cuts)") == "[0]\n"
    assert run(image, DYING + "flash.ioctl(6, 0); print(cuts)") == "[]\n"


def test_torn_program_reaches_some_bytes_and_one_of_them_in_part(image: Path) -> None:
    reached = set()
    for noise in range(40):
        image.write_bytes(b"\xff" * BLOCKS * 4096)
        arm(image, 1, "torn", noise)
        run(image, DYING + "flash.writeblocks(1, bytes(64), 128)")
        written = image.read_bytes()[4096 + 128 : 4096 + 192]
        whole = len(written) - len(written.lstrip(b"\0"))
        assert written[whole + 1 :] == b"\xff" * (63 - whole)
        reached.add(whole)
    assert len(reached) > 10


def test_torn_erase_is_unstable_until_the_next_one(image: Path) -> None:
    arm(image, 1, "torn")
    read = "a, b = bytearray(64), bytearray(64); flash.readblocks(3, a); flash.readblocks(3, b); print(a == b)\n"
    run(image, DYING + "flash.ioctl(6, 3)")
    others = "for block in range(20):\n    flash.readblocks(block, bytearray(32), 0)\n"
    assert run(image, read) == "False\n"
    assert run(image, "flash.writeblocks(3, bytes(32))\n" + others + read) == "False\n"
    assert run(image, "flash.ioctl(6, 3)\n" + read) == "True\n"
    assert run(image, read) == "True\n"
