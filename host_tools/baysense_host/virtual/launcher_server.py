"""Fork one MicroPython interpreter per request: the small process behind `launcher.Launcher`.

A script of its own: a fork costs what its parent weighs, so nothing is loaded here but the interpreter and a
little of the standard library. Single-threaded. When the supervisor is gone, every interpreter is killed.

Requests on `control`:  {"start": {"env", "heap_kib", "script"}} with two descriptors -> {"pid"}
                        {"kill": pid} -> {"reaped"}: whether this call, not an earlier exit notice, ended it
Exit notices on `notices`:  [pid, code], code negative for a signal
"""

import ctypes
import fcntl
import gc
import json
import os
import select
import signal
import socket
import sys
import termios
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

_TTY, _LINK = 0, 1  # order of the descriptors in a start request
_LINK_FD = 3  # where the shims expect the link
_FAILED = 70  # EX_SOFTWARE of sysexits.h: the interpreter could not be started


class LauncherServer:
    """Serve requests until the supervisor closes its end."""

    def __init__(self, control: socket.socket, notices: socket.socket) -> None:
        self._control = control
        self._notices = notices
        self._interpreter: Any = import_module("micropython_run")
        self._children: set[int] = set()
        self._wake_read, self._wake_write = os.pipe()

    def serve(self) -> None:
        """Answer requests and report exits."""
        self._prepare()
        with suppress(ConnectionError):  # killed, the supervisor is gone in the middle of something
            self._answer_all()
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _answer_all(self) -> None:
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        poller.register(self._wake_read, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poller.poll()}
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
                self._reap()
            if self._control.fileno() in ready and not self._answer():
                return

    def _prepare(self) -> None:
        os.environ.clear()  # the interpreter sees what it is given, nothing of this machine
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake_write)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _interrupt_at_safe_points(self._interpreter.__file__)
        gc.freeze()  # keep the collector from touching, and so copying, shared pages after a fork

    def _answer(self) -> bool:
        message, fds, _, _ = socket.recv_fds(self._control, 65536, 2)
        if not message:
            return False
        request = json.loads(message)
        if "start" in request:
            reply = {"pid": self._start(request["start"], fds)}
        else:
            reply = {"reaped": self._kill(request["kill"])}
        self._control.send(json.dumps(reply).encode())
        return True

    def _start(self, boot: dict[str, Any], fds: list[int]) -> int:
        pid = os.fork()
        if pid == 0:
            self._become_interpreter(boot, fds)
        self._children.add(pid)
        for fd in fds:
            os.close(fd)
        return pid

    def _become_interpreter(self, boot: dict[str, Any], fds: list[int]) -> NoReturn:
        code = _FAILED
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            _take_terminal(fds[_TTY])
            os.dup2(fds[_LINK], _LINK_FD)
            os.closerange(_LINK_FD + 1, 65536)
            os.environ.update(boot["env"])
            code = self._interpreter.run_main(["micropython", "-X", f"heapsize={boot['heap_kib']}K", boot["script"]])
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else _FAILED
        finally:
            os._exit(code & 255)

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            self._children.discard(pid)
            self._notices.send(json.dumps([pid, os.waitstatus_to_exitcode(status)]).encode())

    def _kill(self, pid: int) -> bool:
        if pid not in self._children:
            return False
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self._children.discard(pid)
        return True


def _take_terminal(tty_fd: int) -> None:
    """Make the terminal stdin, stdout, stderr and the controlling terminal."""
    os.setsid()
    fcntl.ioctl(tty_fd, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(tty_fd, fd)


def _interrupt_at_safe_points(interpreter: str) -> None:
    """Make SIGQUIT, which the terminal sends for Ctrl-C, a KeyboardInterrupt between two bytecodes.

    The interpreter's own SIGINT handler jumps out of whatever runs: of a garbage collection (the heap stays
    locked) or of LittleFS halfway through a block. This one only notes the interrupt, as a board's UART does.
    """
    handler = ctypes.cast(ctypes.CDLL(interpreter).mp_sched_keyboard_interrupt, ctypes.c_void_p)
    libc = ctypes.CDLL(None)
    libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
    libc.signal.restype = ctypes.c_void_p
    libc.signal(signal.SIGQUIT, handler)
    libc.siginterrupt(signal.SIGQUIT, 1)  # a blocked read ends with EINTR and so sees the interrupt


if __name__ == "__main__":
    _control, _notices = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    LauncherServer(_control, _notices).serve()
