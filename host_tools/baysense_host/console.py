"""Talk JSON-RPC to a node over its serial port, which may vanish in deep sleep and come back."""

import errno
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import serial

from baysense_host.errors import ToolError
from baysense_host.jsonrpc import Lines, Log, Message, Notification, Reply, decode, encode
from baysense_host.ports import PortAway, resolve

BAUD = 115_200  # default of MicroPython's UART REPL; native USB ignores it
_READ_S = 0.1  # how long a read blocks: how late closing is noticed
_RETRY_S = 0.2  # between two attempts to open a port that is away
_ASLEEP = "A sleeping node hears nothing: press its button or reset, then try again within 10 s."
_AT_PROMPT = "The board is at the MicroPython prompt, not in the firmware: `mpremote reset` starts it."


class RpcError(ToolError):
    """The node refused a request."""

    def __init__(self, method: str, error: dict[str, Any]) -> None:
        super().__init__(f"The node refused {method}: {error.get('message', 'no reason given')}.")
        self.code = error.get("code")
        self.data = error.get("data")


class Console:
    """One node on one port; a thread reads, `call` waits for the answer to its own request.

    Log lines and notifications go to `heard`, in the reading thread. A port that vanishes is opened again for
    as long as the console is open; what was asked before it vanished is not asked again.
    """

    def __init__(self, name: str | None, heard: Callable[[Log | Notification], None], wait_s: float = 5.0) -> None:
        self._name = name
        self._heard = heard
        self._wait_s = wait_s
        self._ids = 0
        self._waiting: dict[int, queue.SimpleQueue[Reply | None]] = {}
        self._lock = threading.Lock()
        self._lines = Lines()
        self._at_prompt = False
        self._closing = threading.Event()
        self._there = threading.Event()
        self._port = self._open_within(wait_s)
        self._there.set()
        self._reader = threading.Thread(target=self._read, name="console", daemon=True)
        self._reader.start()

    def __enter__(self) -> "Console":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def there(self) -> bool:
        """Whether the port is there now."""
        return self._there.is_set()

    def close(self) -> None:
        """Give the port back."""
        self._closing.set()
        self._reader.join(timeout=2.0)
        self._port.close()

    def call(self, method: str, params: dict[str, Any] | None = None, timeout_s: float = 10.0) -> Any:
        """Ask the node and return its result; RpcError if it refuses, ToolError if it does not answer."""
        if not self._there.wait(self._wait_s):
            raise ToolError(f"The port has been away for {self._wait_s:g} s.", _ASLEEP)
        with self._lock:
            self._ids += 1
            id_, answer = self._ids, queue.SimpleQueue[Reply | None]()
            self._waiting[id_] = answer
        try:
            self._send(encode(id_, method, params or {}))
            reply = answer.get(timeout=timeout_s)
        except queue.Empty:
            hint = _AT_PROMPT if self._at_prompt else _ASLEEP
            raise ToolError(f"No answer to {method} within {timeout_s:g} s.", hint) from None
        finally:
            with self._lock:
                del self._waiting[id_]
        if reply is None and method == "reboot":
            return None
        if reply is None:
            raise ToolError(f"The node restarted or fell asleep before it answered {method}.", _ASLEEP)
        if reply.error is not None:
            raise RpcError(method, reply.error)
        return reply.result

    def _send(self, line: bytes) -> None:
        try:
            self._port.write(line)
        except (OSError, serial.SerialException) as error:
            raise ToolError(f"Cannot write to the port: {error}.", _ASLEEP) from error

    def _read(self) -> None:
        while not self._closing.is_set():
            try:
                data = self._port.read(max(1, self._port.in_waiting))
            except (OSError, serial.SerialException, TypeError):  # TypeError: pyserial, port closed meanwhile
                self._vanished()
                continue
            for line in self._lines.feed(data):
                self._take(decode(line))

    def _take(self, message: Message | None) -> None:
        if message is None:
            return
        if isinstance(message, Reply):
            with self._lock:
                answer = self._waiting.get(message.id)
            if answer is not None:
                answer.put(message)
            return
        if isinstance(message, Log):
            self._at_prompt = message.text.startswith(">>>")
        elif message.method == "ready":
            self._give_up()
        self._heard(message)

    def _vanished(self) -> None:
        """Open the port again when it is back."""
        self._there.clear()
        self._port.close()
        self._lines.clear()
        self._give_up()
        while not self._closing.wait(_RETRY_S):
            try:
                self._port = _opened(self._name)
            except ToolError:
                continue
            self._there.set()
            return

    def _give_up(self) -> None:
        """Tell everyone who waits that no answer will come."""
        with self._lock:
            for answer in self._waiting.values():
                answer.put(None)

    def _open_within(self, wait_s: float) -> serial.Serial:
        until_s = time.monotonic() + wait_s
        while True:
            try:
                return _opened(self._name)
            except PortAway:
                if time.monotonic() >= until_s:
                    raise
            time.sleep(_RETRY_S)


def _opened(name: str | None) -> serial.Serial:
    """Open a port by path, URL, MAC or serial number."""
    where = resolve(name)
    try:
        return serial.serial_for_url(where, baudrate=BAUD, timeout=_READ_S, write_timeout=5.0, exclusive=True)
    except (OSError, ValueError) as error:  # SerialException is an OSError, a wrong URL a ValueError
        raise _explained(where, error) from error


def _explained(where: str, error: Exception) -> ToolError:
    number = getattr(error, "errno", None)
    if number in (errno.EACCES, errno.EPERM):
        return ToolError(
            f"No permission to open {where}.", "Join the group that owns it: sudo usermod -aG dialout $USER"
        )
    if number in (errno.EAGAIN, errno.EBUSY):
        return ToolError(
            f"{where} is in use by another program.", "Close the other terminal or tool, then try again."
        )
    if number == errno.ENOENT:
        return PortAway(
            f"There is no port {where}.", "`baysense ports` lists them; a sleeping board's USB port is away."
        )
    if "://" in where and isinstance(error, OSError):
        return PortAway(
            f"Nothing answers at {where}.", "Start what serves the port there, or check host and port number."
        )
    return ToolError(f"Cannot open {where}: {error}.", "`baysense ports` lists the ports of this computer.")
