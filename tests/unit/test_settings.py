"""Settings on flash."""

import json
import os

from baysense.core import config, faults
from baysense.core.config import ConfigError
from baysense.storage import files
from baysense.storage.settings import Settings
from scratch import fresh_folder, read, write


def test_commit_is_all_or_nothing() -> None:
    root = fresh_folder("settings")
    settings = Settings(root)
    assert settings.load() == config.defaults() and settings.faults == 0
    assert settings.commit({"bay": "A1", "heartbeat_s": 600})["bay"] == "A1"
    before = read(root + "/settings.json")
    try:
        settings.commit({"bay": "B2", "heartbeat_s": 1})
        raise AssertionError("accepted")
    except ConfigError as error:
        assert error.name == "heartbeat_s"
    assert read(root + "/settings.json") == before and settings.config["bay"] == "A1"
    assert Settings(root).load() == settings.config


def test_damage_is_set_aside_and_reported() -> None:
    root = fresh_folder("settings")
    Settings(root).commit({"bay": "A1"})
    whole = read(root + "/settings.json")
    for damaged in (b"", whole[:3], whole[:-1], whole[:9] + b"?" + whole[10:], whole + b" "):
        write(root + "/settings.json", damaged)
        settings = Settings(root)
        assert settings.load() == config.defaults() and settings.faults == faults.STORAGE_CORRUPT
        assert read(root + "/settings.json.bad") == damaged
        again = Settings(root)
        again.load()
        assert again.faults == 0  # reported once, not for ever


def test_leftover_of_a_cut_commit_is_ignored() -> None:
    root = fresh_folder("settings")
    Settings(root).commit({"bay": "A1"})
    write(root + "/settings.json.new", b"half")
    settings = Settings(root)
    assert settings.load()["bay"] == "A1" and settings.faults == 0
    assert settings.commit({"bay": "A2"})["bay"] == "A2"
    assert "settings.json.new" not in os.listdir(root)


def test_values_this_firmware_does_not_know_fall_back_one_by_one() -> None:
    root = fresh_folder("settings")
    files.replace_checked(
        root + "/settings.json", b'{"schema": 2, "values": {"bay": "A1", "dwell_s": -5, "tomorrow": 1}}'
    )
    settings = Settings(root)
    loaded = settings.load()
    assert settings.faults == faults.CONFIG_INVALID
    assert loaded["bay"] == "A1" and loaded["dwell_s"] == 0 and "tomorrow" not in loaded


def stored(body: bytes) -> Settings:
    """Return the settings after a start with these on flash."""
    root = fresh_folder("settings")
    files.replace_checked(root + "/settings.json", body)
    settings = Settings(root)
    settings.load()
    return settings


def test_only_what_differs_from_the_default_is_stored() -> None:
    root = fresh_folder("settings")
    Settings(root).commit({"bay": "A1", "heartbeat_s": config.defaults()["heartbeat_s"]})
    assert read(root + "/settings.json")[4:] in (
        b'{"schema": 2, "values": {"bay": "A1"}}',
        b'{"values": {"bay": "A1"}, "schema": 2}',
    )
    Settings(root).commit({"bay": ""})
    assert Settings(root).load() == config.defaults()


def test_an_older_schema_is_migrated_in_memory_and_written_by_commit_only() -> None:
    values = dict(config.defaults())
    values["bay"] = "A1"
    root = fresh_folder("settings")
    body = json.dumps({"schema": 1, "values": values}).encode()
    files.replace_checked(root + "/settings.json", body)
    settings = Settings(root)
    assert settings.load() == values and settings.faults == 0
    assert read(root + "/settings.json")[4:] == body
    settings.commit({"heartbeat_s": 600})
    kept, _ = files.read_json(root + "/settings.json")
    assert kept == {"schema": 2, "values": {"bay": "A1", "heartbeat_s": 600}}


def test_what_nobody_had_set_follows_a_new_default() -> None:
    fields = config.FIELDS
    body = b'{"schema": 1, "values": {"heartbeat_s": 3600, "console_s": 60}}'
    changed = []
    for field in fields:
        default = {"heartbeat_s": 1800, "console_s": 20}.get(field.name, field.default)
        changed.append(config.Field(field.name, field.type, default, field.low, field.high, field.unit, field.secret))
    config.FIELDS = tuple(changed)
    try:
        assert stored(body).config["heartbeat_s"] == 1800 and stored(body).config["console_s"] == 60
        assert stored(body.replace(b"1, ", b"2, ")).config["heartbeat_s"] == 3600
    finally:
        config.FIELDS = fields


def test_of_a_newer_schema_what_fits_is_used() -> None:
    settings = stored(
        b'{"schema": 3, "values": {"bay": "A1", "uplink": "mqtt", "mqtt_host": "h", "wifi_ssid": "s", "new": {}}}'
    )
    assert settings.faults == faults.CONFIG_INVALID
    assert settings.config["bay"] == "A1" and settings.config["uplink"] == "mqtt"
    assert stored(b'{"schema": 3, "values": {"bay": "A1"}}').faults == faults.CONFIG_INVALID


def test_settings_that_need_each_other_survive_a_wrong_one() -> None:
    settings = stored(
        b'{"schema": 2, "values": {"dwell_s": -5, "uplink": "mqtt", "mqtt_host": "h", "wifi_ssid": "s",'
        b' "occupied_nt": 2400, "free_nt": 2000}}'
    )
    assert settings.faults == faults.CONFIG_INVALID and settings.config["dwell_s"] == 0
    assert settings.config["uplink"] == "mqtt" and settings.config["occupied_nt"] == 2400
    settings = stored(b'{"schema": 2, "values": {"uplink": "mqtt", "wifi_ssid": "s", "bay": "A1"}}')  # to where?
    assert settings.config["uplink"] == "none" and settings.config["bay"] == "A1"


def test_checked_nonsense_is_set_aside() -> None:
    nonsense = (
        b"", b"?", b"[]", b"null", b"{}", b'{"schema": 2}', b'{"schema": 2, "values": []}', b'{"values": {}}',
        b'{"schema": "2", "values": {}}', b'{"schema": 0, "values": {}}', b'{"schema": -1, "values": {}}',
        b'{"schema": null, "values": {}}', b'{"schema": 1e30, "values": {}}', b'{"schema": 2, "values": "bay"}',
        b'{"schema": 99999999999999999999999999, "values": {}}', b"[" * 400,
    )  # fmt: skip
    for body in nonsense:
        settings = stored(body)
        assert settings.faults == faults.STORAGE_CORRUPT and settings.config == config.defaults(), body
        assert settings.load() == config.defaults()
        settings.commit({"bay": "A1"})


def test_values_of_wrong_kinds_fall_back() -> None:
    for value in (
        "null",
        "[]",
        "{}",
        "1.5",
        "1e99",
        "true",
        "-1",
        '"\\ud800"',
        '"' + "x" * 3000 + '"',
        "10000000000000000",
    ):
        for name in ("bay", "heartbeat_s", "confirm_range", "wifi_password", "uplink", "ip_address"):
            text = '{"schema": 2, "values": {"zone": "ev", "' + name + '": ' + value + "}}"
            settings = stored(text.encode())
            assert settings.config["zone"] == "ev" and not settings.faults & faults.STORAGE_CORRUPT
            config.validated(settings.config, {})
            settings.commit({"bay": "A1"})


def test_reset_goes_back_to_the_defaults() -> None:
    root = fresh_folder("settings")
    settings = Settings(root)
    settings.reset()
    settings.commit({"bay": "A1", "wifi_password": "12345678"})
    settings.reset()
    assert settings.config == Settings(root).load() == config.defaults() and os.listdir(root) == []
