"""A virtual board whose power fails at an operation of its flash."""

from pathlib import Path

import pytest

from baysense_host.virtual.board import VirtualBoard
from small_board import small_board

# Replaces a file at every start, as storage does; tells first what is there.
PROGRAM = """
import os, time
try:
    with open("/data/mark") as file:
        print("found", file.read())
except OSError:
    print("found nothing")
for number in range(100):
    with open("/data/mark.new", "w") as file:
        file.write("%d" % number)
    os.rename("/data/mark.new", "/data/mark")
    print("wrote", number)
    time.sleep(1)
"""


def wait_for_cut(board: VirtualBoard) -> bool:
    return board.state == "off"


@pytest.mark.parametrize("mode", ["lost", "torn", "done"])
@pytest.mark.parametrize("operations", range(1, 7))
def test_power_fails_at_an_operation(tmp_path: Path, mode: str, operations: int) -> None:
    with small_board(tmp_path, PROGRAM) as board:
        board.run(5.5)
        board.board.flash.cut_at(operations, mode, noise=operations)
        board.run(20, lambda: wait_for_cut(board.board))
        assert wait_for_cut(board.board) and board.now_s() < 10
        last = int(board.said()[-1].split()[1])
        board.run(5)
        assert int(board.said()[-1].split()[1]) == last  # dead
        board.board.power_on()
        board.run(5)
        found = [line for line in board.said() if line.startswith("found")]
        assert found[0] == "found nothing" and found[1] in (f"found {last}", f"found {last + 1}")
        assert board.said()[-1].startswith("wrote")


def test_not_armed_nothing_fails(tmp_path: Path) -> None:
    with small_board(tmp_path, PROGRAM) as board:
        board.run(200)
        assert board.said()[-1] == "wrote 99"
