"""The MicroPython program that times how an uplink is built."""

PAYLOAD_BYTES = 11  # 24 with the frame around it
_ROUNDS = 20
_FRAMES = 2000  # a round

_PROGRAM = """
import json, sys, time
sys.path.insert(0, "{app}")
from baysense.lorawan.frame import Frames
frames = Frames(b"\\x01\\x02\\x03\\x04", bytes(range(16)), bytes(range(16, 32)))
out = bytearray(255)
payload = bytes({size})
def once():
    uplink = frames.uplink
    begin_us = time.ticks_us()
    for counter in range({frames}):
        uplink(out, counter, 0x80, b"", 1, payload, False)
    return time.ticks_diff(time.ticks_us(), begin_us) / {frames}
assert frames.uplink(out, 0, 0x80, b"", 1, payload, False) == 13 + {size}
once()
print(json.dumps([once() for _ in range({rounds})]))
"""


def timing_program(app: str) -> list[str]:
    """Return a program that prints µs per frame for every round."""
    return [_PROGRAM.format(app=app, size=PAYLOAD_BYTES, frames=_FRAMES, rounds=_ROUNDS)]
