"""Starting, ending and reporting of interpreters."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from baysense_host.errors import ToolError
from baysense_host.virtual import launcher_server
from baysense_host.virtual.launcher import Launcher
from baysense_host.virtual.terminal import Terminal


class Rig:
    """A launcher and one terminal."""

    def __init__(self, folder: Path) -> None:
        self.printed = bytearray()
        self.launcher = Launcher()
        self.terminal = Terminal(None, self.printed.extend)
        self.script = folder / "script.py"

    def start(self, source: str, env: dict[str, str] | None = None, heap_kib: int = 64) -> tuple[int, socket.socket]:
        self.script.write_text(source)
        node = self.terminal.new_node_side()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = self.launcher.start(node, theirs.fileno(), env or {}, heap_kib, str(self.script))
        os.close(node)
        theirs.close()
        return pid, ours

    def exits(self) -> list[tuple[int, int]]:
        assert select.select([self.launcher.fd], [], [], 5)[0]
        self.terminal.drain()
        return self.launcher.exits()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.terminal.close()
    rig.launcher.close()


def test_exit_code_is_reported_once(rig: Rig) -> None:
    pid, _ = rig.start("import sys\nsys.exit(40)")
    assert rig.exits() == [(pid, 40)]
    assert rig.launcher.exits() == []


def test_signal_is_reported_below_zero(rig: Rig) -> None:
    pid, _ = rig.start("while True: pass")
    os.kill(pid, signal.SIGTERM)
    assert rig.exits() == [(pid, -signal.SIGTERM)]


def test_environment_is_what_was_given_and_nothing_else(rig: Rig) -> None:
    rig.start("import os\nprint(os.getenv('VB_X'), os.getenv('PATH'), os.getenv('HOME'))", {"VB_X": "given"})
    rig.exits()
    assert rig.printed == b"given None None\n"


def test_descriptors_are_the_terminal_the_link_and_nothing_else(rig: Rig) -> None:
    source = "link = open(3, 'r+b')\nlink.write(b'hello')\nimport os\nprint(os.listdir('/proc/self/fd'))"
    _, link = rig.start(source)
    assert link.recv(10) == b"hello"
    rig.exits()
    # 4 is the folder being listed
    assert sorted(eval(rig.printed)) == ["0", "1", "2", "3", "4"]


def test_killed_is_gone_at_once_and_not_reported(rig: Rig) -> None:
    pid, _ = rig.start("while True: pass")
    rig.launcher.kill(pid)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert rig.launcher.exits() == []


def test_killed_after_its_end_is_not_reported(rig: Rig) -> None:
    pid, _ = rig.start("pass")
    assert select.select([rig.launcher.fd], [], [], 5)[0]
    rig.launcher.kill(pid)
    assert rig.launcher.exits() == []


def test_end_of_the_link_shows(rig: Rig) -> None:
    _, link = rig.start("pass")
    link.settimeout(5)
    assert link.recv(10) == b""


def test_start_takes_milliseconds(rig: Rig) -> None:
    fastest = 1.0
    for _ in range(10):
        begin = time.perf_counter()
        pid, link = rig.start("open(3, 'r+b').write(b'up')")
        link.recv(10)
        fastest = min(fastest, time.perf_counter() - begin)
        rig.launcher.kill(pid)
    assert fastest < 0.010  # 1 ms on an idle desktop of 2020


def test_launcher_that_lost_its_supervisor_ends_quietly() -> None:
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    notices, their_notices = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    node, tty_side = os.openpty()
    fds = (theirs.fileno(), their_notices.fileno())
    command = [sys.executable, "-I", launcher_server.__file__, *map(str, fds)]
    with subprocess.Popen(command, pass_fds=fds, stderr=subprocess.PIPE) as server:
        for end in (theirs, their_notices):
            end.close()
        boot = {"env": {}, "heap_kib": 300, "script": "/no/such/script.py"}
        notices.close()  # before the interpreter ends, so that its exit notice reaches nobody
        socket.send_fds(control, [json.dumps({"start": boot}).encode()], [tty_side, control.fileno()])
        assert server.wait(20) == 0
        assert server.stderr is not None
        assert server.stderr.read() == b""
    for fd in (node, tty_side):
        os.close(fd)
    control.close()


def test_dead_launcher_is_one_clear_error(rig: Rig) -> None:
    pid, _ = rig.start("while True: pass")
    launcher = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(launcher, signal.SIGKILL)
    assert select.select([rig.launcher.fd], [], [], 5)[0]
    with pytest.raises(ToolError, match="has ended"):
        rig.launcher.exits()
    with pytest.raises(ToolError, match="has ended"):
        rig.launcher.kill(pid)
