"""An empty folder for tests that write files, on CPython and MicroPython."""

import os


def fresh_folder(name: str) -> str:
    """Return the path of an empty folder of this name."""
    path = (os.getenv("TMPDIR") or "/tmp") + "/baysense-unit-" + name
    try:
        os.mkdir(path)
    except OSError:  # left over from an earlier run
        for entry in os.listdir(path):
            os.remove(path + "/" + entry)
    return path


def read(path: str) -> bytes:
    """Return all bytes of a file."""
    with open(path, "rb") as f:
        return f.read()


def write(path: str, data: bytes) -> None:
    """Write a file."""
    with open(path, "wb") as f:
        f.write(data)
