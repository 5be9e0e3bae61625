"""Storage as LittleFS has it: what is written is there once the file is closed. The supply may fail around that."""

import builtins
import os
import random

from baysense_host.bench.airwaves.inside.power import power

_open = builtins.open


class Os:
    """Stands for the module os."""

    stat = os.stat
    listdir = os.listdir
    statvfs = os.statvfs

    def rename(self, old: str, new: str) -> None:
        """Rename a file."""
        power.step()
        os.rename(old, new)

    def remove(self, path: str) -> None:
        """Remove a file."""
        power.step()
        os.remove(path)

    def mkdir(self, path: str) -> None:
        """Make a folder."""
        os.mkdir(path)

    def urandom(self, n: int) -> bytes:
        """Return chance that is the same in every run."""
        return bytes([random.getrandbits(8) for _ in range(n)])


class _Written:
    """A file that is written when it is closed."""

    def __init__(self, path: str, mode: str) -> None:
        self._path, self._mode = path, mode
        self._content = bytearray()

    def write(self, data: bytes) -> int:
        self._content += data
        return len(data)

    def close(self) -> None:
        power.step()
        with _open(self._path, self._mode) as f:
            f.write(self._content)

    def __enter__(self) -> "_Written":
        return self

    def __exit__(self, *why: object) -> None:
        if why[0] is None:
            self.close()


def open_file(path: str, mode: str = "r") -> object:
    """Stand for `open`."""
    if mode in ("wb", "ab"):
        return _Written(path, mode)
    return _open(path, mode)


class Nvs:
    """Stands for esp32.NVS: the factory's identity, and one number that the firmware keeps in a file here."""

    def __init__(self, path: str, identity: dict) -> None:
        self._path, self._identity = path, identity
        self._number = 0

    def get_i32(self, key: str) -> int:
        """Return a number; raise OSError when there is none."""
        if key == "id_version":
            return 1
        with _open(self._path, "rb") as f:
            return int(f.read())

    def set_i32(self, key: str, number: int) -> None:
        """Set the number; kept once it is committed."""
        self._number = number

    def get_blob(self, key: str, into: bytearray) -> int:
        """Read a text or an identifier."""
        value = self._identity.get(key)
        if value is None:
            raise OSError(2)
        into[: len(value)] = value
        return len(value)

    def commit(self) -> None:
        """Keep what was set."""
        power.step()
        with _open(self._path + ".new", "wb") as f:
            f.write(str(self._number).encode())
        os.rename(self._path + ".new", self._path)
        power.step()


class Rtc:
    """RTC memory, in a file that the host removes when the power was cut."""

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self) -> bytes:
        """Return what was kept."""
        try:
            with _open(self._path, "rb") as f:
                return f.read()
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        """Keep this; a write that is cut leaves what was there (core.retained has two copies for that)."""
        power.step()
        with _open(self._path, "wb") as f:
            f.write(data)
