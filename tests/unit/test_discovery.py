"""Home Assistant's discovery message."""

import json

from baysense.core import discovery, topics

EUI = "70b3d5fffe012345"


def message(battery: bool, bay: str = "B-17", base: str = "baysense") -> dict:
    return json.loads(discovery.payload(EUI, base, bay, "HELTEC_WIFI_LORA_32_V3", "0.1.0", battery, 10_800))


def test_topic() -> None:
    assert discovery.topic("homeassistant", EUI) == "homeassistant/device/baysense-70b3d5fffe012345/config"


def test_a_battery_node_expires_and_has_no_availability() -> None:
    found = message(True)
    assert "avty_t" not in found and "battery" in found["cmps"]
    assert all(entity["exp_aft"] == 10_800 for entity in found["cmps"].values())


def test_a_mains_node_has_its_status_and_no_battery() -> None:
    found = message(False)
    assert found["avty_t"] == "baysense/" + EUI + "/" + topics.STATUS
    assert "battery" not in found["cmps"]
    assert not any("exp_aft" in entity for entity in found["cmps"].values())


def test_every_entity_has_a_platform_and_an_id_of_its_own() -> None:
    entities = message(True)["cmps"].values()
    assert len({entity["uniq_id"] for entity in entities}) == len(entities) == 5
    assert all(EUI in entity["uniq_id"] and entity["p"] in ("sensor", "binary_sensor") for entity in entities)


def test_entities_read_the_topic_that_has_their_value() -> None:
    found = message(True)
    for name, leaf in (("occupancy", "state"), ("confidence", "state"), ("temperature", "health"),
                       ("battery", "health"), ("problem", "health")):  # fmt: skip
        assert found["cmps"][name].get("stat_t", found["stat_t"]) == "baysense/" + EUI + "/" + leaf, name


def test_a_device_without_a_bay_has_a_name_too() -> None:
    assert message(True)["dev"]["name"] == "B-17"
    assert message(True, bay="")["dev"]["name"] == "Baysense 012345"


def test_the_longest_message_fits_into_2_kib() -> None:
    for battery in (True, False):
        longest = discovery.payload(EUI, "b" * 64, "\u00e4" * 16, "N" * 32, "10.20.30", battery, 3 * 86_400)
        assert len(longest) <= 2048, len(longest)
