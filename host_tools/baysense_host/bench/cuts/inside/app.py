"""What makes the flash bootable: main.py and the app slot, which nobody writes after the factory."""

import os

from baysense_host.bench.cuts.inside.finding import UNBOOTABLE, expect

ROOT = "/flash"
DATA = ROOT + "/data"  # /data on the device
_FILES = (("/main.py", 3000), ("/a/board.mpy", 90), ("/a/baysense/node.mpy", 9000))  # one of them inline


def install() -> None:
    """Write the files as the factory does."""
    for folder in ("/a", "/a/baysense", "/data"):
        os.mkdir(ROOT + folder)
    for name, size in _FILES:
        with open(ROOT + name, "wb") as f:
            f.write(_content(name, size))


def check() -> None:
    """Read every file."""
    for name, size in _FILES:
        try:
            with open(ROOT + name, "rb") as f:
                whole = f.read() == _content(name, size)
        except OSError as error:
            whole = False
            name += f" ({error})"
        expect(whole, UNBOOTABLE, f"{name} is damaged")


_contents: dict[str, bytes] = {}


def _content(name: str, size: int) -> bytes:
    if name not in _contents:
        _contents[name] = bytes((i * i + len(name)) % 251 for i in range(size))
    return _contents[name]
