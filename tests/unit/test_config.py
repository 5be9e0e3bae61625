"""The configuration table."""

from baysense.core import config
from baysense.core.config import ConfigError


def refused(changes: dict) -> str:
    """Return the name that was blamed."""
    try:
        config.validated(config.defaults(), changes)
    except ConfigError as error:
        assert str(error).startswith(error.name + ": ")
        return error.name
    return ""


def test_defaults_are_valid_and_complete() -> None:
    values = config.defaults()
    assert config.validated(values, {}) == values
    assert set(values) == {field.name for field in config.FIELDS}


def test_what_is_refused() -> None:
    for name, value in (
        ("nonsense", 1), ("heartbeat_s", 59), ("heartbeat_s", 86401), ("heartbeat_s", "3600"),
        ("heartbeat_s", True), ("confirm_range", 1), ("zone", "garden"), ("bay", "x" * 33),
        ("bay", "a\nb"), ("wifi_ssid", "\u00e4" * 17), ("wifi_password", "short"), ("mqtt_base", ""),
        ("mqtt_base", "a/#"), ("free_nt", 7000), ("mqtt_port", 0), ("bay", None),
    ):  # fmt: skip
        assert refused({name: value}) == name, (name, value)


def test_mqtt_needs_its_network() -> None:
    assert refused({"uplink": "mqtt", "mqtt_host": "broker"}) == "wifi_ssid"
    assert refused({"uplink": "mqtt", "wifi_ssid": "net"}) == "mqtt_host"
    assert refused({"uplink": "mqtt", "wifi_ssid": "net", "mqtt_host": "broker"}) == ""


def test_validated_leaves_its_arguments_alone() -> None:
    current = config.defaults()
    changes = {"bay": "A1", "heartbeat_s": 600}
    assert config.validated(current, changes)["bay"] == "A1"
    assert current == config.defaults() and changes == {"bay": "A1", "heartbeat_s": 600}


def test_secrets_are_not_shown() -> None:
    values = config.validated(config.defaults(), {"wifi_password": "correct horse"})
    shown = config.public(values)
    assert shown["wifi_password"] == "***" and shown["mqtt_password"] == ""
    assert "correct" not in str(shown)


def test_digest_follows_every_setting_but_no_secret() -> None:
    values = config.defaults()
    digest = config.digest(values)
    assert len(digest) == 8 and digest == config.digest(config.defaults())
    assert config.digest(config.validated(values, {"dwell_s": 60})) != digest
    one = config.validated(values, {"wifi_password": "password1"})
    other = config.validated(values, {"wifi_password": "password2"})
    assert config.digest(one) == config.digest(other) != digest


def test_networks_in_order_of_preference() -> None:
    assert config.networks(config.defaults()) == []
    changes = {"wifi_ssid": "a", "wifi_password": "password1", "wifi3_ssid": "c", "wifi2_password": "password2"}
    assert config.networks(config.validated(config.defaults(), changes)) == [("a", "password1"), ("c", "")]
    assert refused({"wifi3_password": "short"}) == "wifi3_password"


def fixed(address: str, gateway: str = "192.0.2.1", dns: str = "192.0.2.1") -> str:
    return refused({"ip_address": address, "ip_gateway": gateway, "ip_dns": dns})


def test_a_fixed_address_is_whole_and_in_one_network() -> None:
    assert fixed("192.0.2.10/24") == fixed("192.0.2.10/30", "192.0.2.9") == ""
    assert fixed("255.255.255.254/30", "255.255.255.253", "9.9.9.9") == ""
    for wrong in (
        "192.0.2.10", "192.0.2/24", "192.0.2.256/24", "192.0.2.10/0", "192.0.2.10/31", "a.b.c.d/24", "1.2.3.4/",
        "1.2.3.-4/24", "1.2.3.+4/8", "1.2.3.4/24/8", "...../24", "1.2.3.\u00b2/24", "1.2.3.4/\u00b2", "1.2.3.0004/24",
    ):  # fmt: skip
        assert fixed(wrong) == "ip_address", wrong
    assert fixed("192.0.2.10/24", "") == fixed("192.0.2.10/24", "192.0.2") == "ip_gateway"
    assert fixed("192.0.2.10/24", "192.0.3.1") == fixed("192.0.2.10/30", "192.0.2.1") == "ip_gateway"
    assert fixed("192.0.2.10/24", dns="") == fixed("192.0.2.10/24", dns="dns.example") == "ip_dns"


def test_topics_hold_no_wildcard() -> None:
    for name in ("mqtt_base", "ha_prefix"):
        for value in ("a/#", "+", "$SYS"):
            assert refused({name: value}) == name
    assert refused({"ha_prefix": ""}) == ""


def test_the_mask_of_a_secret_is_no_secret() -> None:
    values = config.validated(config.defaults(), {"mqtt_password": "secret"})
    shown = config.public(values)
    assert refused({"mqtt_password": shown["mqtt_password"]}) == "mqtt_password"
    assert refused({"wifi_password": "***"}) == "wifi_password"
