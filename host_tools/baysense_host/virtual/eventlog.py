"""The event log: one JSON line per thing that happened, stamped with virtual time; same seed, same bytes."""

import hashlib
import json
from pathlib import Path
from typing import TextIO

from baysense_host.virtual.folders import new_file


class EventLog:
    """Write what happens as JSON lines and keep a running digest of every byte."""

    def __init__(self, path: Path | None = None) -> None:
        self._digest = hashlib.sha256()
        self._file: TextIO | None = None
        if path is not None:
            self._file = new_file(path)

    def write(self, t_us: int, source: str, kind: str, **fields: object) -> None:
        """Append one record."""
        record = {"t_us": t_us, "source": source, "kind": kind, **fields}
        line = json.dumps(record, separators=(",", ":"), sort_keys=True) + "\n"
        self._digest.update(line.encode())
        if self._file is not None:
            self._file.write(line)

    def digest(self) -> str:
        """Return the SHA-256 of everything written so far."""
        return self._digest.hexdigest()

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None
