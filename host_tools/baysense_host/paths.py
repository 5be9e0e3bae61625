"""Where firmware, boards and shims lie: beside us in a checkout, inside the package once installed."""

from pathlib import Path

from baysense_host.errors import ToolError

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_data"  # filled by setup.py when a wheel is built
_CHECKOUT = _PACKAGE.parent.parent


def firmware_dir() -> Path:
    """Return the folder with main.py, requirements.txt and the package baysense."""
    return _find("firmware", "main.py")


def boards_dir() -> Path:
    """Return the folder with one folder a board."""
    return _find("boards", "README.md")


def shims_dir() -> Path:
    """Return the folder with the modules that stand for the chip inside the virtual board."""
    return _PACKAGE / "virtual" / "shims"


def _find(name: str, landmark: str) -> Path:
    for root in (_INSTALLED, _CHECKOUT):
        if (root / name / landmark).is_file():
            return root / name
    raise ToolError(f"The folder '{name}' of Baysense is missing: reinstall baysense or work in a full checkout.")
