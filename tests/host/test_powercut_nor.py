"""The NOR chip in RAM that the power-cut campaign works on, run in MicroPython."""

import os
import subprocess
import sys
from pathlib import Path

import baysense_host

HEAD = """
import random
from baysense_host.bench.cuts.inside import nor
cells = nor.Cells(8)
def at(block, count, offset=0):
    cells.bytes.seek(block * 4096 + offset)
    return cells.bytes.read(count)
"""


def run(program: str) -> list[str]:
    """Run a program that has eight blocks of `cells`; return the lines it prints."""
    environment = os.environ | {"MICROPYPATH": f"{Path(baysense_host.__file__).parent.parent}:.frozen"}
    command = [str(Path(sys.executable).with_name("micropython")), "-c", HEAD + program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split("\n")[:-1]


def test_programming_only_clears_bits_and_erasing_sets_them() -> None:
    program = """
chip = nor.Nor(cells)
print(chip.writeblocks(2, bytes([0xF0] * 32), 64), chip.writeblocks(2, bytes([0x3C] * 32), 64), at(2, 34, 63)[:2])
print(chip.ioctl(6, 2), at(2, 4096) == b"\\xff" * 4096, cells.erases[2], cells.programmed_bytes, chip.operations)
"""
    assert run(program) == ["0 0 b'\\xff0'", "0 True 1 64 3"]


def test_lost_is_not_done_and_done_is_not_acknowledged_and_dead_stays_dead() -> None:
    program = """
for mode in (nor.LOST, nor.DONE):
    chip = nor.Nor(cells, 2, mode)
    print(chip.writeblocks(0, bytes(32)), chip.writeblocks(1, bytes(32)), chip.dead, at(1, 1)[0])
    print(chip.writeblocks(3, bytes(32)), chip.ioctl(6, 0), chip.readblocks(0, bytearray(32)))
    print(at(0, 1)[0], at(3, 1)[0])
"""
    assert run(program) == ["0 -5 True 255", "-5 -5 -5", "0 255", "0 -5 True 0", "-5 -5 -5", "0 255"]


def test_torn_program_reaches_some_bytes_and_one_of_them_in_part() -> None:
    program = """
reached = set()
for seed in range(60):
    random.seed(seed)
    nor.Nor(cells).ioctl(6, 1)
    nor.Nor(cells, 1, nor.TORN).writeblocks(1, bytes(128), 256)
    written = at(1, 128, 256)
    whole = 0
    while whole < 128 and written[whole] == 0:
        whole += 1
    assert written[whole + 1:] == b"\\xff" * (127 - whole)
    reached.add(whole)
print(len(reached) > 20)
"""
    assert run(program) == ["True"]


def test_torn_erase_is_unstable_until_the_next_one() -> None:
    program = """
def same():
    a, b = bytearray(64), bytearray(64)
    chip = nor.Nor(cells)
    chip.readblocks(1, a, 128)
    chip.readblocks(1, b, 128)
    return a == b
nor.Nor(cells, 1, nor.TORN).ioctl(6, 1)
print(same(), nor.Nor(cells).writeblocks(1, bytes(64), 128), same(), nor.Nor(cells).ioctl(6, 1), same())
"""
    assert run(program) == ["False 0 False 0 True"]


def test_power_can_be_cut_later_than_was_planned() -> None:
    program = """
chip = nor.Nor(cells, 2, nor.LOST)
chip.ioctl(6, 0)
chip.cut_in(3)
print(chip.ioctl(6, 0), chip.ioctl(6, 0), chip.ioctl(6, 0), chip.dead)
"""
    assert run(program) == ["0 0 -5 True"]


def test_nothing_is_allocated() -> None:
    program = """
import micropython
data, buffer = bytes(128), bytearray(64)
plain, torn, half = nor.Nor(cells), nor.Nor(cells, 1, nor.TORN), nor.Nor(cells, 1, nor.TORN)
def use():
    plain.ioctl(6, 1); plain.writeblocks(1, data, 0); plain.writeblocks(1, data, 0); plain.readblocks(1, buffer, 32)
    plain.ioctl(3, 0); plain.ioctl(4, 0); plain.ioctl(5, 0)
    torn.writeblocks(2, data, 0); torn.readblocks(2, buffer, 0); half.ioctl(6, 3); plain.readblocks(3, buffer, 0)
micropython.heap_lock()
use()
micropython.heap_unlock()
print("done")
"""
    assert run(program) == ["done"]
