"""A02YYUW: ultrasonic range sensor on a UART (9600 baud), looking up at the vehicle floor.

Frames FF, high, low, sum about every 100 ms: https://wiki.dfrobot.com/sen0311/docs/21651. The first one comes
some 300 ms after power-on.
"""

import time

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import UART

_HEADER = const(0xFF)
_POLL_MS = const(10)

NEAREST_MM = 30  # so much or less: something lies on the window, nothing is known about what is above
FARTHEST_MM = 4500


class A02YYUW:
    """One A02YYUW; the board switches its supply."""

    def __init__(self, uart: "UART") -> None:
        self._uart = uart
        self._byte = bytearray(1)
        self._frame = bytearray(4)

    def read_mm(self, timeout_ms: int) -> int | None:
        """Return the distance in the next whole frame [mm], 0 = no echo, None = no valid frame in time."""
        self._discard()
        waited_ms = 0
        while True:
            while self._uart.any():
                if self._push():
                    return self._frame[1] << 8 | self._frame[2]
            if waited_ms >= timeout_ms:
                return None
            time.sleep_ms(_POLL_MS)
            waited_ms += _POLL_MS

    def _discard(self) -> None:
        """Drop what came in earlier: it tells of the past."""
        while self._uart.any():
            self._uart.readinto(self._byte)
        for place in range(4):
            self._frame[place] = 0

    def _push(self) -> bool:
        """Take one byte; tell whether the last four are a frame."""
        frame = self._frame
        self._uart.readinto(self._byte)
        frame[0], frame[1], frame[2] = frame[1], frame[2], frame[3]
        frame[3] = self._byte[0]
        good = frame[0] == _HEADER and (frame[0] + frame[1] + frame[2]) & 0xFF == frame[3]
        return good and frame[1] << 8 | frame[2] <= FARTHEST_MM
