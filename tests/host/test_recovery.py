"""boot.py and main.py, which no update replaces: whatever happens, the device comes back, and tools can work."""

import shutil
from pathlib import Path

from baysense_host.paths import firmware_dir
from small_board import SmallBoard, small_board

_RAW_SESSION = b"\x03\x03\x01"
_SOFT_RESET = b"\x04"


def _with_boot(folder: Path) -> None:
    (folder / "firmware").mkdir()
    shutil.copy(firmware_dir() / "boot.py", folder / "firmware")


def _bitten(board: SmallBoard, folder: Path) -> bool:
    return '"watchdog"' in (folder / "events.jsonl").read_text()


def _raw_session(board: SmallBoard) -> None:
    """Interrupt the program and soft-reset into the raw REPL, as mpremote does."""
    board.run(5)
    board.board.terminal.write_to_node(_RAW_SESSION)
    board.run(1)
    board.board.terminal.write_to_node(_SOFT_RESET)
    board.run(600)


_WATCHED = """
    import machine, time
    dog = machine.WDT(timeout=120000)
    while True:
        dog.feed()
        time.sleep(1)
"""


def test_a_tool_in_the_raw_repl_is_not_bitten(tmp_path: Path) -> None:
    _with_boot(tmp_path)
    with small_board(tmp_path, _WATCHED) as board:
        _raw_session(board)
    assert not _bitten(board, tmp_path)


def test_without_boot_py_it_would_be(tmp_path: Path) -> None:
    with small_board(tmp_path, _WATCHED) as board:
        _raw_session(board)
    assert _bitten(board, tmp_path)


def test_a_crash_that_cannot_even_be_recorded_ends_in_sleep(tmp_path: Path) -> None:
    source = (firmware_dir() / "main.py").read_text()
    broken = source.replace("    forget()  # the error may", "    raise MemoryError\n    forget()  # the error may")
    assert broken != source
    with small_board(tmp_path, broken) as board:
        board.run(30)
        assert board.board.state == "deep sleep"
        assert "crash not recorded" in board.said()


def test_a_crash_is_recorded_and_the_board_starts_again(tmp_path: Path) -> None:
    with small_board(tmp_path, (firmware_dir() / "main.py").read_text()) as board:
        board.run(100)
        assert any("ImportError" in line for line in board.said())
        assert board.board.wakes["timer"] >= 1
