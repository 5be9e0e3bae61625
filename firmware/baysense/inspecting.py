"""Look at the device: who and how it is, a reading, what it has logged."""

import gc
import sys
import time
from array import array
from binascii import hexlify

from micropython import const

import baysense
from baysense import stages
from baysense.core import faults
from baysense.core.state import STATE_NAMES
from baysense.magnetometer import open_sensor
from baysense.provision.rpc import RpcError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from baysense.storage.identity import Identity
    from baysense.storage.journal import Journal

_LOG_EVENTS = const(8)  # some 250 B each; the answer needs one piece of memory


def info(node: "Node") -> dict:
    """Return who and how this device is."""
    present = node.detector or node.recall
    board = node.board
    from baysense.core import config

    identity: Identity = stages.store(node, "identity")
    return {
        "board": board.NAME,
        "firmware": baysense.__version__,
        "micropython": ".".join(str(part) for part in sys.implementation.version[:3]),
        "dev_eui": hexlify(identity.dev_eui).decode(),
        "provisional": identity.provisional,
        "config": config.digest(stages.config(node)),
        "cause": node.cause,
        "state": STATE_NAMES[present.state],
        "confidence": present.confidence / 100,
        "faults": faults.names(node.faults),
        "battery_voltage": board.battery_mv() / 1000 if board.POWER == "battery" else None,
        "heap_free": gc.mem_free(),
    }


def read_sensor(node: "Node") -> dict:
    """Return one fresh reading."""
    sensor = node.attendant.sensor if node.attendant is not None else open_sensor(node)
    if sensor is None:
        raise RpcError("the magnetometer does not answer, check its wiring")
    reading = array("i", (0, 0, 0, 0))
    for _ in range(5):
        if sensor.read_into(reading):
            names = ("x_nt", "y_nt", "z_nt", "temperature_cdeg")
            return {name: value for name, value in zip(names, reading)}
        time.sleep_ms(sensor.period_ms)
    raise RpcError("the magnetometer gives no new data")


def log(node: "Node") -> dict:
    """Return the latest events, how many wait to be sent, starts and faults, and the crash log."""
    from baysense.core import event as events
    from baysense.storage import bootlog

    journal: Journal = stages.store(node, "journal")
    shown = []
    for seq, body in journal.latest(_LOG_EVENTS):
        shown.append(events.as_dict(events.unpack(body, seq), node.clock_ms(), node.recall.epoch, node.recall.wake))
    starts = bootlog.entries(node.root)[-_LOG_EVENTS:]
    for entry in starts:
        entry["faults"] = faults.names(entry["faults"])
    return {
        "events": shown,
        "unsent": journal.waiting(),
        "log": starts,
        "crashes": _crashes(node.root),
        "fruitless_wakes": node.recall.fruitless,
    }


def _crashes(root: str) -> str:
    try:
        with open(root + "/crash.txt") as file:
            return file.read()[-2000:]
    except OSError:
        return ""
