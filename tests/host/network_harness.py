"""A board's worth of time and calls for the network tests, without the rest of the virtual board."""

import heapq
import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import chumicro_mqtt
import chumicro_timing  # type: ignore[import-untyped,unused-ignore]
import pytest

from baysense_host.virtual import shims
from baysense_host.virtual.answers import DeviceError, Later
from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.idf_heap import IdfHeap
from baysense_host.virtual.net.listener import Listener
from baysense_host.virtual.net.network import BoardNetwork, VirtualNetwork
from baysense_host.virtual.net.radio import RadioCurrents

SHIMS = Path(shims.__path__[0])
MICROPYTHON = Path(sys.executable).with_name("micropython")
CURRENTS = RadioCurrents(receive_ua=60_000, transmit_ua=180_000, associated_ua=20_000)
MAC = "240ac4000001"
NO_MOSQUITTO = "mosquitto is not installed; `apt install mosquitto` adds a real broker to these tests"
_CALL_US = 50

# The link as the shims use it, reduced to JSON lines; the real one is shims/vb_link.py.
_LINK = """
import json
_file = open(3, "r+b")
_now = [0]
def _ask(name, args):
    _file.write(json.dumps([name, args]).encode() + b"\\n")
    kind, value, _now[0] = json.loads(_file.readline())
    if kind == "ok":
        return value
    raise {"OSError": OSError, "ValueError": ValueError}[kind](value)
def call(name, *args):
    return _ask(name, args)
def wait(timeout_us):
    return _ask("wait", [timeout_us])
def sleep_us(us):
    _ask("sleep", [us])
def spend(us):
    pass
def now_us():
    return _now[0]
"""


# As vb_modules does: a file cannot take the place of the built-in tls.
_TLS = "import sys, vb_tls\nsys.modules['tls'] = vb_tls\n"


class FakeHost:
    """An event queue that settles the network before time moves."""

    def __init__(self, network: VirtualNetwork, real: bool = False) -> None:
        self.network, self.real = network, real
        self.tls_handshake_us = 1_500_000
        self.time_us = 0
        self.calls: dict[str, Callable[..., Any]] = {}
        self.logged: list[tuple[int, str, dict[str, object]]] = []
        self.currents_ua: list[float] = []
        self.poked = False
        self.watched: dict[int, Callable[[], None]] = {}
        self._queue: list[tuple[int, int, list[Callable[[], None]]]] = []
        self._order = 0
        self.listener: Listener | None = None

    def now_us(self) -> int:
        """Return virtual time [µs]."""
        return self.time_us

    def at(self, t_us: int, fn: Callable[[], None]) -> object:
        """Schedule; the token is the cell that holds the function."""
        cell = [fn]
        self._order += 1
        heapq.heappush(self._queue, (max(t_us, self.time_us), self._order, cell))
        return cell

    def cancel(self, token: object) -> None:
        """Empty the cell."""
        assert isinstance(token, list)
        token.clear()

    def poke(self) -> None:
        """Remember it for `wait`."""
        self.poked = True

    def log(self, kind: str, **fields: object) -> None:
        """Keep the record."""
        self.logged.append((self.time_us, kind, fields))

    def register(self, name: str, handler: Callable[..., Any]) -> None:
        """Keep the handler."""
        self.calls[name] = handler

    def watch(self, fd: int, callback: Callable[[], None]) -> None:
        """Keep the callback."""
        self.watched[fd] = callback

    def unwatch(self, fd: int) -> None:
        """Forget the callback."""
        del self.watched[fd]

    def charge(self, what: str, current_ua: float) -> None:
        """Keep the current."""
        assert what == "wifi"
        self.currents_ua.append(current_ua)

    def advance(self, until_us: int, ends: Callable[[], bool] = lambda: False) -> None:
        """Run what is due until a time or until a condition holds."""
        while not ends():
            if self.network.busy:
                self.network.settle()
            if self.listener is not None and self.listener.behind:
                self.listener.settle()
            if not self._queue or self._queue[0][0] > until_us:
                self.time_us = max(self.time_us, until_us)
                return
            self.time_us, _, cell = heapq.heappop(self._queue)
            if cell:
                cell[0]()

    def compute(self, duration_us: int) -> None:
        """Let time pass as the simulation does for an interpreter: unsettled unless something is due."""
        if self._queue and self._queue[0][0] <= self.time_us + duration_us:
            self.advance(self.time_us + duration_us)
        else:
            self.time_us += duration_us

    def call(self, name: str, *args: object) -> Any:
        """Call as the interpreter would; a call takes a little time."""
        self.compute(_CALL_US)
        answer = self.calls[name](*args)
        if isinstance(answer, Later):
            self.advance(answer.at_us)
            return answer.fn()
        return answer

    def wait(self, timeout_us: int) -> bool:
        """Wait as the interpreter would."""
        until_us = self.time_us + (timeout_us if timeout_us >= 0 else 3_600_000_000)
        self.advance(until_us, lambda: self.poked)
        poked, self.poked = self.poked, False
        return poked


class Bench:
    """One board on a network."""

    def __init__(self, heap_bytes: int = 200_000, seed: int = 1) -> None:
        self.network = VirtualNetwork(seed)
        self.network.access_points.append(AccessPoint("Depot", "parken-parken"))
        self.host = FakeHost(self.network)
        self.heap = IdfHeap(heap_bytes)
        self.board = self.attach(self.host)

    def attach(self, host: FakeHost) -> BoardNetwork:
        """Put a board on the network."""
        return self.network.attach(host, "bay-1", MAC, self.heap, CURRENTS)

    def join(self) -> None:
        """Connect the board to the access point."""
        self.host.call("wifi.init")
        self.host.call("wifi.active", True)
        self.host.call("wifi.connect", "Depot", "parken-parken", None)
        self.host.advance(self.host.time_us + 3_000_000)
        assert self.host.call("wifi.isconnected")

    def interpret(self, source: str, folder: Path, *paths: Path) -> str:
        """Run a program in MicroPython with the network shims; return what it printed."""
        (folder / "vb_link.py").write_text(_LINK)
        for name in ("network.py", "socket.py", "time.py", "select.py", "vb_tls.py"):
            (folder / name).write_bytes((SHIMS / name).read_bytes())
        program = folder / "program.py"
        program.write_text(_TLS + textwrap.dedent(source))
        ours, theirs = socket.socketpair()
        with ours, theirs:
            process = _start(program, theirs.fileno(), [folder, *paths])
            theirs.close()
            self._serve(ours)
            output, _ = process.communicate(timeout=20)
        assert process.returncode == 0, output
        return output

    def _serve(self, link: socket.socket) -> None:
        with link.makefile("rwb") as stream:
            for line in stream:
                name, arguments = json.loads(line)
                stream.write(json.dumps([*self._answer(name, arguments), self.host.time_us]).encode() + b"\n")
                stream.flush()

    def _answer(self, name: str, arguments: list[Any]) -> list[Any]:
        if name == "wait":
            return ["ok", self.host.wait(arguments[0])]
        if name == "sleep":
            self.host.advance(self.host.time_us + arguments[0])
            return ["ok", None]
        try:
            return ["ok", self.host.call(name, *arguments)]
        except DeviceError as error:
            return [error.kind, error.arguments[0]]


def device_packages(folder: Path) -> Path:
    """Return a folder with nothing but the device's packages."""
    packages = folder / "packages"
    for package in (chumicro_mqtt, chumicro_timing):
        source = Path(package.__path__[0])
        shutil.copytree(source, packages / source.name, ignore=shutil.ignore_patterns("__pycache__", "*.pyi"))
    return packages


def _start(program: Path, link_fd: int, paths: list[Path]) -> subprocess.Popen[str]:
    def place() -> None:
        os.dup2(link_fd, 3)

    return subprocess.Popen(
        [MICROPYTHON, program],
        env={"MICROPYPATH": ":".join([*map(str, paths), ".frozen"])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=(3, link_fd),
        preexec_fn=place,
    )


@contextmanager
def tcp_server(talk: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """Serve connections one after another, each in `talk`."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    talk(peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def echo(peer: socket.socket) -> None:
    """Send back everything, until the board closes."""
    try:
        while data := peer.recv(65536):
            peer.sendall(data)
    except ConnectionError:
        return


def dial(bench: Bench, port: int = 7) -> int:
    """Open a socket and begin to connect."""
    address = bench.host.call("sock.resolve", "echo.test")
    number: int = bench.host.call("sock.open")
    bench.host.call("sock.connect", number, address, port)
    return number


def connected(bench: Bench) -> int:
    """Return a connected socket."""
    number = dial(bench)
    bench.host.advance(bench.host.time_us + 1_000_000, lambda: bench.host.call("sock.connected", number))
    return number


def errno_of(call: Callable[[], object]) -> int:
    """Return the errno a call fails with."""
    with pytest.raises(DeviceError) as raised:
        call()
    assert raised.value.kind == "OSError"
    code = raised.value.arguments[0]
    assert isinstance(code, int)
    return code
