"""What describes the device to the broker's other clients: its settings, and Home Assistant's discovery message."""

from micropython import const

import baysense
from baysense import stages
from baysense.core import config as table
from baysense.core import report, topics

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node

_EXPIRE_HEARTBEATS = const(3)  # so many may be missed


def messages(node: "Node", config: dict) -> list[tuple[str, bytes]]:
    """Return topics and payloads, all retained."""
    topic = topics.topic(config["mqtt_base"], config["dev_eui"], topics.REPORTED)
    return [(topic, reported(node, None))] + _discovery(node, config)


def reported(node: "Node", refusal: str | None) -> bytes:
    """Return the settings as they are now, their hash, and why the desired ones were refused, if they were."""
    config = stages.config(node)
    return report.config_payload(table.digest(config), table.public(config), refusal)


def _discovery(node: "Node", config: dict) -> list[tuple[str, bytes]]:
    if not config["ha_prefix"]:
        return []
    from binascii import hexlify

    from baysense.core import discovery

    eui = hexlify(config["dev_eui"]).decode()
    payload = discovery.payload(
        eui, config["mqtt_base"], config["bay"], node.board.NAME, baysense.__version__,
        node.board.POWER == "battery", _EXPIRE_HEARTBEATS * config["heartbeat_s"],
    )  # fmt: skip
    return [(discovery.topic(config["ha_prefix"], eui), payload)]
