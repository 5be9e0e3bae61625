"""Bring what the journal holds to the broker: connect, publish, strike out what is acknowledged."""

import sys
from binascii import hexlify

from micropython import const

import baysense
from baysense import stages
from baysense.core import event as events
from baysense.core import faults, report

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.net.mqtt import Mqtt
    from baysense.node import Node
    from baysense.storage.journal import Journal

_BATCH = const(8)  # events read from the journal at a time
_KEPT = const(20)  # latest events that stay for the method `log` while there is nobody to send them to
# Loaded only to report: a mains node goes on measuring after it.
_LOADED = ("chumicro_mqtt", "baysense.net", "baysense.storage", "baysense.stores", "baysense.reporting",
    "baysense.core.config", "baysense.core.event", "baysense.core.report", "baysense.core.fault")  # fmt: skip
_BATTERY_LOW_MV = const(200)  # above the cut-off: some 5 % of a Li-ion cell are left


def deliver(node: "Node") -> bool:
    """Send everything that waits, oldest first; False when some of it could not be sent."""
    delivered = _send(node)
    if node.board.POWER == "mains":
        _unload(node)
    return delivered


def _send(node: "Node") -> bool:
    config = dict(stages.config(node))
    if config["uplink"] == "none":
        _discard(node)
        return True
    if not _power_allows(node):
        return False
    config["hash"] = config_hash(node)
    config["dev_eui"] = stages.store(node, "identity").dev_eui
    stages.tidy(node)
    return _over_wifi(node, config)


def _unload(node: "Node") -> None:
    """Give back the memory of reporting to the measuring that follows."""
    node.stores.clear()
    stages.unload([name for name in sys.modules if any(name.startswith(prefix) for prefix in _LOADED)])


def _discard(node: "Node") -> None:
    """Drop the oldest events of a device without uplink: a full journal would be a fault."""
    journal: Journal = stages.store(node, "journal")
    for seq, _ in journal.pending()[:-_KEPT]:
        journal.acknowledge(seq)
    node.recall.unsent = 0
    _count_heartbeat(node)


def _count_heartbeat(node: "Node") -> None:
    node.recall.heartbeat_due_s = node.clock_s() + node.recall.heartbeat_s


def config_hash(node: "Node") -> str:
    """Return the hash of the settings."""
    from baysense.core import config

    return config.digest(stages.config(node))


def _over_wifi(node: "Node", config: dict) -> bool:
    from baysense.net import wifi

    station = node.board.wifi()
    try:
        wifi.connect(station, config["wifi_ssid"], config["wifi_password"])
        _publish_all(node, config)
    except wifi.WifiError as error:
        print("report:", error)
        node.fault(_WIFI_FAULTS.get(error.reason, faults.UPLINK_FAILED))
        return False
    except OSError as error:
        print("report:", error)
        node.fault(faults.UPLINK_FAILED)
        return False
    finally:
        wifi.off(station)
    return True


def _publish_all(node: "Node", config: dict) -> None:
    from baysense.net.mqtt import Mqtt

    client_id = "baysense-" + hexlify(config["dev_eui"]).decode()
    broker = Mqtt(config["mqtt_host"], config["mqtt_port"], client_id, config["mqtt_user"], config["mqtt_password"])
    try:
        _publish_events(node, config, broker)
        if node.clock_s() >= node.recall.heartbeat_due_s or node.faults & faults.INCIDENTS:
            broker.publish(_topic(config, report.HEALTH), _health(node, config), True)
            node.clear(faults.INCIDENTS)
            _count_heartbeat(node)
    finally:
        broker.close()


def _publish_events(node: "Node", config: dict, broker: "Mqtt") -> None:
    """Publish what the journal holds, striking out each event once it is acknowledged, then the state."""
    journal: Journal = stages.store(node, "journal")
    waiting = journal.pending(_BATCH)
    while waiting:
        for seq, body in waiting:
            _publish_event(node, config, broker, seq, body)
            journal.acknowledge(seq)
            node.feed()
        waiting = journal.pending(_BATCH)
    node.recall.unsent = 0
    broker.publish(_topic(config, report.STATE), report.state_payload(_present(node), *_place(node, config)), True)


def _publish_event(node: "Node", config: dict, broker: "Mqtt", seq: int, body: bytes) -> None:
    try:
        event = events.unpack(body, seq)
    except ValueError as error:  # of an older or newer firmware: it must not keep the others back for ever
        print("report:", error)
        node.fault(faults.STORAGE_CORRUPT)
        return
    broker.publish(_topic(config, report.EVENT), report.event_payload(event, *_place(node, config)), False)


def _topic(config: dict, leaf: str) -> str:
    return report.topic(config["mqtt_base"], config["dev_eui"], leaf)


def _present(node: "Node") -> events.Event:
    """Return the state of the bay as an event: since when, and how sure."""
    recall, present = node.recall, node.present
    return events.Event(
        events.CHANGE,
        present.state,
        present.cause,
        recall.since_s * 1000,
        recall.since_epoch,
        recall.since_wake,
        confidence=present.confidence,
        faults=node.faults,
        seq=recall.last_seq,
    )


def _place(node: "Node", config: dict) -> tuple:
    return config["bay"], config["zone"], node.clock_ms(), node.recall.epoch, node.recall.wake


def _health(node: "Node", config: dict) -> bytes:
    battery_mv = node.board.battery_mv() if node.board.POWER == "battery" else 0
    others = {
        "firmware": baysense.__version__,
        "config": config["hash"],
        "wakes": node.recall.wake,
        "fruitless_wakes": node.budget.fruitless,
        "unsent": len(stages.store(node, "journal").pending()),
        "heartbeat_s": config["heartbeat_s"],
    }
    return report.health_payload(node.present.state, node.faults, battery_mv, node.present.temp_cdeg, others)


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


_WIFI_FAULTS = {"network": faults.WIFI_NO_NETWORK, "password": faults.WIFI_PASSWORD}
