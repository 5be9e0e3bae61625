"""Connect to the broker with what waits to be sent, and say why when it cannot be.

First it says what describes the device, when that is new. A battery node disconnects after its report, a mains node
stays connected.
"""

import sys
from binascii import crc32, hexlify

from micropython import const

import baysense
from baysense import delivering, stages
from baysense.core import faults, topics

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from baysense.uplink import Uplink

COST_PERCENT = const(100)  # what core.retry counts: a try with Wi-Fi on
_OF_PAYLOADS = ("baysense.core.report", "baysense.core.event")
_BATTERY_LOW_MV = const(200)  # above the cut-off: some 5 % of a Li-ion cell are left


def deliver(node: "Node") -> bool:
    """Send everything that waits, oldest first; False when some of it could not be sent."""
    if stages.config(node)["uplink"] == "none":
        from baysense import reporting

        reporting.discard(node)
        return True
    if not _power_allows(node):
        return False
    try:
        link = node.link or connect(node, prepare(node))
        from baysense import reporting  # not before: connecting takes the most memory

        reporting.send(node, link)
        if node.board.POWER == "battery":
            del reporting
            delivering.unload_report(node)
            disconnect(node)
        return True
    except trouble() as error:
        from baysense import failing

        failing.note(node, error)
        return False


def prepare(node: "Node") -> dict:
    """Return the settings, who the device is and runs on, and what is to be announced, if that is new."""
    from baysense.core import config as table

    config = dict(stages.config(node))
    config["networks"] = table.networks(config)
    config["hash"] = table.digest(config)
    dev_eui = config["dev_eui"] = stages.store(node, "identity").dev_eui
    config["eui"] = hexlify(dev_eui).decode()
    config["described"] = crc32((config["hash"] + baysense.__version__).encode() + dev_eui)
    if config["described"] != node.recall.announced:
        from baysense import announcing

        config["announcements"] = announcing.messages(node, config)
    del table
    stages.tidy(node)
    if node.detector is None:
        stages.unload([name for name in _OF_PAYLOADS if name in sys.modules])
        node.settings = {}  # a copy is enough
    if config["mqtt_tls"]:  # last: these are the largest pieces
        config["credentials"] = stages.credentials(node)
        stages.unload(["baysense.storage.credentials"])
    return config


def connect(node: "Node", config: dict) -> "Uplink":
    """Connect, and say what has to be said first."""
    from baysense.uplink import Uplink

    node.reconnect = False
    link = node.link = Uplink(node, config, b"offline" if node.board.POWER == "mains" else b"")
    config.pop("credentials", None)
    delivering.unload_network()
    if link.last_word:
        link.publish(topics.STATUS, b"online", True)
    announcements = config.pop("announcements", [])
    while announcements:
        topic, payload = announcements.pop(0)
        link.broker.publish(topic, payload, True)
    node.recall.announced = config["described"]
    return link


def reply(node: "Node", config: dict, replies: list) -> None:
    """Connect once more, answer what was asked, and hear what came meanwhile."""
    try:
        link = connect(node, config)
        for leaf, payload, retain in replies:
            link.publish(leaf, payload, retain)
        if not node.ending:
            node.inbox = link.heard()
            disconnect(node)
    except trouble() as error:
        print("reply:", repr(error))
        drop(node)


def disconnect(node: "Node") -> None:
    """End the connection, if there is one."""
    if node.link is not None:
        link, node.link = node.link, None
        link.close()


def trouble() -> "tuple[type[Exception], ...]":
    """Return what a try may end in: memory, the Wi-Fi driver and mbedTLS raise other errors than OSError, too."""
    mqtt = sys.modules.get("chumicro_mqtt.client")
    return (OSError, MemoryError, RuntimeError, ValueError, mqtt.MQTTError if mqtt else OSError)


def drop(node: "Node") -> None:
    """Give the connection up without a goodbye, if there is one."""
    link, node.link = node.link, None
    if link is not None:
        link.drop()


def _power_allows(node: "Node") -> bool:
    """Check the battery before the radio draws its hundreds of milliamperes."""
    board = node.board
    if board.POWER != "battery":
        return True
    voltage_mv = board.battery_mv()
    node.clear(faults.BATTERY_LOW | faults.BATTERY_CUTOFF)
    if voltage_mv < board.CUTOFF_MV + _BATTERY_LOW_MV:
        node.fault(faults.BATTERY_LOW)
    if voltage_mv < board.CUTOFF_MV:
        node.fault(faults.BATTERY_CUTOFF)
        return False
    return True
