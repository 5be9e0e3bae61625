"""The device under test as one sees it from its port: MicroPython's REPL, and the node's JSON-RPC console."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
import serial
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

READY_S = 15.0  # boot of a real ESP32 from a hard reset: below 3 s, and a native-USB port has to come back
_LOOK_S = 0.005
_SHOWN = 2000  # bytes of what was heard, in a failure


class Refused(Exception):
    """The node answered a call with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code = error["code"]


class Dut:
    """One board on a port, virtual or not."""

    def __init__(self, port: str, log: Path, power_cycle: Callable[[], None] | None = None) -> None:
        self.port = port
        self.log = log
        self.log.touch()
        self._power_cycle = power_cycle
        self._heard = b""
        self._calls = 100
        self._transport = self._opened()

    # the port

    def close(self) -> None:
        """Give the port back."""
        self._transport.serial.close()

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Leave the port to a tool for a while."""
        self.close()
        try:
            yield self.port
        finally:
            self._transport = self._opened()

    def write(self, data: bytes) -> None:
        """Type at the board."""
        self._note(b"> " + data + b"\n")
        self._transport.serial.write(data)

    def expect(self, pattern: str, timeout_s: float = 5.0) -> re.Match[str]:
        """Wait for text from the board; forget everything up to its end."""
        end_s = time.monotonic() + timeout_s
        while True:
            text = self._heard.decode(errors="replace")
            if match := re.search(pattern, text, re.MULTILINE):
                self._heard = text[match.end() :].encode()
                return match
            if time.monotonic() > end_s:
                self._fail(f"the board did not say {pattern!r} within {timeout_s:g} s")
            self._hear()

    # MicroPython; the firmware stands still until `reset`

    def exec(self, code: str) -> str:
        """Run code; return what it printed."""
        with self._raw_repl() as transport:
            output: str = transport.exec(code).decode().replace("\r\n", "\n")
        self._note(f"exec {code!r} -> {output!r}\n".encode())
        return output

    def eval(self, expression: str) -> Any:
        """Return the value of an expression."""
        with self._raw_repl() as transport:
            return transport.eval(expression)

    # the node

    def call(self, method: str, **params: Any) -> Any:
        """Call a method of the node; raise Refused if it says no."""
        self._calls += 1
        request = {"jsonrpc": "2.0", "id": self._calls, "method": method, "params": params}
        self.write(json.dumps(request).encode() + b"\n")
        answer = self.message(lambda m: m.get("id") == self._calls and "method" not in m, f"the answer to {method}")
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def notification(self, method: str, timeout_s: float = READY_S) -> dict[str, Any]:
        """Wait for a notification; return its parameters."""
        params: dict[str, Any] = self.message(lambda m: m.get("method") == method, method, timeout_s)["params"]
        return params

    def message(self, wanted: Callable[[dict[str, Any]], bool], what: str, timeout_s: float = 10.0) -> dict[str, Any]:
        """Wait for a JSON-RPC line; forget everything up to its end."""
        end_s = time.monotonic() + timeout_s
        while True:
            line, end, rest = self._heard.partition(b"\n")
            if end:
                self._heard = rest
                message = _parsed(line)
                if message is not None and wanted(message):
                    return message
            elif time.monotonic() > end_s:
                self._fail(f"no {what} within {timeout_s:g} s")
            else:
                self._hear()

    def reset(self) -> dict[str, Any]:
        """Reset the chip, whatever it does now; return what the node says once it is ready."""
        try:
            self._transport.enter_raw_repl(soft_reset=False)
            self._transport.exec_raw_no_follow("import machine; machine.reset()")
        except (TransportError, OSError, serial.SerialException):
            if self._power_cycle is not None:  # asleep, and nobody here to press its button
                return self.power_cycle()
            self._reopen()
        return self.ready()

    def ready(self) -> dict[str, Any]:
        """Wait until the node says that it is ready."""
        return self.notification("ready")

    def power_cycle(self) -> dict[str, Any]:
        """Cut the supply and restore it; skip the test where nobody can."""
        if self._power_cycle is None:
            pytest.skip("a board on a port has no power switch")
        self._power_cycle()
        self._reopen()
        return self.ready()

    # inside

    @contextmanager
    def _raw_repl(self) -> Iterator[SerialTransport]:
        transport = self._transport
        transport.enter_raw_repl(soft_reset=False)
        yield transport
        transport.exit_raw_repl()
        self._heard = b""

    def _hear(self) -> None:
        port = self._transport.serial
        try:
            data = port.read(port.in_waiting) if port.in_waiting else b""
        except (OSError, serial.SerialException):
            self._reopen()
            return
        if not data:
            time.sleep(_LOOK_S)
        self._note(data)
        self._heard += data

    def _opened(self) -> SerialTransport:
        """Open the port, which may be away while the board restarts."""
        end_s = time.monotonic() + READY_S
        while True:
            try:
                return SerialTransport(self.port, exclusive=False)
            except (OSError, TransportError) as error:
                if time.monotonic() > end_s:
                    self._fail(f"{self.port} does not open ({error}); a sleeping board needs its button pressed")
            time.sleep(_LOOK_S)

    def _reopen(self) -> None:
        self.close()
        self._transport = self._opened()

    def _note(self, data: bytes) -> None:
        with self.log.open("ab") as file:
            file.write(data)

    def _fail(self, what: str) -> NoReturn:
        said = self.log.read_bytes()[-_SHOWN:].decode(errors="replace")
        pytest.fail(f"{what}\n--- the last of {self.log}:\n{said}")


def _parsed(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b"{"):
        return None
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
