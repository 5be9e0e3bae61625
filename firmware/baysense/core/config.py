"""The one configuration table: device, console, BLE, command line and TOML file use it.

Pure: checks values, stores nothing. Secrets can be written, never read.
"""

import json
from binascii import crc32
from collections import namedtuple

from baysense.core.text import sound

# low/high: bounds of an int, length in bytes of a str; a tuple in `low` lists the choices of a str
Field = namedtuple("Field", ("name", "type", "default", "low", "high", "unit", "secret"))

FIELDS = (
    Field("bay", str, "", 0, 32, "", False),
    Field("zone", str, "bay", ("bay", "loading", "ev", "disabled", "keep_clear"), None, "", False),
    Field("dwell_s", int, 0, 0, 86400, "s", False),
    Field("uplink", str, "none", ("none", "mqtt", "lorawan"), None, "", False),
    Field("heartbeat_s", int, 3600, 60, 86400, "s", False),
    Field("wifi_ssid", str, "", 0, 32, "", False),  # IEEE 802.11: 0..32 octets
    Field("wifi_password", str, "", 0, 64, "", True),  # WPA2: 8..63 characters or 64 hex digits
    Field("wifi2_ssid", str, "", 0, 32, "", False),  # used when the first is out of range
    Field("wifi2_password", str, "", 0, 64, "", True),
    Field("wifi3_ssid", str, "", 0, 32, "", False),
    Field("wifi3_password", str, "", 0, 64, "", True),
    Field("ip_address", str, "", 0, 18, "", False),  # with the length of its prefix; none: DHCP
    Field("ip_gateway", str, "", 0, 15, "", False),
    Field("ip_dns", str, "", 0, 15, "", False),
    Field("mqtt_host", str, "", 0, 253, "", False),  # longest DNS name
    Field("mqtt_port", int, 1883, 1, 65535, "", False),
    Field("mqtt_user", str, "", 0, 64, "", False),
    Field("mqtt_password", str, "", 0, 128, "", True),
    Field("mqtt_tls", bool, False, None, None, "", False),
    Field("mqtt_server_name", str, "", 0, 253, "", False),  # in the broker's certificate; none: mqtt_host
    Field("mqtt_base", str, "baysense", 1, 64, "", False),
    Field("ha_prefix", str, "homeassistant", 0, 64, "", False),  # of Home Assistant's discovery; none: no discovery
    Field("ntp_host", str, "pool.ntp.org", 0, 253, "", False),  # none: certificates are judged by the time floor
    Field("wake_threshold_nt", int, 2000, 500, 30000, "nT", False),
    Field("occupied_nt", int, 6000, 2000, 60000, "nT", False),
    Field("free_nt", int, 2500, 500, 30000, "nT", False),
    Field("confirm_range", bool, True, None, None, "", False),
    Field("console_s", int, 10, 0, 600, "s", False),
    Field("lora_region", str, "EU868", ("EU868", "US915", "AU915", "IN865"), None, "", False),
    Field("lora_sub_band", int, 2, 0, 8, "", False),  # of 8 channels, US915 and AU915 only; 0: all 64
    Field("lora_join_eui", str, "", 0, 16, "", False),  # hex digits; none: the factory's
    Field("lora_app_key", str, "", 0, 32, "", True),  # hex digits; none: the factory's
    Field("lora_adr", bool, True, None, None, "", False),
)


class ConfigError(ValueError):
    """A setting was refused; `name` says which one."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name


def defaults() -> dict:
    """Return a fresh configuration with every field at its default."""
    return {field.name: field.default for field in FIELDS}


def validated(current: dict, changes: dict) -> dict:
    """Return `current` with all changes applied; raise ConfigError and change nothing if any is wrong."""
    result = dict(current)
    for name, value in changes.items():
        _check_value(_field(name), value)
        result[name] = value
    _check_together(result)
    return result


def public(config: dict) -> dict:
    """Return the configuration for reading: a secret shows only whether it is set."""
    return {f.name: (_SET if config[f.name] else "") if f.secret else config[f.name] for f in FIELDS}


def digest(config: dict) -> str:
    """Return 8 hex digits that change with any readable setting; secrets count only as set or not."""
    checksum = 0
    for field in FIELDS:  # one by one: the text of all is the largest piece that a start needs
        value = bool(config[field.name]) if field.secret else config[field.name]
        checksum = crc32(json.dumps([field.name, value]).encode(), checksum)
    return f"{checksum:08x}"


def networks(config: dict) -> list[tuple[str, str]]:
    """Return the Wi-Fi networks as (ssid, password), the preferred one first."""
    found = []
    for name in _WIFI:
        if config[name + "_ssid"]:
            found.append((config[name + "_ssid"], config[name + "_password"]))
    return found


def _field(name: str) -> Field:
    for field in FIELDS:
        if field.name == name:
            return field
    raise ConfigError(name, "no such setting")


def _check_value(field: Field, value: str | int) -> None:
    if type(value) is not field.type:  # not isinstance: True is no number of seconds
        raise ConfigError(field.name, f"must be {_TYPE_NAMES[field.type]}")
    if type(field.low) is tuple:
        if value not in field.low:
            raise ConfigError(field.name, "must be one of " + ", ".join(field.low))
    elif isinstance(value, str):
        _check_text(field, value)
    elif field.type is int and not field.low <= value <= field.high:
        unit = (" " + field.unit).rstrip()
        raise ConfigError(field.name, f"must be {field.low} to {field.high}{unit}")


def _check_text(field: Field, value: str) -> None:
    if not field.low <= len(value.encode()) <= field.high:
        raise ConfigError(field.name, f"must have {field.low} to {field.high} bytes")
    for character in value:
        if ord(character) < 32 or ord(character) == 127:
            raise ConfigError(field.name, "must not hold control characters")
    if not sound(value):
        raise ConfigError(field.name, "must be UTF-8, without escaped surrogates")
    if field.secret and value == _SET:
        raise ConfigError(field.name, "is shown as *** only: leave it out to keep it")


def _check_together(config: dict) -> None:
    if config["free_nt"] >= config["occupied_nt"]:
        raise ConfigError("free_nt", "must be less than occupied_nt")
    for name in _WIFI:
        if 0 < len(config[name + "_password"].encode()) < 8:
            raise ConfigError(name + "_password", "must have 8 to 64 bytes, or none for an open network")
    for name in ("mqtt_base", "ha_prefix"):
        if "+" in config[name] or "#" in config[name] or config[name].startswith("$"):
            raise ConfigError(name, "must not hold + or # or start with $")
    if config["uplink"] == "mqtt":
        for name in ("wifi_ssid", "mqtt_host"):
            if not config[name]:
                raise ConfigError(name, "is needed when uplink is mqtt")
    for name, digits in _HEX:
        if config[name] and not _is_hex(config[name], digits):
            raise ConfigError(name, f"must have {digits} hex digits, or none for the factory's")
    if config["ip_address"]:
        from baysense.core import address  # few need it

        wrong = address.problem(config)
        if wrong:
            raise ConfigError(*wrong)


def _is_hex(text: str, digits: int) -> bool:
    return len(text) == digits and all(letter in "0123456789abcdefABCDEF" for letter in text)


_SET = "***"  # stands for a secret that is set
_WIFI = ("wifi", "wifi2", "wifi3")
_HEX = (("lora_join_eui", 16), ("lora_app_key", 32))
_TYPE_NAMES = {str: "text", int: "a whole number", bool: "true or false"}
