"""The JSON-RPC methods of the node, the same over every channel."""

import gc
import sys
import time
from array import array
from binascii import a2b_base64, hexlify

from micropython import const

import baysense
from baysense import stages
from baysense.core import config as settings
from baysense.core import event as events
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


def table(node: "Node") -> dict:
    """Return the methods: name -> function(params)."""
    return {
        "info": lambda params: info(node),
        "config": lambda params: config(node, params),
        "sensor.read": lambda params: read_sensor(node),
        "selftest": lambda params: selftest(node),
        "log": lambda params: log(node),
        "credential": lambda params: credential(node, params),
        "reboot": lambda params: end(node, "restart"),
        "factory-reset": lambda params: end(node, "factory-reset", params),
        "decommission": lambda params: end(node, "decommission", params),
    }


def info(node: "Node") -> dict:
    """Return who and how this device is."""
    present = node.detector or node.recall
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
        "state": STATE_NAMES[present.state],
        "confidence": present.confidence / 100,
        "faults": faults.names(node.faults),
        "battery_voltage": board.battery_mv() / 1000 if board.POWER == "battery" else None,
        "heap_free": gc.mem_free(),
    }


def config(node: "Node", params: dict) -> dict:
    """Change settings, all or none, and return what is stored now; secrets show as set or not."""
    if params:
        stages.configure(node, params)
        node.recall.adopt(stages.config(node))
        _report_at_once(node)
        if node.detector is not None:
            from baysense import sensing

            sensing.begin(node, stages.config(node))
    return {"config": settings.public(stages.config(node)), "hash": settings.digest(stages.config(node))}


def credential(node: "Node", params: dict) -> dict:
    """Take a piece of a certificate or key in DER: name, offset, data in base64, and size and CRC32 of the whole.

    Without data the credential is removed. Returns what is stored then, as its hash; a key never shows.
    """
    from baysense.storage import credentials

    try:
        name = params["name"]
        if "data" in params:
            data = a2b_base64(params["data"])
            stored = credentials.write(node.root, name, params["offset"], data, params["size"], params["crc32"])
        else:
            credentials.remove(node.root, name)
            stored = True
    except (KeyError, TypeError):
        raise RpcError("needs name, and to store: offset, data, size, crc32")
    if stored:
        _report_at_once(node)
    return {"stored": stored, "hash": credentials.digest(node.root)}


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


def selftest(node: "Node") -> dict:
    """Test what can be tested without anybody's help; return a verdict for each part."""
    from baysense import selftest as tests

    return tests.run(node)


def log(node: "Node") -> dict:
    """Return the latest events, how many wait to be sent, starts and faults, and the crash log."""
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


def end(node: "Node", how: str, params: dict | None = None) -> dict:
    """Restart, reset or decommission once this is answered; what cannot be undone names the device's EUI."""
    if params is not None:
        identity: Identity = stages.store(node, "identity")
        if params.get("dev_eui") != hexlify(identity.dev_eui).decode():
            raise RpcError("this wipes the device: confirm it with its dev_eui")
        from baysense.storage import wipe

        wipe.begin(node.root, how == "decommission")  # what is answered is done, whatever comes
    node.ending = how
    return {}


def _report_at_once(node: "Node") -> None:
    """Let new settings show at once, and what was refused under the old ones be tried again."""
    node.recall.retry_due_s = 0
    node.recall.heartbeat_due_s = node.clock_s()
    node.reconnect = True


def _crashes(root: str) -> str:
    try:
        with open(root + "/crash.txt") as file:
            return file.read()[-2000:]
    except OSError:
        return ""
