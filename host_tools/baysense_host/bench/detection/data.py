"""Where the open field recordings lie; they are never part of the project."""

import os
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[4]  # of a checkout


def data_folder() -> Path:
    """Return the folder of the recordings, whether it exists or not."""
    return Path(os.environ.get("BAYSENSE_DATA", _ROOT.parent / "shared" / "data"))


def recordings(pattern: str) -> list[Path]:
    """Return the files in it that match, in order; none where it does not exist."""
    return sorted(data_folder().glob(pattern))
