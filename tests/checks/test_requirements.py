"""The package that goes onto the device is the one the host tests against."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_device_and_host_use_the_same_release() -> None:
    lines = (ROOT / "firmware/requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert wanted
    assert set(wanted) <= set(project["dependencies"])
