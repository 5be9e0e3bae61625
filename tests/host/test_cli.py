"""The command line: exit codes, what goes to stdout and what to stderr, JSON everywhere."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import baysense
from baysense_host.cli import main
from scripted_node import ScriptedNode, refusal, reply

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from baysense_host.cli import main; main(prog_name='baysense')"]
COMMANDS = ("bench", "boards", "console", "decode", "doctor", "ports", "replay", "sim", "tune")


def run(*words: str, **more: str) -> Result:
    return CliRunner().invoke(main, list(words), **more, prog_name="baysense")


def real(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment(), check=False)


def environment() -> dict[str, str]:
    paths = os.pathsep.join((str(ROOT / "host_tools"), str(ROOT / "firmware")))
    return {**os.environ, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"}


def test_version_is_the_firmwares() -> None:
    done = run("--version")
    assert done.exit_code == 0
    assert done.stdout == f"baysense, version {baysense.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_offers_json(command: str) -> None:
    done = run(command, "--help")
    assert done.exit_code == 0
    assert "--json" in done.stdout


def test_sweep_explains_itself_and_offers_json() -> None:
    done = run("tune", "sweep", "--help")
    assert done.exit_code == 0
    assert "--json" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    check = "import sys; from baysense_host.cli import main; print(*sys.modules)"
    loaded = set(real([sys.executable, "-c", check]).stdout.split())
    assert "baysense_host.cli.sim" in loaded
    assert not loaded & {"matplotlib", "amqtt", "aiomqtt", "serial", "littlefs", "mpremote"}
    assert not loaded & {"baysense_host.virtual.run", "baysense_host.virtual.world", "baysense_host.report"}
    assert "baysense_host.bench.detection" not in loaded


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["sim", "--bays", "0"],
        ["sim", "--board", "HELTEK_WIFI_LORA_32_V3"],
        ["sim", "--broker", "localhost"],
        ["sim", "--broker", "localhost:99999"],
        ["sim", "--port-link", "x"],
        ["sim", "--scenario", "carnival"],
        ["replay", "/does/not/exist.csv"],
        ["boards", "--nonsense"],
        ["boards", "HELTEK"],
        ["bench", "flux-capacitor"],
        ["tune", "nonsense"],
        ["tune", "--write", "--quick"],
        ["tune", "--radar", "--write"],
        ["tune", "--quick", "sweep", "SURE_Q4=40:60:4"],
        ["tune", "sweep"],
        ["tune", "sweep", "SURE_Q4=60"],
        ["tune", "sweep", "SURE_Q4=60:40:4"],
        ["tune", "sweep", "SURE=40:60:4"],
    ],
)
def test_wrong_use_ends_with_2_and_says_so_on_stderr(words: list[str]) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr


def test_nearly_right_board_is_guessed() -> None:
    assert "HELTEC_WIFI_LORA_32_V3" in run("sim", "--board", "HELTEK_WIFI_LORA_32_V3").stderr


def test_failure_ends_with_1_and_says_last_what_to_do() -> None:
    done = real([*COMMAND, "console", "--port", "/dev/no-such-port", "--wait", "0", "info"])
    assert done.returncode == 1
    assert done.stdout == ""
    first, last = done.stderr.splitlines()
    assert first == "baysense: There is no port /dev/no-such-port."
    assert last.startswith("`baysense ports` lists them")


@pytest.mark.parametrize("words", [["boards"], ["boards", "--json"]])
def test_reader_that_leaves_early_is_no_traceback(words: list[str]) -> None:
    pipe, command = subprocess.PIPE, [*COMMAND, *words]
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment()) as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        assert listing.stderr.read() == b""
        assert listing.wait() == 1


def test_interrupt_is_130_and_no_traceback(tmp_path: Path) -> None:
    node = ScriptedNode(tmp_path / "port", lambda asked: b"")
    command = [*COMMAND, "console", "--port", str(node.path), "--timeout", "30", "info"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment()) as talking:
        end_s = time.monotonic() + 20
        while not node.requests and time.monotonic() < end_s:
            time.sleep(0.05)
        talking.send_signal(signal.SIGINT)
        assert talking.stderr is not None
        assert talking.stderr.read() == "Interrupted.\n"
        assert talking.wait() == 130
    node.unplug()


def test_boards_list_and_detail() -> None:
    listed = json.loads(run("boards", "--json").stdout)
    folders = sorted(path.parent.name for path in ROOT.glob("boards/*/board.json"))
    assert [board["name"] for board in listed] == folders
    table = run("boards").stdout
    assert all(board["name"] in table for board in listed)
    assert "iis2mdc" in table
    detail = run("boards", "heltec_wifi_lora_32_v3")
    assert detail.exit_code == 0
    assert "int 7" in detail.stdout
    assert json.loads(run("boards", "HELTEC_WIFI_LORA_32_V3", "--json").stdout) in listed


def test_ports_as_json_is_a_list() -> None:
    assert isinstance(json.loads(run("ports", "--json").stdout), list)


def test_doctor_knows_what_is_required() -> None:
    done = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert checks["Python"]["ok"]
    assert checks["MicroPython"]["required"]
    assert not checks["esptool"]["required"]
    assert all(check["ok"] or check["fix"] for check in checks.values())
    missing = [check for check in checks.values() if check["required"] and not check["ok"]]
    assert done.exit_code == (1 if missing else 0)


def test_doctor_fails_without_a_required_package() -> None:
    hide = (
        "import importlib.metadata as m; real = m.version\n"
        "def version(name):\n"
        "    if name == 'amqtt': raise m.PackageNotFoundError(name)\n"
        "    return real(name)\n"
        "m.version = version\n"
        "from baysense_host.cli import main; main(['doctor'])"
    )
    done = real([sys.executable, "-c", hide])
    assert done.returncode == 1
    assert "Missing: amqtt." in done.stderr
    assert done.stderr.splitlines()[-1] == "pip install amqtt"


def answer(asked: dict[str, object]) -> bytes:
    if asked["method"] == "config" and asked.get("params"):
        return refusal(asked, "bay: too long")
    return b"just saying\r\n" + reply(asked, {"state": "free", "nested": {"a": 1}, "none": None})


@pytest.fixture
def port(tmp_path: Path) -> Iterator[str]:
    node = ScriptedNode(tmp_path / "port", answer)
    yield str(node.path)
    node.unplug()


def test_console_asks_once(port: str) -> None:
    done = run("console", "-p", port, "info", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"state": "free", "nested": {"a": 1}, "none": None}
    assert json.loads(done.stderr) == {"log": "just saying"}
    plain = run("console", "info", env={"BAYSENSE_PORT": port})
    assert plain.stdout.splitlines() == ["state   free", "nested", "a  1", "none    null"]
    assert plain.stderr == "just saying\n"


def test_console_selftest_is_a_table(tmp_path: Path) -> None:
    parts = {
        "field": {"ok": True, "value": 47_120, "low": 15_000, "high": 120_000, "unit": "nT"},
        "flash": {"ok": False, "value": 9, "low": 65_536, "high": None, "unit": "B"},
        "magnetometer": {"ok": False, "value": None, "low": None, "high": None, "unit": ""},
        "range": {"ok": True, "value": 1, "low": 1, "high": 1, "unit": ""},
    }
    node = ScriptedNode(tmp_path / "port", lambda asked: reply(asked, {"ok": False, "parts": parts}))
    shown = [line.split() for line in run("console", "-p", str(node.path), "selftest").stdout.splitlines()]
    assert ["part", "value", "limits", "ok"] in shown
    assert ["field", "47,120", "nT", "15,000–120,000", "nT", "yes"] in shown
    assert ["flash", "9", "B", "≥", "65,536", "B", "no"] in shown
    assert ["magnetometer", "–", "–", "no"] in shown
    assert ["range", "1", "1", "yes"] in shown
    raw = run("console", "-p", str(node.path), "--json", "selftest")
    assert json.loads(raw.stdout) == {"ok": False, "parts": parts}
    node.unplug()


def test_console_refusal_is_a_failure(port: str) -> None:
    done = run("console", "-p", port, "config", "set", "bay=7")
    assert done.exit_code == 1
    assert "The node refused config: bay: too long." in done.stderr


def test_console_takes_lines_from_a_pipe_and_fails_if_one_failed(port: str) -> None:
    done = run("console", "-p", port, "--json", input="info\n\nconfig set bay=7\ninfo\n")
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == 2
    assert "1 of the requests failed." in done.stderr


def test_console_without_a_port_says_what_to_do(tmp_path: Path) -> None:
    done = run("console", "-p", str(tmp_path / "none"), "--wait", "0", "info")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[0] == f"baysense: There is no port {tmp_path / 'none'}."
    assert "baysense ports" in done.stderr.splitlines()[-1]
