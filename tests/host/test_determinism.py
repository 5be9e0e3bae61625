"""Same seed, same bytes: the whole simulation, broker included, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

from baysense_host.paths import firmware_dir, shims_dir

_RUN = """
import sys
from pathlib import Path
from baysense_host.virtual.options import SimOptions
from baysense_host.virtual.run import simulate
seed, out = int(sys.argv[1]), Path(sys.argv[2])
summary = simulate(SimOptions(days=0.12, bays=2, seed=seed, out=out))["summary"]
print(summary["changes_true"], summary["changes_received"])
"""


def start(folder: Path, seed: int, hash_seed: int) -> "subprocess.Popen[str]":
    """Begin a run; another hash seed means another order of every set."""
    paths = os.pathsep.join([str(shims_dir().parents[2]), str(firmware_dir())])
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-c", _RUN, str(seed), str(folder)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_event_log_is_the_same_to_the_byte(tmp_path: Path) -> None:
    runs = {"first": (3, 1), "again": (3, 2), "other": (4, 1)}
    processes = [start(tmp_path / name, seed, hash_seed) for name, (seed, hash_seed) in runs.items()]
    summaries = [process.communicate(timeout=100)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    first, again, other = ((tmp_path / name / "events.jsonl").read_bytes() for name in runs)
    assert first.count(b"\n") > 50
    assert first == again
    assert summaries[0] == summaries[1]
    assert first != other
