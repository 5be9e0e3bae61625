"""Files of a target, put back before every attempt."""

import os

_FOLDER = 0x4000


def read(path: str) -> bytes:
    """Return all bytes of a file."""
    with open(path, "rb") as f:
        return f.read()


def write(path: str, data: bytes | None) -> None:
    """Write a file; None: put a folder with something in it where the file should be."""
    if is_folder(path):
        remove(path)
    if data is not None:
        with open(path, "wb") as f:
            f.write(data)
        return
    remove(path)
    os.mkdir(path)
    write(path + "/in the way", b"")


def exists(path: str) -> bool:
    """Tell whether there is such a file or folder."""
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def is_folder(path: str) -> bool:
    """Tell whether there is such a folder."""
    return exists(path) and bool(os.stat(path)[0] & _FOLDER)


def remove(path: str) -> None:
    """Remove a file, or a folder with everything in it, if it is there."""
    if is_folder(path):
        for name in os.listdir(path):
            remove(path + "/" + name)
        os.rmdir(path)
    elif exists(path):
        os.remove(path)


def fresh_folder(path: str) -> str:
    """Make an empty folder; return its path."""
    remove(path)
    os.mkdir(path)
    return path
