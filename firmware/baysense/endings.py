"""How a life ends: restart, factory reset, decommissioning. The answer to whoever asked goes out before."""

import time
from binascii import hexlify

from micropython import const

from baysense import stages
from baysense.core import topics
from baysense.recall import GOODBYE, WIPING

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from baysense.storage.identity import Identity
    from baysense.uplink import Uplink

RESTART = "restart"
FACTORY_RESET = "factory-reset"
DECOMMISSION = "decommission"

_ANSWER_MS = const(200)  # for the last answer to leave the chip before a restart, over USB too
_CLEARED = (topics.STATE, topics.HEALTH, topics.REPORTED)  # retained topics that would outlive the device


def ask(node: "Node", how: str, params: dict | None = None) -> dict:
    """Restart, reset or decommission once this is answered; what cannot be undone names the device's EUI."""
    if params is not None:
        identity: Identity = stages.store(node, "identity")
        if params.get("dev_eui") != hexlify(identity.dev_eui).decode():
            from baysense.provision.rpc import RpcError

            raise RpcError("this wipes the device: confirm it with its dev_eui")
        from baysense.storage import wipe

        wipe.begin(node.root, how == "decommission")  # what is answered is done, whatever comes
        node.recall.reporting = WIPING
        node.recall.save(node.board)
    node.ending = how
    return {}


def end(node: "Node") -> None:
    """End the life of a node that somebody is with; does not return."""
    if node.ending == DECOMMISSION and node.board.POWER == "battery":
        node.recall.reporting = GOODBYE
        node.recall.save(node.board)
        time.sleep_ms(_ANSWER_MS)
        node.board.start_over()  # for the memory that it takes to tell the broker
    if node.ending != RESTART:
        wipe(node)
    leave(node)


def wipe(node: "Node") -> None:
    """Forget everything that was entrusted to the device; its factory identity too, if it goes for good."""
    from baysense.storage import wipe as wiping

    node.stores.clear()
    node.settings = {}
    wiping.secrets(node.root, node.feed, node.board.nvs("baysense") if node.ending == DECOMMISSION else None)
    node.board.retain(b"")


def vanish(link: "Uplink") -> None:
    """Take retained messages back; the last word is that this device is gone."""
    from baysense.core import discovery

    for leaf in _CLEARED:
        link.publish(leaf, b"", True)
    if link.config["ha_prefix"]:
        link.broker.publish(discovery.topic(link.config["ha_prefix"], link.config["eui"]), b"", True)
    link.last_word = b"decommissioned"


def leave(node: "Node") -> None:
    """Close the connection, and start anew; does not return."""
    if node.link is not None:
        from baysense import connecting

        try:
            if node.ending == DECOMMISSION:
                vanish(node.link)
            node.link.close()
        except connecting.trouble() as error:
            print("goodbye:", repr(error))
            connecting.drop(node)
    if node.detector is not None and node.ending == RESTART:
        stages.remember(node, False)
    if node.ending != RESTART:
        node.board.retain(b"")  # also what saying goodbye has written there
    time.sleep_ms(_ANSWER_MS)
    node.board.restart()
