"""`baysense sim` fails when what it simulates does, says why, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from baysense_host.cli import sim as command
from baysense_host.report.facts import losses
from baysense_host.report.result import as_result
from baysense_host.virtual.printed import Printed
from synthetic_result import synthetic_result
from test_cli import COMMAND, environment, run


def test_crashed_node_fails_and_shows_its_last_lines(tmp_path: Path) -> None:
    done = run("sim", "--days", "0.002", "--heap", "32", "--json", "--out", str(tmp_path))
    assert done.exit_code == 1
    assert json.loads(done.stdout)["bays"][0]["trouble"] == "crashed"
    assert done.stderr.startswith("baysense: The node of bay-1 crashed.\nIts console said last:\n")
    assert "MemoryError" in done.stderr
    assert (tmp_path / "report.html").exists()


def test_sound_node_is_no_failure(tmp_path: Path) -> None:
    assert run("sim", "--days", "0.02", "--out", str(tmp_path)).exit_code == 0


def test_node_at_the_prompt_is_broken_until_it_boots_again() -> None:
    printed = Printed()
    printed.take("all is well", 1)
    assert printed.trouble(1) is None
    printed.take("MicroPython v1.29.0 on 2026-01-01; somewhere", 1)
    assert printed.trouble(1) == "sits at the MicroPython prompt"
    assert printed.trouble(2) is None
    printed.take("MemoryError: ", 2)
    assert printed.trouble(3) == "crashed"


def spoilt(how: str) -> dict[str, Any]:
    """Return a result with one fault."""
    result = synthetic_result()
    bay = result["bays"][0]
    bay |= {"trouble": None, "console": []}
    if how == "missing":
        del bay["events"][4]
    elif how:
        result["summary"][{"doubled": "duplicates", "out of order": "out_of_order"}[how]] = 1
    return result


@pytest.mark.parametrize("how", ["missing", "doubled", "out of order"])
def test_demo_fails_when_a_change_went_wrong(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baysense_host.virtual.run.simulate", lambda options: spoilt(how))
    done = run("sim", "--json", "--out", str(tmp_path))
    assert done.exit_code == 1
    assert f"Changes of the bay went wrong: 1 {how}." in done.stderr
    assert (tmp_path / "summary.json").exists()
    assert json.loads(done.stdout)["scenario"] == "demo"


def test_change_in_the_last_minute_may_still_be_on_its_way() -> None:
    result = spoilt("")
    assert losses(as_result(result)) == []
    del result["bays"][0]["events"][-1]
    assert losses(as_result(result)) == ["1 missing"]
    result["days"] = (result["bays"][0]["truth"][-1]["t_s"] + 30) / 86_400
    assert losses(as_result(result)) == []


def test_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("sim", "--days", "0.001", "--out", str(tmp_path / "file" / "run"))
    assert done.exit_code == 1
    assert done.stderr.startswith(f"baysense: Cannot write {tmp_path / 'file' / 'run'}: Not a directory.\n")
    assert done.stderr.splitlines()[-1] == "Choose another folder with --out."


def test_broker_that_refuses_is_named(tmp_path: Path) -> None:
    with socket.socket() as held:  # bound, not listening: connections are refused
        held.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{held.getsockname()[1]}"
        done = run("sim", "--broker", address, "--out", str(tmp_path))
    first, last = done.stderr.splitlines()
    assert first.startswith(f"baysense: Could not connect to the MQTT broker {address}: ")
    assert last == "Check that the broker runs and accepts this login."


def test_help_says_whose_kib_the_heap_is() -> None:
    option = next(each for each in command.params if each.name == "heap_kib")
    assert "32-bit chip" in option.help and "1.3 times" in option.help


def test_sigterm_ends_it_as_ctrl_c_does(tmp_path: Path) -> None:
    link = tmp_path / "port"
    words = ["sim", "--real", "--port-link", str(link), "--out", str(tmp_path / "run")]
    with subprocess.Popen([*COMMAND, *words], stderr=subprocess.PIPE, text=True, env=environment()) as living:
        end_s = time.monotonic() + 30
        while not os.path.exists(link) and time.monotonic() < end_s:
            time.sleep(0.05)
        time.sleep(1.0)
        living.send_signal(signal.SIGTERM)
        assert living.stderr is not None
        assert living.stderr.read() == "Interrupted.\n"
        assert living.wait(20) == 130
    assert not link.is_symlink()
