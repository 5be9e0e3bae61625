"""A node on a PTY that answers as it is told: the other end of a serial port in tests."""

import json
import os
import pty
import select
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = Callable[[dict[str, Any]], bytes]


def reply(request: dict[str, Any], result: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode() + b"\r\n"


def refusal(request: dict[str, Any], text: str) -> bytes:
    error = {"code": -32000, "message": text}
    return json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode() + b"\r\n"


class ScriptedNode:
    """Behind a link at `path`; `answer` turns each request into the bytes to send back."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self.path = path
        self.requests: list[dict[str, Any]] = []
        self._answer = answer
        self.plug()

    def plug(self) -> None:
        """Appear on the port."""
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self._slave = slave
        self._link(os.ttyname(slave))
        self._plugged = True
        self._thread = threading.Thread(target=self._serve, args=(self._master,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Vanish as native USB does in deep sleep."""
        self.path.unlink(missing_ok=True)
        self._plugged = False
        self._thread.join()  # a port being read does not close
        os.close(self._slave)
        os.close(self._master)

    def say(self, data: bytes) -> None:
        os.write(self._master, data)

    def _link(self, target: str) -> None:
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(target)

    def _serve(self, master: int) -> None:
        pending = b""
        while self._plugged:
            if not select.select([master], [], [], 0.05)[0]:
                continue
            pending += os.read(master, 1024)
            *lines, pending = pending.split(b"\n")
            for line in lines:
                request = json.loads(line)
                self.requests.append(request)
                answer = self._answer(request)
                if answer:
                    os.write(master, answer)
