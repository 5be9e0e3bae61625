"""The console of a virtual board in fast mode, and what the supervisor does when an interpreter misbehaves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from baysense_host.errors import ToolError
from baysense_host.paths import shims_dir
from small_board import SmallBoard, small_board

_WALL_S = 10.0


def until(board: SmallBoard, text: str) -> None:
    """Let the board go on until it has printed a text; a Ctrl-C takes a little of the host's time."""
    end_s = time.monotonic() + _WALL_S
    while not any(text in line for line in board.lines):
        assert time.monotonic() < end_s, board.lines
        board.run(0.1)
        time.sleep(0.002)


@pytest.mark.parametrize(
    "loop",
    ["while True: pass", "while True: time.sleep(1)", "select.select([sys.stdin], [], [])", "sys.stdin.read(1)"],
)
def test_ctrl_c_interrupts_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: str) -> None:
    monkeypatch.setattr("baysense_host.virtual.simulation._STALL_S", 0.1)
    program = f"import select, sys, time\nprint('go')\n{loop}"
    with small_board(tmp_path, program) as board:
        board.simulation.clock.at(1_500_000, lambda: board.board.terminal.write_to_node(b"\x03"))
        board.run(2, stop=lambda: "KeyboardInterrupt: " in board.lines)
        until(board, "KeyboardInterrupt")
        board.board.terminal.write_to_node(b"6*7\r")
        until(board, "42")
        assert any("KeyboardInterrupt" in line for line in board.lines)


def test_typed_line_reaches_the_program_at_its_virtual_time(tmp_path: Path) -> None:
    program = "import sys, time\nline = sys.stdin.readline()\nprint(repr(line), time.ticks_ms() // 100)"
    with small_board(tmp_path, program) as board:
        board.simulation.clock.at(7_000_000, lambda: board.board.terminal.write_to_node(b"hello\n"))
        lines = board.run(20)
    assert lines[0] == "'hello\\n' 63"  # the boot took 635 ms


def test_interpreter_that_dies_at_once_is_an_error(tmp_path: Path) -> None:
    (shims := tmp_path / "shims").mkdir()
    (shims / "vb_boot.py").write_text("raise ValueError('broken shims')\n")
    with small_board(tmp_path, "", shims=shims) as board, pytest.raises(ToolError, match="broken shims"):
        board.run(60)


def test_program_that_crashes_the_interpreter_starts_again(tmp_path: Path) -> None:
    program = "import machine, time\nprint(machine.reset_cause())\ntime.sleep(5)"
    with small_board(tmp_path, program) as board:
        for _ in range(5):
            board.run(2)
            os.kill(board.board.interpreter.pid, signal.SIGKILL)
            time.sleep(0.05)
        board.run(20)
        assert [line for line in board.lines if line.isdigit()] == ["1"] + ["2"] * 5


def test_no_orphan_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    script = f"""
import sys
sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(shims_dir().parents[2])!r}]
from pathlib import Path
from small_board import small_board
with small_board(Path({str(tmp_path)!r}), "while True: pass", real=True) as board:
    board.run(0.5)
    print(board.board.interpreter.pid, flush=True)
    board.run(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        pid = int(supervisor.stdout.readline())
        launcher = _parent(pid)
        supervisor.kill()
    end_s = time.monotonic() + _WALL_S
    while _alive(pid) or _alive(launcher):
        assert time.monotonic() < end_s
        time.sleep(0.01)


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _alive(pid: int) -> bool:
    try:
        return _stat(pid)[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
