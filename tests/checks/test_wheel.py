"""A built wheel, installed elsewhere, has everything that goes onto a device."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ASK = """
import baysense, pathlib
from baysense_host import paths
import baysense_host
assert "site-packages" in baysense_host.__file__, baysense_host.__file__
for folder in (paths.firmware_dir(), paths.boards_dir(), paths.shims_dir()):
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            print(folder.name, file.relative_to(folder).as_posix())
print("version", baysense.__version__)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the device files an installed wheel finds, as `folder path` lines."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(_copy(folder)),
    )
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv/bin/python")
    wheel = next(folder.glob("*.whl"))
    _run(python, "-m", "pip", "install", "--quiet", "--no-deps", str(wheel))
    return set(_run(python, "-c", ASK, cwd=folder).splitlines())


def _copy(folder: Path) -> Path:
    """Copy what the build reads, so that it leaves nothing in the checkout."""
    copy = folder / "source"
    copy.mkdir()
    for name in ("firmware", "boards", "host_tools"):
        shutil.copytree(ROOT / name, copy / name)
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _device_files(folder: str, path: Path) -> set[str]:
    """Return the files of a folder that a device or a reader needs, as the wheel names them."""
    skip = {"__pycache__"}
    return {
        f"{folder} {file.relative_to(path).as_posix()}"
        for file in path.rglob("*")
        if file.is_file() and not skip & set(file.parts) and file.suffix in {".py", ".json", ".md", ".txt"}
    }


@pytest.mark.slow
def test_wheel_carries_firmware(installed: set[str]) -> None:
    assert "firmware main.py" in installed
    assert _device_files("firmware", ROOT / "firmware") <= installed


@pytest.mark.slow
def test_wheel_carries_nothing_else(installed: set[str]) -> None:
    kinds = (".py", ".json", ".md", ".txt")
    assert not [line for line in installed if not line.startswith("version ") and not line.endswith(kinds)]


@pytest.mark.slow
def test_wheel_carries_boards(installed: set[str]) -> None:
    assert _device_files("boards", ROOT / "boards") <= installed


@pytest.mark.slow
def test_wheel_carries_shims(installed: set[str]) -> None:
    shims = _device_files("shims", ROOT / "host_tools/baysense_host/virtual/shims")
    assert shims
    assert shims <= installed


@pytest.mark.slow
def test_wheel_has_the_version_of_the_firmware(installed: set[str]) -> None:
    line = (ROOT / "firmware/baysense/__init__.py").read_text(encoding="utf-8")
    version = next(entry.split()[1] for entry in installed if entry.startswith("version "))
    assert f'__version__ = "{version}"' in line
