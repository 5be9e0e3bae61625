"""The JSON-RPC methods of the node, the same over every channel."""

import gc
import sys
import time
from array import array
from binascii import hexlify

from micropython import const

import baysense
from baysense import sensing, stages
from baysense.core import config as settings
from baysense.core import event as events
from baysense.core import faults
from baysense.core.state import STATE_NAMES
from baysense.provision.rpc import RpcError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from baysense.storage.identity import Identity
    from baysense.storage.journal import Journal

_LOG_EVENTS = const(8)  # some 250 B each; the answer needs one piece of memory


def table(node: "Node") -> dict:
    """Return the methods: name -> function(params)."""
    return {
        "info": lambda params: info(node),
        "config": lambda params: config(node, params),
        "sensor.read": lambda params: read_sensor(node),
        "selftest": lambda params: selftest(node),
        "log": lambda params: log(node),
        "reboot": lambda params: reboot(node),
    }


def info(node: "Node") -> dict:
    """Return who and how this device is."""
    detector = node.detector
    board = node.board
    identity: Identity = stages.store(node, "identity")
    return {
        "board": board.NAME,
        "firmware": baysense.__version__,
        "micropython": ".".join(str(part) for part in sys.implementation.version[:3]),
        "dev_eui": hexlify(identity.dev_eui).decode(),
        "provisional": identity.provisional,
        "config": settings.digest(stages.config(node)),
        "cause": node.cause,
        "state": STATE_NAMES[detector.state],
        "confidence": detector.confidence / 100,
        "faults": faults.names(node.faults | detector.faults),
        "battery_voltage": board.battery_mv() / 1000 if board.POWER == "battery" else None,
        "heap_free": gc.mem_free(),
    }


def config(node: "Node", params: dict) -> dict:
    """Change settings, all or none, and return what is stored now; secrets show as set or not."""
    if params:
        stages.configure(node, params)
        node.recall.adopt(stages.config(node))
        node.recall.retry_due_s = 0
        node.recall.heartbeat_due_s = node.clock_s()  # report under the new settings at once
        sensing.begin(node, stages.config(node))
    return {"config": settings.public(stages.config(node)), "hash": settings.digest(stages.config(node))}


def read_sensor(node: "Node") -> dict:
    """Return one fresh reading."""
    sensor = node.attendant.sensor
    if sensor is None:
        raise RpcError("the magnetometer does not answer, check its wiring")
    reading = array("i", (0, 0, 0, 0))
    for _ in range(5):
        if sensor.read_into(reading):
            names = ("x_nt", "y_nt", "z_nt", "temperature_cdeg")
            return {name: value for name, value in zip(names, reading)}
        time.sleep_ms(sensor.period_ms)
    raise RpcError("the magnetometer gives no new data")


def selftest(node: "Node") -> dict:
    """Test what can be tested without anybody's help; return a verdict for each part."""
    from baysense import selftest as tests

    return tests.run(node)


def log(node: "Node") -> dict:
    """Return the latest events that wait to be sent, and the crash log."""
    journal: Journal = stages.store(node, "journal")
    shown = []
    for seq, body in journal.pending()[-_LOG_EVENTS:]:
        shown.append(events.as_dict(events.unpack(body, seq), node.clock_ms(), node.recall.epoch, node.recall.wake))
    return {"unsent": shown, "crashes": _crashes(node.root), "fruitless_wakes": node.budget.fruitless}


def reboot(node: "Node") -> dict:
    """Restart once this is answered; what is recorded stays."""
    node.attendant.restart = True
    return {}


def _crashes(root: str) -> str:
    try:
        with open(root + "/crash.txt") as file:
            return file.read()[-2000:]
    except OSError:
        return ""
