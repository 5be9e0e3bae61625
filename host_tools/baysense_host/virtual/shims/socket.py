"""The ESP32's `socket` module: outgoing TCP and UDP over the supervisor, in virtual time.

Known differences from ports/esp32/modsocket.c: no listening; UDP reaches services of the virtual network only;
errno values are those of this host's `errno` module (newlib's on the chip: EHOSTUNREACH 118, ETIMEDOUT 116,
ENOTCONN 128), so compare by name; a socket that is only forgotten stays open, where the chip closes it at garbage
collection.
"""

import binascii
import errno
import io

import vb_link

AF_INET = 2
AF_INET6 = 10
SOCK_STREAM = 1
SOCK_DGRAM = 2
SOCK_RAW = 3
IPPROTO_IP = 0
IPPROTO_TCP = 6
IPPROTO_UDP = 17
SOL_SOCKET = 4095
SO_REUSEADDR = 4
SO_BROADCAST = 32
TCP_NODELAY = 1
_OPTIONS = ((SOL_SOCKET, SO_REUSEADDR), (SOL_SOCKET, SO_BROADCAST), (IPPROTO_TCP, TCP_NODELAY))

_ENOPROTOOPT = 92
_EDESTADDRREQ = 89
_CHUNK = 192  # a call to the supervisor carries the bytes as hex, for a moment on the heap of the firmware
_FOREVER = -1
_POLL_US = 100000  # SOCKET_POLL_US: a blocking call looks again after so long
_POLL = 3  # stream ioctl requests, py/stream.h
_CLOSE = 4


def getaddrinfo(host, port, *_):
    """Resolve a name; raise OSError(-202) as lwIP does when nobody knows it or there is no network."""
    address = vb_link.call("sock.resolve", host or "0.0.0.0")
    return [(AF_INET, SOCK_STREAM, 0, "", (address, int(port)))]


class socket(io.IOBase):
    """One TCP or UDP socket; blocking until told otherwise."""

    def __init__(self, family=AF_INET, kind=SOCK_STREAM, proto=0):
        """Take one of the ten sockets there are."""
        if family != AF_INET or kind not in (SOCK_STREAM, SOCK_DGRAM):
            raise OSError(errno.EOPNOTSUPP)
        self._timeout_us = _FOREVER
        self._datagrams = kind == SOCK_DGRAM
        self._peer = None  # of a UDP socket, once it is connected
        self._number = vb_link.call("sock.open", self._datagrams)

    def connect(self, address):
        """Connect; a non-blocking socket raises EINPROGRESS and is writable once it is decided."""
        ip = vb_link.call("sock.resolve", address[0])
        if self._datagrams:
            self._peer = (ip, int(address[1]))
            return
        vb_link.call("sock.connect", self._number, ip, int(address[1]))
        if self._timeout_us == 0:
            raise OSError(errno.EINPROGRESS)
        self._until(self._connected)

    def send(self, data):
        """Send what fits into the send buffer; return how many bytes that was."""
        return self._until(self._send, memoryview(data)) if data else 0

    def sendall(self, data):
        """Send everything or raise."""
        view = memoryview(data)
        while view:
            view = view[self.send(view) :]

    def recv(self, size):
        """Return up to so many bytes; b"" when the peer has closed."""
        return self._until(self._receive, size)

    def sendto(self, data, address):
        """Send one datagram; TCP ignores the address."""
        if not self._datagrams:
            return self.send(data)
        ip = vb_link.call("sock.resolve", address[0])
        return vb_link.call("udp.send", self._number, ip, int(address[1]), binascii.hexlify(data).decode())

    def recvfrom(self, size):
        """Return up to so many bytes and the sender's address, which TCP leaves empty."""
        if not self._datagrams:
            return self.recv(size), ("0.0.0.0", 0)
        data, address, port = self._until(self._datagram, size)
        return binascii.unhexlify(data), (address, port)

    def read(self, size=-1):
        """Read as a stream: so many bytes or until the peer closes; None when none are there yet."""
        parts = b""
        while size < 0 or len(parts) < size:
            data = self._stream(self._receive, _CHUNK if size < 0 else size - len(parts))
            if not data:
                return parts if parts or data is not None else None
            parts += data
        return parts

    def readinto(self, buffer, size=-1):
        """Read what is there into a buffer; return how many bytes, None when none are there yet."""
        room = len(buffer) if size < 0 else min(size, len(buffer))
        data = self._stream(self._receive, room)
        if data is None:
            return None
        buffer[: len(data)] = data
        return len(data)

    def readline(self):
        """Read one line as a stream."""
        line = b""
        while not line.endswith(b"\n"):
            data = self._stream(self._receive, 1)
            if not data:
                return line if line or data is not None else None
            line += data
        return line

    def write(self, data, size=-1):
        """Write as a stream; return how many bytes were taken, None when none were."""
        view = memoryview(data)[: len(data) if size < 0 else size]
        return self._stream(self._send, view) if view else 0

    def settimeout(self, seconds):
        """Block so many seconds at most, None = for ever, 0 = not at all."""
        self._timeout_us = _FOREVER if seconds is None else int(seconds * 1000000)

    def setblocking(self, on):
        """Block for ever or not at all."""
        self._timeout_us = _FOREVER if on else 0

    def setsockopt(self, level, option, value):
        """Accept the options that change nothing here."""
        if (level, option) not in _OPTIONS:
            raise OSError(_ENOPROTOOPT)

    def makefile(self, *_):
        """Return the socket itself, as MicroPython does."""
        return self

    def fileno(self):
        """Return the number of the socket."""
        return self._number

    def close(self):
        """Close; a second call does nothing."""
        if self._number >= 0:
            number, self._number = self._number, -1
            vb_link.call("sock.close", number)

    def __enter__(self):
        """Return the socket."""
        return self

    def __exit__(self, *_):
        """Close."""
        self.close()

    def ioctl(self, request, argument):
        """Answer poll and close of the stream protocol."""
        if request == _POLL:
            return 32 if self._number < 0 else vb_link.call("sock.poll", self._number, argument)
        if request == _CLOSE:
            self.close()
            return 0
        return -errno.EINVAL

    def _connected(self):
        return vb_link.call("sock.connected", self._number) or None

    def _datagram(self, size):
        return vb_link.call("udp.recv", self._number, size)

    def _send(self, view):
        if self._datagrams:
            if self._peer is None:
                raise OSError(_EDESTADDRREQ)
            return self.sendto(view, self._peer)
        sent = 0
        while sent < len(view):
            chunk = view[sent : sent + _CHUNK]
            taken = vb_link.call("sock.send", self._number, binascii.hexlify(chunk).decode())
            if taken is None:
                break
            sent += taken
        return sent or None

    def _receive(self, size):
        if self._datagrams:
            packet = self._datagram(size)
            return None if packet is None else binascii.unhexlify(packet[0])
        data = vb_link.call("sock.recv", self._number, min(size, _CHUNK))
        return None if data is None else binascii.unhexlify(data)

    def _stream(self, operation, argument):
        try:
            return self._until(operation, argument)
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return None
            raise

    def _until(self, operation, *args):
        """Repeat an operation until it has a result; raise EAGAIN or ETIMEDOUT as the blocking mode says."""
        end_us = None
        while True:
            result = operation(*args)
            if result is not None:
                return result
            if self._timeout_us == 0:
                raise OSError(errno.EAGAIN)
            left_us = _POLL_US
            if self._timeout_us > 0:
                if end_us is None:
                    end_us = vb_link.now_us() + self._timeout_us
                left_us = min(end_us - vb_link.now_us(), _POLL_US)
                if left_us <= 0:
                    raise OSError(errno.ETIMEDOUT)
            vb_link.wait(left_us)
