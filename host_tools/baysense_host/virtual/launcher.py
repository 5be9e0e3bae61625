"""Start and end interpreters through the launcher process, see launcher_server.py."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from baysense_host.errors import ToolError

# Heap of the shims, beside the firmware's share [KiB]; vb_heap.py fills up what they leave of it.
SHIMS_KIB = 352

_SERVER = Path(__file__).with_name("launcher_server.py")


class Launcher:
    """One small process that forks an interpreter per boot.

    `fd` becomes readable when an interpreter has ended; then call `exits()`.
    """

    def __init__(self) -> None:
        self._control, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._notices, notices = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._notices.setblocking(False)
        self._killed: set[int] = set()  # killed, but an earlier exit notice is still on its way
        self._process = self._run(control, notices)
        control.close()
        notices.close()

    @property
    def fd(self) -> int:
        """The descriptor to poll for exits."""
        return self._notices.fileno()

    def start(self, tty_fd: int, link_fd: int, env: dict[str, str], heap_kib: int, script: str) -> int:
        """Start an interpreter and return its pid.

        Args:
            tty_fd: becomes its controlling terminal and stdin, stdout, stderr; close it here afterwards.
            link_fd: becomes its descriptor 3; close it here afterwards.
            env: its whole environment.
            heap_kib: heap for the firmware [KiB], on top of what the shims need.
            script: what it runs, vb_boot.py of the compiled shims.
        """
        boot = {"env": env, "heap_kib": heap_kib + SHIMS_KIB, "script": script}
        pid: int = self._ask({"start": boot}, [tty_fd, link_fd])["pid"]
        self._killed.discard(pid)
        return pid

    def kill(self, pid: int) -> None:
        """End an interpreter if it still runs; return when it is gone. `exits()` will not report it."""
        if not self._ask({"kill": pid}, [])["reaped"]:
            self._killed.add(pid)

    def exits(self) -> list[tuple[int, int]]:
        """Return (pid, exit code) of interpreters that ended by themselves; a code below zero is a signal."""
        ended = []
        while True:
            try:
                notice = self._notices.recv(256)
            except BlockingIOError:
                break
            if not notice:
                raise _gone()
            pid, code = json.loads(notice)
            if pid in self._killed:
                self._killed.discard(pid)
            else:
                ended.append((pid, code))
        return ended

    def close(self) -> None:
        """End every interpreter and the launcher process."""
        self._control.close()
        self._process.wait()
        self._notices.close()

    def _run(self, control: socket.socket, notices: socket.socket) -> subprocess.Popen[bytes]:
        fds = (control.fileno(), notices.fileno())
        return subprocess.Popen(
            [sys.executable, "-I", str(_SERVER), *map(str, fds)],
            pass_fds=fds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C for the supervisor is not for the launcher
        )

    def _ask(self, request: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        message = json.dumps(request).encode()
        try:
            socket.send_fds(self._control, [message], fds)
            reply = self._control.recv(65536)
        except ConnectionError:
            reply = b""
        if not reply:
            raise _gone()
        answer: dict[str, Any] = json.loads(reply)
        return answer


def _gone() -> ToolError:
    return ToolError(
        "The process that starts virtual boards has ended.",
        "Check that 'python -c \"import micropython_run\"' works in this environment.",
    )
