"""Bring what the journal holds to the broker: connect, publish, strike out what is acknowledged."""

from binascii import hexlify

import baysense
from baysense.core import event as events
from baysense.core import faults, report


def deliver(node: object) -> bool:
    """Send everything that waits, oldest first; False when some of it could not be sent."""
    config = dict(node.config())
    if config["uplink"] == "none":
        node.recall.unsent = 0
        return True
    if not _power_allows(node):
        return False
    config["hash"] = config_hash(node)
    config["dev_eui"] = node.store("identity").dev_eui
    node.tidy()
    return _over_wifi(node, config)


def config_hash(node: object) -> str:
    """Return the hash of the settings."""
    from baysense.core import config

    return config.digest(node.config())


def _over_wifi(node: object, config: dict) -> bool:
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


def _publish_all(node: object, config: dict) -> None:
    from baysense.net.mqtt import Mqtt

    client_id = "baysense-" + hexlify(config["dev_eui"]).decode()
    broker = Mqtt(
        config["mqtt_host"], config["mqtt_port"], client_id, config["mqtt_user"], config["mqtt_password"]
    )
    try:
        _publish_events(node, config, broker)
        if node.clock_s() >= node.recall.heartbeat_due_s:
            broker.publish(_topic(config, report.HEALTH), _health(node, config), True)
    finally:
        broker.close()


def _publish_events(node: object, config: dict, broker: object) -> None:
    """Publish what the journal holds, striking out each event once it is acknowledged, then the state."""
    journal = node.store("journal")
    topic = _topic(config, report.EVENT)
    for seq, body in journal.pending():
        broker.publish(topic, report.event_payload(events.unpack(body, seq), *_place(node, config)), False)
        journal.acknowledge(seq)
        node.feed()
    node.recall.unsent = 0
    broker.publish(_topic(config, report.STATE), report.state_payload(_present(node), *_place(node, config)), True)


def _topic(config: dict, leaf: str) -> str:
    return report.topic(config["mqtt_base"], config["dev_eui"], leaf)


def _present(node: object) -> object:
    """Return the state of the bay as an event: since when, and how sure."""
    recall = node.recall
    detector = node.detector
    return events.Event(
        events.CHANGE,
        detector.state,
        detector.cause,
        recall.since_s * 1000,
        recall.epoch,
        recall.since_wake,
        confidence=detector.confidence,
        faults=node.faults,
        seq=recall.last_seq,
    )


def _place(node: object, config: dict) -> tuple:
    return config["bay"], config["zone"], node.clock_ms(), node.recall.epoch, node.recall.wake


def _health(node: object, config: dict) -> bytes:
    battery_mv = node.board.battery_mv() if node.board.POWER == "battery" else 0
    others = {
        "firmware": baysense.__version__,
        "config": config["hash"],
        "wakes": node.recall.wake,
        "fruitless_wakes": node.budget.fruitless,
        "unsent": len(node.store("journal").pending()),
        "heartbeat_s": config["heartbeat_s"],
    }
    return report.health_payload(node.detector.state, node.faults, battery_mv, node.detector.temp_cdeg, others)


def _power_allows(node: object) -> bool:
    """Check the battery before the radio draws its hundreds of milliamperes."""
    board = node.board
    if board.POWER != "battery":
        return True
    voltage_mv = board.battery_mv()
    if voltage_mv < board.CUTOFF_MV:
        node.fault(faults.BATTERY_CUTOFF)
        return False
    return True


_WIFI_FAULTS = {"network": faults.WIFI_NO_NETWORK, "password": faults.WIFI_PASSWORD}
