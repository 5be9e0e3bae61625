"""One arrival as readings for the detector, and the MicroPython programs that feed them to it."""

import json
from array import array
from pathlib import Path
from random import Random

from baysense.core.config import defaults
from baysense_host.virtual.world import SCENARIOS, World

_PERIOD_US = 100_000  # 10 Hz, as the drivers set the magnetometers
_BEFORE_US, _AFTER_US = 40_000_000, 20_000_000
_NOISE_NT = 300  # a magnetometer with its low-pass filter: detection.md 4.3
_TEMPERATURE_CDEG = 1500
_ROUNDS = 20

_PREPARE = """
import gc, json, sys, time
from array import array
sys.path.insert(0, "{app}")
from baysense.core.detector import HOLD, REST, Detector
with open("{readings}", "rb") as file:
    readings = array("i", file.read())
config = json.loads('{config}')
samples = len(readings) // 3
"""

_TIME = """
def once():
    sample = Detector(config).sample
    begin_us = time.ticks_us()
    for i in range(samples):
        sample(100 * i, readings[3 * i], readings[3 * i + 1], readings[3 * i + 2], {temperature})
    return time.ticks_diff(time.ticks_us(), begin_us)
once()
print(json.dumps([once() / samples for _ in range({rounds})]))
"""

# First pass: which samples decide, be it only that a decision must wait; those may allocate. Second pass: how much
# each takes. Everything is loaded by then, so that the first sample of all is not charged with it.
_ALLOCATE = """
from baysense.core import judge
now = 0
deciding = bytearray(samples)
grown = array("i", [0] * samples)
plain = judge.settled
def noting(*arguments):
    deciding[now] = 1
    return plain(*arguments)
def once():
    global now
    sample = Detector(config).sample
    gc.disable()
    for i in range(samples):
        now = i
        before = gc.mem_alloc()
        result = sample(100 * i, readings[3 * i], readings[3 * i + 1], readings[3 * i + 2], {temperature})
        grown[i] = gc.mem_alloc() - before
        if result != HOLD and result != REST:
            deciding[i] = 1
    gc.enable()
judge.settled = noting
once()
judge.settled = plain
once()
"""
_TELL = """
following = [n for i, n in enumerate(grown) if i and not deciding[i]]
print(json.dumps({{"samples": len(following), "bytes": sum(following), "most": max(following),
    "first": grown[0], "decisions": [n for n, yes in zip(grown, deciding) if yes]}}))
"""


def write_readings(path: Path) -> int:
    """Write one arrival of the demo day as 32-bit integers x, y, z [nT]; return the number of readings."""
    world = World(SCENARIOS["demo"], seed=1, days=0.2)
    stood_us = world.truth(0)[0].t_us
    environment, noise = world.environment(0), Random(1)
    readings = array("i")
    for t_us in range(stood_us - _BEFORE_US, stood_us + _AFTER_US, _PERIOD_US):
        readings.extend(round(1000 * value_ut + noise.gauss(0, _NOISE_NT)) for value_ut in environment.field_ut(t_us))
    path.write_bytes(readings.tobytes())
    return len(readings) // 3


def timing_program(app: str, readings: str) -> list[str]:
    """Return a program, in pieces to run one after another, that prints µs per step for every round."""
    return [_filled(_PREPARE, app, readings), _filled(_TIME, app, readings)]


def allocation_program(app: str, readings: str) -> list[str]:
    """Return a program that prints the bytes allocated by the samples of one arrival."""
    return [_filled(piece, app, readings) for piece in (_PREPARE, _ALLOCATE, _TELL)]


def _filled(piece: str, app: str, readings: str) -> str:
    config = {**defaults(), "confirm_range": False}  # nobody answers here
    wanted = {name: config[name] for name in ("wake_threshold_nt", "occupied_nt", "free_nt", "confirm_range")}
    return piece.format(
        app=app, readings=readings, config=json.dumps(wanted), temperature=_TEMPERATURE_CDEG, rounds=_ROUNDS
    )
