"""Settings on flash."""

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
        root + "/settings.json", b'{"schema": 1, "values": {"bay": "A1", "dwell_s": -5, "tomorrow": 1}}'
    )
    settings = Settings(root)
    loaded = settings.load()
    assert settings.faults == faults.CONFIG_INVALID
    assert loaded["bay"] == "A1" and loaded["dwell_s"] == 0 and "tomorrow" not in loaded
