"""Folders and files that a user chose; one clear sentence when they cannot be made."""

from pathlib import Path
from typing import TextIO

from baysense_host.errors import ToolError


def make_folder(path: Path) -> None:
    """Make a folder and those above it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(path, error) from error


def new_file(path: Path) -> TextIO:
    """Open a text file for writing, in a folder that may be new."""
    make_folder(path.parent)
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> ToolError:
    return ToolError(f"Cannot write {path}: {error.strerror}.", "Choose another folder with --out.")
