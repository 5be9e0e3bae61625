"""The node's end of the terminal: Ctrl-C, line ends, and a stdin that waits in board time."""

import io
import sys
import termios

import uselect as _select
import vb_link as _link

CTRL_C = 3
_ISIG = 0x01  # c_lflag, asm-generic/termbits-common.h
_NOFLSH = 0x80  # a Ctrl-C must not throw away what was typed before and after it
_OPOST = 0x01  # c_oflag
_ONLCR = 0x04
_POLL = 3  # MP_STREAM_POLL, py/stream.h
_EINVAL = 22

_mode = termios.tcgetattr(0)
_raw_stdin = sys.stdin.buffer
_poll = _select.poll()
_poll.register(_raw_stdin, _select.POLLIN)
_buffer = bytearray(256)
_span = [0, 0]  # unread part of the buffer


def executing(on):
    """Let Ctrl-C interrupt and line ends be cooked, or neither."""
    _mode[3] = _NOFLSH | _ISIG if on else _NOFLSH
    _mode[1] = _OPOST | _ONLCR if on else 0
    termios.tcsetattr(0, termios.TCSANOW, _mode)


def input_waiting():
    """Tell whether a byte can be read at once."""
    if _span[0] < _span[1]:
        return True
    for _ in _poll.ipoll(0):
        return True
    return False


def read_byte():
    """Return the next byte typed at the board; wait for it in board time."""
    while _span[0] >= _span[1]:
        while not input_waiting():
            _link.wait(-1)
        _span[0] = 0
        _span[1] = _raw_stdin.readinto(_buffer)  # what there is: the terminal has VMIN 0
    _span[0] += 1
    return _buffer[_span[0] - 1]


class ByteInput(io.IOBase):
    """sys.stdin.buffer: blocks until all is there, as shared/runtime/sys_stdio_mphal.c does."""

    def read(self, size=-1):
        data = bytearray()
        while len(data) != size:
            data.append(self._next())
        return bytes(data)

    def readinto(self, buffer, size=None):
        size = len(buffer) if size is None else min(size, len(buffer))
        for i in range(size):
            buffer[i] = self._next()
        return size

    def readline(self):
        line = bytearray()
        while not line.endswith(b"\n"):
            line.append(self._next())
        return bytes(line)

    def ioctl(self, request, argument):
        if request != _POLL:
            return -_EINVAL
        return argument & _select.POLLIN if input_waiting() else 0

    def _next(self):
        return read_byte()


class TextInput(ByteInput):
    """sys.stdin: carriage return reads as newline; sizes count characters."""

    def __init__(self):
        self.buffer = ByteInput()

    def read(self, size=-1):
        text = bytearray()
        while size:
            text.append(self._next())
            for _ in range(_continuation_bytes(text[-1])):
                text.append(self._next())
            size -= 1
        return str(text, "utf-8")

    def readline(self):
        return str(super().readline(), "utf-8")

    def _next(self):
        byte = read_byte()
        return 10 if byte == 13 else byte


def _continuation_bytes(lead):
    """Return how many bytes follow this one in UTF-8."""
    return (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0)
