"""A real TCP connection that never blocks."""

import errno
import socket
import struct
from contextlib import suppress

_CHUNK = 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_PENDING = {errno.EINPROGRESS, errno.EALREADY}


class Wire:
    """The real side of one socket of a board."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._backlog = bytearray()
        self._begun = False
        self.eof = False
        self.error = 0  # why it ended, 0 = the peer closed orderly

    @property
    def fd(self) -> int:
        """The descriptor to poll."""
        return self._socket.fileno()

    def connect(self, address: tuple[str, int]) -> int | None:
        """Begin to connect, or go on; return None while it lasts, then 0 or an errno."""
        if not self._begun:
            self._begun = True
            result = self._socket.connect_ex(address)
            return None if result in _PENDING else result
        if result := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            return result
        try:
            self._socket.getpeername()
        except OSError:
            return None
        return 0

    def send(self, data: bytes) -> None:
        """Send now what the kernel takes and keep the rest for `flush`."""
        self._backlog += data
        self.flush()

    def flush(self) -> None:
        """Send what was kept."""
        try:
            while self._backlog:
                del self._backlog[: self._socket.send(self._backlog)]
        except BlockingIOError:
            return
        except OSError as error:
            self._backlog.clear()
            self._end(error)

    @property
    def unsent(self) -> int:
        """Bytes the kernel did not take yet."""
        return len(self._backlog)

    def receive(self) -> bytes:
        """Return what has arrived; sets `eof` when the peer has closed."""
        data = bytearray()
        try:
            while chunk := self._socket.recv(_CHUNK):
                data += chunk
            self.eof = True
        except BlockingIOError:
            pass
        except OSError as error:
            self._end(error)
        return bytes(data)

    def _end(self, error: OSError) -> None:
        self.eof = True
        self.error = error.errno or errno.EIO

    def close(self, reset: bool = False) -> None:
        """Close, orderly or with a reset."""
        if reset:
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._socket.close()
