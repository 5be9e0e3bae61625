"""Home Assistant's discovery message: one retained JSON for the device and all its entities. Pure.

Device discovery of Home Assistant 2024.11 and later, keys abbreviated as
https://www.home-assistant.io/integrations/mqtt/#supported-abbreviations-in-mqtt-discovery-messages has them. Topics
are written out: the base topic `~` is replaced in an entity's own keys only, not in the shared ones.
"""

import json

from baysense.core import topics

# The text None is what Home Assistant takes for unknown.
_OCCUPANCY = "{{ {'free': 'OFF', 'occupied': 'ON'}.get(value_json.state, 'None') }}"
_CONFIDENCE = "{{ (value_json.confidence * 100) | round }}"
_FAULTS = "{{ {'faults': value_json.faults} | tojson }}"


def topic(prefix: str, dev_eui_hex: str) -> str:
    """Return where the message goes; an empty one there takes the device out of Home Assistant again."""
    return prefix + "/device/baysense-" + dev_eui_hex + "/config"


def payload(dev_eui_hex: str, base: str, bay: str, board: str, version: str, battery: bool, expire_s: int) -> bytes:
    """Return the message; the values of a battery node expire, a mains node has its status."""
    base_topic = base + "/" + dev_eui_hex + "/"
    state, health = base_topic + topics.STATE, base_topic + topics.HEALTH
    entities = {
        "occupancy": {
            "p": "binary_sensor", "name": None, "dev_cla": "occupancy", "stat_t": state, "val_tpl": _OCCUPANCY,
        },
        "confidence": _measured("confidence", "%", None),
        "temperature": _measured("temperature", "°C", "temperature"),
        "problem": {
            "p": "binary_sensor", "dev_cla": "problem", "ent_cat": "diagnostic",
            "val_tpl": "{{ 'ON' if value_json.faults else 'OFF' }}",
            "json_attr_t": health, "json_attr_tpl": _FAULTS,
        },
    }  # fmt: skip
    entities["confidence"].update({"name": "Confidence", "stat_t": state, "val_tpl": _CONFIDENCE})
    if battery:
        entities["battery"] = _measured("battery_voltage", "V", "voltage")
    for name, entity in entities.items():
        entity["uniq_id"] = "baysense-" + dev_eui_hex + "-" + name
        if battery:
            entity["exp_aft"] = expire_s
    message = {
        "dev": {
            "ids": "baysense-" + dev_eui_hex, "name": bay or "Baysense " + dev_eui_hex[-6:], "mf": "Baysense",
            "mdl": board, "sw": version, "sn": dev_eui_hex,
        },
        "o": {"name": "baysense", "sw": version},
        "stat_t": health,
        "qos": 1,
        "cmps": entities,
    }  # fmt: skip
    if not battery:
        message["avty_t"] = base_topic + topics.STATUS
    return json.dumps(message).encode()


def _measured(value: str, unit: str, device_class: str | None) -> dict:
    return {
        "p": "sensor", "ent_cat": "diagnostic", "stat_cla": "measurement", "dev_cla": device_class,
        "unit_of_meas": unit, "val_tpl": "{{ value_json." + value + " }}",
    }  # fmt: skip
