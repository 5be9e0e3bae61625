"""Unmodified mpremote and pyserial on a virtual board's port, by path as a user types it.

Every tool runs under a time-out: mpremote waits for ever for a board that is dead.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import serial

SUPERVISOR = Path(__file__).parent / "bare_board" / "supervisor.py"
HOST_TOOLS = Path(__file__).parents[2] / "host_tools"
TIMEOUT_S = 20
DIVISION = "ZeroDivisionError: divide by zero"


class Board:
    """A board's port and the process behind it."""

    def __init__(self, folder: Path) -> None:
        self.port = folder / "ttyVirtual"
        self.log = folder / "pids"
        environment = os.environ | {"PYTHONPATH": str(HOST_TOOLS)}
        command = [sys.executable, str(SUPERVISOR), str(self.port), str(folder / "flash.img")]
        self.process = subprocess.Popen(command, stdout=self.log.open("w"), env=environment)
        _until(lambda: self.log.read_text() != "")

    def interpreter(self) -> int:
        """Return the pid of the running interpreter."""
        return int(self.log.read_text().split()[-1])

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of mpremote on the port."""
        return [sys.executable, "-m", "mpremote", "connect", str(self.port), *arguments]

    def mpremote(self, *arguments: str, rc: int = 0) -> str:
        """Run mpremote on the port; return what it prints."""
        command = self.command(*arguments)
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        assert done.returncode == rc, done.stdout + done.stderr
        return done.stdout + done.stderr

    def serial(self) -> serial.Serial:
        """Open the port as pyserial does."""
        return serial.Serial(str(self.port), 115200, timeout=5)

    def close(self) -> None:
        """End everything."""
        self.process.kill()
        self.process.wait()


def _until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.005)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"  # a zombie has ended; its parent may be slow to collect it


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A board that all tests of this file share: one's leftovers must not hurt the next."""
    running = Board(tmp_path_factory.mktemp("board"))
    yield running
    running.close()


@pytest.fixture
def own_board(tmp_path: Path) -> Iterator[Board]:
    """A board to break."""
    running = Board(tmp_path)
    yield running
    running.close()


@pytest.fixture
def console(board: Board) -> Iterator[serial.Serial]:
    """The board's friendly REPL, by pyserial."""
    with board.serial() as port:
        port.write(b"\x03\x02\x03")
        port.read_until(b">>> \r\n>>> ")
        yield port


def test_exec_prints(board: Board) -> None:
    assert board.mpremote("exec", "print(6 * 7)") == "42\n"


def test_eval_prints_the_value(board: Board) -> None:
    assert board.mpremote("eval", "[1, 'a']") == "[1, 'a']\n"


def test_run_executes_a_file_of_more_than_one_paste_window(board: Board, tmp_path: Path) -> None:
    script = tmp_path / "long.py"
    script.write_text("".join(f"a{i} = {i}\n" for i in range(300)) + "print(sum([a0, a299]))\n")
    assert board.mpremote("run", str(script)) == "299\n"


def test_traceback_is_as_on_a_board(board: Board) -> None:
    text = board.mpremote("exec", "def f():\n  1/0\nf()", rc=1)
    assert text == (
        "Traceback (most recent call last):\n"
        '  File "<stdin>", line 3, in <module>\n'
        '  File "<stdin>", line 2, in f\n'
        f"{DIVISION}\n"
    )


def test_printed_exception_hides_the_shims_too(board: Board) -> None:
    script = "import sys\ntry:\n  sys.stdin.readinto(None)\nexcept Exception as e:\n  sys.print_exception(e)"
    text = board.mpremote("exec", script)
    assert text.splitlines()[1:-1] == ['  File "<stdin>", line 3, in <module>']


def test_files_go_there_and_back(board: Board, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40
    (tmp_path / "blob.bin").write_bytes(content)
    board.mpremote("fs", "mkdir", ":deep", "+", "fs", "cp", str(tmp_path / "blob.bin"), ":deep/blob.bin")
    assert "10240 blob.bin" in board.mpremote("fs", "ls", ":deep")
    assert "blob.bin" in board.mpremote("fs", "tree", ":")
    board.mpremote("fs", "cp", ":deep/blob.bin", str(tmp_path / "back.bin"))
    assert (tmp_path / "back.bin").read_bytes() == content
    board.mpremote("fs", "rm", "-r", ":deep")
    assert "deep" not in board.mpremote("fs", "ls")


def test_nothing_of_the_host_is_on_the_board(board: Board) -> None:
    board.mpremote("fs", "cat", ":/etc/passwd", rc=1)
    script = "import os\nprint(hasattr(os, 'system'), hasattr(os, 'getenv'))"
    assert board.mpremote("exec", script) == "False False\n"


def test_mount_serves_a_host_folder(board: Board, tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text("VALUE = 7\n")
    text = board.mpremote("mount", str(tmp_path), "exec", "import served\nprint(served.VALUE)")
    assert text.splitlines()[-1] == "7"


def test_soft_reset_forgets_variables_and_resume_keeps_them(board: Board) -> None:
    board.mpremote("exec", "kept = 1")
    assert board.mpremote("resume", "exec", "kept = 1") == ""
    assert board.mpremote("resume", "eval", "kept") == "1\n"
    board.mpremote("soft-reset")
    assert "NameError" in board.mpremote("resume", "eval", "kept", rc=1)


def test_soft_reset_closes_open_files(board: Board) -> None:
    board.mpremote("exec", "f = open('open.txt', 'w'); f.write('data')")
    assert board.mpremote("fs", "cat", ":open.txt") == "data"


def test_repl_shows_banner_and_echoes(board: Board) -> None:
    master, slave = os.openpty()
    tool = subprocess.Popen(board.command("resume", "repl"), stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    seen = b""
    try:
        for typed, wanted in ((b"\x02", b"BARE with ESP32"), (b"6*7\r", b"\r\n42\r\n>>> "), (b"\x1d", b"")):
            os.write(master, typed)
            end = time.monotonic() + TIMEOUT_S
            while wanted not in seen and time.monotonic() < end:
                seen += os.read(master, 4096)
            assert wanted in seen
        assert tool.wait(TIMEOUT_S) == 0
    finally:
        tool.kill()
        os.close(master)


def test_what_the_node_prints_itself_is_cooked(console: serial.Serial) -> None:
    console.write(b"print('a'); print('b')\r")
    assert console.read_until(b">>> ") == b"print('a'); print('b')\r\na\r\nb\r\n>>> "


def test_statement_on_several_lines(console: serial.Serial) -> None:
    console.write(b"for i in (1,\r2):\r  i * 10\r\r")
    assert console.read_until(b"20\r\n>>> ").endswith(b"... \r\n10\r\n20\r\n>>> ")


def test_paste_mode(console: serial.Serial) -> None:
    console.write(b"\x05if True:\r    print('in')\r\r    print('still in')\r\x04")
    assert console.read_until(b"still in\r\n>>> ").endswith(b"\r\n=== \r\nin\r\nstill in\r\n>>> ")


def test_stdin_reads_what_is_typed(console: serial.Serial) -> None:
    console.write("import sys; print(repr(sys.stdin.read(2)), repr(sys.stdin.readline()))\rü!rest\r".encode())
    assert b"'\\xfc!' 'rest\\n'" in console.read_until(b"\r\n>>> ")


LOOPS = {
    "busy": "while True: pass",
    "allocating": "while True: [[n] for n in range(50)]",
    "sleep": "import time\nwhile True: time.sleep(10)",
    "stdin": "import sys\nwhile True: sys.stdin.read(1)",
    "flash": "while True:\n  with open('f', 'wb') as f: f.write(bytes(3000))",
    "hash": "import hashlib\nwhile True: hashlib.sha256(bytes(20000)).digest()",
}


@pytest.mark.parametrize("loop", LOOPS)
def test_ctrl_c_interrupts_every_time(console: serial.Serial, loop: str) -> None:
    for attempt in range(20):
        program = "print('go')\n" + LOOPS[loop]
        console.write(b"\x05" + program.replace("\n", "\r").encode() + b"\x04")
        console.read_until(b"go\r\n")  # a Ctrl-C typed before is input for the program, as on a board
        time.sleep(0.0005 * attempt)
        console.write(b"\x03\x03" if attempt % 4 == 3 else b"\x03")
        assert b"KeyboardInterrupt" in console.read_until(b"\r\n>>> "), attempt
        console.write(b"\r40 + 2\r")
        assert b"42" in console.read_until(b"42\r\n>>> ")


def test_file_system_is_whole_after_interrupted_writes(board: Board) -> None:
    board.mpremote("exec", "open('keep', 'w').write('kept')")
    for _ in range(20):
        board_write = "while True:\n  with open('torn', 'wb') as f: f.write(bytes(3000))"
        board.mpremote("exec", "--no-follow", board_write)
        time.sleep(0.02)
    script = "print(open('keep').read(), len(open('torn').read()) in (0, 3000))"
    assert board.mpremote("exec", script) == "kept True\n"


def test_tool_killed_in_a_command_leaves_a_usable_port(board: Board) -> None:
    for _ in range(3):
        command = board.command("exec", "while True: print('x' * 99)")
        tool = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert tool.stdout is not None
        assert tool.stdout.read(300)
        tool.kill()
        tool.wait()
        assert board.mpremote("exec", "print('alive')") == "alive\n"


def test_tool_that_does_not_read_does_not_stop_the_node(console: serial.Serial, board: Board) -> None:
    console.write(b"for i in range(30000): print('0123456789')\r\rprint('do' + 'ne')\r")
    time.sleep(1.0)
    assert console.read_until(b"done\r\n>>> ").endswith(b"done\r\n>>> ")


def test_main_runs_at_boot_unless_boot_failed(own_board: Board, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print('main', __name__)\n1/0\n")
    own_board.mpremote("fs", "cp", str(tmp_path / "main.py"), ":main.py")
    with own_board.serial() as port:
        port.write(b"\x03\x02\x04")
        text = port.read_until(b"information.\r\n>>> ") + port.read_until(b"information.\r\n>>> ")
        assert b"soft reboot\r\nmain __main__\r\nTraceback (most recent call last):\r\n  File" in text
        assert b'  File "main.py", line 2, in <module>\r\nZeroDivisionError' in text
    own_board.mpremote("exec", "open('boot.py', 'w').write('fail')")
    with own_board.serial() as port:
        port.write(b"\x03\x02\x04")
        text = port.read_until(b"information.\r\n>>> ") + port.read_until(b"information.\r\n>>> ")
        assert b"NameError" in text
        assert b"main __main__" not in text


def test_system_exit_is_a_soft_reset(own_board: Board) -> None:
    before = own_board.interpreter()
    own_board.mpremote("exec", "--no-follow", "import sys; sys.exit()")
    _until(lambda: own_board.interpreter() != before)
    assert own_board.mpremote("eval", "1 + 1") == "2\n"


def test_no_orphan_when_the_supervisor_is_killed(own_board: Board) -> None:
    own_board.mpremote("exec", "--no-follow", "while True: pass")
    interpreter = own_board.interpreter()
    assert _alive(interpreter)
    launcher = int(Path(f"/proc/{interpreter}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(own_board.process.pid, signal.SIGKILL)
    _until(lambda: not _alive(interpreter) and not _alive(launcher))


def test_no_orphan_when_the_launcher_is_killed(own_board: Board) -> None:
    interpreter = own_board.interpreter()
    launcher = int(Path(f"/proc/{interpreter}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(launcher, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        own_board.process.wait(TIMEOUT_S)
    _until(lambda: not _alive(interpreter))
    assert not _alive(interpreter)
