"""What a report over LoRaWAN needs from flash: settings, keys, events. Read before the radio takes the memory."""

from binascii import unhexlify

from micropython import const

import baysense
from baysense import stages
from baysense.core import config as table
from baysense.core import event as events
from baysense.core import faults

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from baysense.storage.journal import Journal

_BATCH = const(8)  # events of one report


def prepare(node: "Node") -> dict:
    """Return settings, keys, what the node runs on, the oldest events; raise ValueError when there are no keys."""
    config = stages.config(node)
    events_waiting, more = _events(node)
    plan = {
        "region": config["lora_region"],
        "adr": config["lora_adr"],
        "sub_band": config["lora_sub_band"],
        "keys": _keys(node, config),
        "runs_on": " ".join((baysense.__version__, f"{node.recall.tables:08x}", table.digest(config))),
        "events": events_waiting,
        "more": more,
    }
    if node.detector is None:
        node.settings = {}
        node.stores.clear()
    return plan


def _events(node: "Node") -> "tuple[list[events.Event], bool]":
    """Return the oldest events that nobody has answered for, and whether there are more."""
    recall = node.recall
    journal: Journal = stages.store(node, "journal")
    journal.acknowledge(recall.done_urgent, events.CHANGE)
    recall.done_routine = journal.last  # heartbeats of another uplink: what is past is past
    journal.acknowledge(recall.done_routine, events.HEARTBEAT)
    found = []
    for seq, _, body in journal.pending(_BATCH):
        try:
            found.append(events.unpack(body, seq))
        except ValueError as error:  # of another firmware: it must not keep the others back for ever
            print("report:", error)
            node.fault(faults.STORAGE_CORRUPT)
            if not found:
                recall.done_urgent = seq
    return found, journal.waiting() > _BATCH


def _keys(node: "Node", config: dict) -> tuple[bytes, bytes, bytes]:
    """Return DevEUI, JoinEUI and AppKey; raise ValueError when there are none."""
    identity = stages.store(node, "identity")
    join_eui = unhexlify(config["lora_join_eui"]) or identity.join_eui
    app_key = unhexlify(config["lora_app_key"]) or identity.app_key
    if len(join_eui) != 8 or len(app_key) != 16:
        raise ValueError("JoinEUI or AppKey is missing: set lora_join_eui and lora_app_key")
    return identity.dev_eui, join_eui, app_key
