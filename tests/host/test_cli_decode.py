"""`baysense decode`: a payload in words, or as JSON."""

import json

import pytest
from click.testing import CliRunner, Result

from baysense_host.cli import main

ARRIVAL = "12e549bd"
WITH_HISTORY = "15c3087d49b909bd485a"


def run(*words: str, **env: str) -> Result:
    return CliRunner(env=env).invoke(main, ["decode", *words], prog_name="baysense")


@pytest.mark.parametrize("text", [ARRIVAL, "12 E5 49 BD", "0x12e549bd", "12:e5:49:bd"])
@pytest.mark.parametrize("option", ["--port", "--fport"])
def test_json(text: str, option: str) -> None:
    done = run(text, option, "1", "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["state"], told["occupied"], told["seq"], told["age"]) == ("occupied", True, 18, 10)


def test_words() -> None:
    done = run(WITH_HISTORY, "--fport", "1")
    assert done.exit_code == 0
    assert "departure" in done.stdout and "before that" in done.stdout and "8003" in done.stdout
    heartbeat = run("89f1012c00375d00aa02c0", "--fport", "2")
    assert "brown_out, watchdog, calibrating" in heartbeat.stdout and "-12.5" in heartbeat.stdout
    assert "1800" in run("03000708", "--fport", "10").stdout


def test_what_is_no_payload() -> None:
    for words, text in ((("010203", "--fport", "1"), "wrong length"), (("01", "--fport", "12"), "unknown FPort 12")):
        done = run(*words)
        assert done.exit_code == 1 and text in done.stderr and not done.stdout


@pytest.mark.parametrize(
    "words", [("xyz", "--fport", "1"), ("123", "--fport", "1"), (ARRIVAL, "--fport", "0"), (ARRIVAL,)]
)
def test_usage(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_the_serial_port_of_the_environment_is_another_thing() -> None:
    done = run(ARRIVAL, BAYSENSE_PORT="1")
    assert done.exit_code == 2 and "--fport" in done.stderr
    assert run(ARRIVAL, "--port", "1", BAYSENSE_PORT="/dev/ttyUSB0").exit_code == 0
