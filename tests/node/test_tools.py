"""Unmodified mpremote and pyserial on a node that runs its firmware, by port as a user types it."""

import subprocess
import sys
from pathlib import Path

import pytest
import serial

from dut import Dut

_TOOL_S = 30.0


def mpremote(dut: Dut, *arguments: str) -> str:
    """Run mpremote on the board's port; return what it prints."""
    with dut.lent() as port:
        command = [sys.executable, "-m", "mpremote", "connect", port, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TOOL_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_exec_interrupts_the_firmware(dut: Dut) -> None:
    assert mpremote(dut, "exec", "print(6 * 7)") == "42\n"


def test_resume_finds_what_the_firmware_has_loaded(dut: Dut) -> None:
    assert mpremote(dut, "resume", "eval", "'baysense' in __import__('sys').modules") == "True\n"


def test_run_executes_a_file(dut: Dut, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import board\nprint(board.NAME, board.SOC)\n")
    text = mpremote(dut, "exec", "import sys; sys.path.insert(0, '/a')", "run", str(tmp_path / "script.py"))
    assert text.split()[0].isupper()
    assert text.split()[1].startswith("esp32")


def test_files_go_there_and_back(dut: Dut, tmp_path: Path) -> None:
    content = bytes(range(256)) * 16
    (tmp_path / "there").write_bytes(content)
    mpremote(dut, "fs", "cp", str(tmp_path / "there"), ":test.bin")
    mpremote(dut, "fs", "cp", ":test.bin", str(tmp_path / "back"), "+", "fs", "rm", ":test.bin")
    assert (tmp_path / "back").read_bytes() == content


def test_tree_shows_the_app_slot(dut: Dut) -> None:
    assert "main.py" in mpremote(dut, "fs", "ls")
    assert "board.mpy" in mpremote(dut, "fs", "tree", ":a")


def test_mount_serves_a_host_folder(dut: Dut, tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text("VALUE = 7\n")
    assert mpremote(dut, "mount", str(tmp_path), "exec", "import served; print(served.VALUE)").endswith("7\n")


@pytest.mark.parametrize(("command", "cause"), [("soft-reset", None), ("reset", "reset")])
def test_reset_commands(dut: Dut, command: str, cause: str | None) -> None:
    mpremote(dut, command)
    if cause is not None:
        assert dut.ready()["cause"] == cause
    else:
        assert dut.eval("'baysense' in __import__('sys').modules") is False  # main.py is left out


def test_pyserial_talks_to_the_node(dut: Dut) -> None:
    with dut.lent() as name, serial.Serial(name, 115200, timeout=5) as port:
        port.write(b'{"jsonrpc": "2.0", "id": 7, "method": "info"}\n')
        assert b'"dev_eui"' in port.read_until(b'"id": 7') + port.readline()


def test_library_transport_runs_code_on_the_same_port(dut: Dut) -> None:
    assert dut.exec("print(sum(range(10)))") == "45\n"
    assert dut.eval("[1, 'a']") == [1, "a"]
    assert dut.reset()["cause"] == "reset"
