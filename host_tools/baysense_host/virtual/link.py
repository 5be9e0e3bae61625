"""The supervisor's end of the link: framing of requests and replies, see shims/vb_ops.py."""

import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from baysense_host.virtual.shims import vb_ops

MAX_MESSAGE = 66_000


@dataclass(slots=True)
class Request:
    """One request of an interpreter."""

    op: int
    seq: int
    arg: int
    spent_us: int
    payload: bytes

    def call(self) -> tuple[str, list[object]]:
        """Return the name and arguments of a named call."""
        name, arguments = json.loads(self.payload)
        return name, arguments

    def i64(self) -> int:
        """Return the payload's one number."""
        value: int = struct.unpack("<q", self.payload)[0]
        return value


class Link:
    """One interpreter's requests and our replies over a stream socket."""

    def __init__(self) -> None:
        self._ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._received = b""

    @property
    def fd(self) -> int:
        """The descriptor to poll for requests."""
        return self._ours.fileno()

    def receive(self) -> list[Request] | None:
        """Return the requests that have arrived, None when the interpreter is gone."""
        try:
            data = self._ours.recv(MAX_MESSAGE)
        except ConnectionError:
            return None
        if not data:
            return None
        self._received += data
        requests = []
        while (request := self._next()) is not None:
            requests.append(request)
        return requests

    def _next(self) -> Request | None:
        data = self._received
        if len(data) < vb_ops.REQUEST_SIZE:
            return None
        op, seq, arg, spent_us, length = struct.unpack_from(vb_ops.REQUEST, data)
        end = vb_ops.REQUEST_SIZE + length
        if len(data) < end:
            return None
        self._received = data[end:]
        return Request(op, seq, arg, spent_us, data[vb_ops.REQUEST_SIZE : end])

    def reply(self, seq: int, status: int, now_us: int, horizon_us: int, irqs: Sequence[int], payload: bytes) -> None:
        """Answer a request; times are board time [µs]."""
        body = struct.pack(f"<{len(irqs)}H", *irqs) + payload if irqs else payload
        header = struct.pack(vb_ops.REPLY, seq, status, len(irqs), 0, len(body), now_us, horizon_us)
        message = (header + body).ljust(vb_ops.CELL_SIZE, b"\0")
        if len(message) > vb_ops.CELL_SIZE:
            message = _cells(message, seq)
        try:
            self._ours.sendall(message)
        except (BrokenPipeError, ConnectionResetError):
            return  # it died meanwhile; its exit is reported by the launcher

    def hand_over(self) -> None:
        """Close the interpreter's end in this process, after the launcher has it."""
        self.theirs.close()

    def close(self) -> None:
        """Close our end."""
        self._ours.close()


def _cells(message: bytes, seq: int) -> bytes:
    """Cut a long reply into cells."""
    step = vb_ops.CELL_SIZE - 1
    rest = message[vb_ops.CELL_SIZE :]
    parts = [rest[at : at + step].ljust(step, b"\0") for at in range(0, len(rest), step)]
    mark = bytes([seq])
    return message[: vb_ops.CELL_SIZE] + b"".join(mark + part for part in parts)
