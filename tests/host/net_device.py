"""Programs on plain MicroPython that use the firmware's network modules against servers on this host."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import chumicro_mqtt
import pytest

from baysense_host.virtual.net.mosquitto import available
from network_harness import NO_MOSQUITTO

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
MICROPYTHON = Path(sys.executable).with_name("micropython")
TIMEOUT_S = 60

needs_mosquitto = pytest.mark.skipif(not available(), reason=NO_MOSQUITTO)

# `say` is how a program answers the test; `connect` takes what a test does not care about off it.
_PRELUDE = """
import json, sys, time
ARGUMENTS = json.load(open("arguments.json"))
def say(*values):
    print(json.dumps(values))
def stored(name):
    return bytes.fromhex(ARGUMENTS[name]) if ARGUMENTS.get(name) else None
def connect(user="", password="", **options):
    from baysense.net.mqtt import Mqtt
    return Mqtt("127.0.0.1", ARGUMENTS["port"], "bay-1", user, password, **options)
def attempt(action, *args, **options):
    begun_ms = time.ticks_ms()
    try:
        action(*args, **options)
        say("done")
    except OSError as error:
        took_ms = time.ticks_diff(time.ticks_ms(), begun_ms)
        say(type(error).__name__, getattr(error, "reason", ""), str(error), took_ms)
"""


class Device:
    """A folder to run programs in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(
            chumicro_mqtt.__path__[0], folder / "chumicro_mqtt", ignore=shutil.ignore_patterns("__pycache__")
        )

    def start(self, program: str, **arguments: object) -> subprocess.Popen[str]:
        """Start a program; `said` collects what it says."""
        (self.folder / "arguments.json").write_text(json.dumps(arguments))
        (self.folder / "program.py").write_text(_PRELUDE + textwrap.dedent(program))
        return subprocess.Popen(
            [MICROPYTHON, "program.py"],
            cwd=self.folder,
            env={**os.environ, "MICROPYPATH": f"{self.folder}:{FIRMWARE}:.frozen"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE,
            text=True,
        )

    def run(self, program: str, **arguments: object) -> list[Any]:
        """Run a program to its end; return what it said."""
        return said(self.start(program, **arguments))


def said(process: subprocess.Popen[str], told: str = "") -> list[Any]:
    """Return what a program has said when it is done, after telling it something."""
    output, _ = process.communicate(told, timeout=TIMEOUT_S)
    assert process.returncode == 0, output
    return [json.loads(line) for line in output.splitlines()]
