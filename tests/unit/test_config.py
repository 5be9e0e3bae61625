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
