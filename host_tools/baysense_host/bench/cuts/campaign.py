"""The power-cut campaign over several processes."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baysense_host.bench.cuts.worker import reports
from baysense_host.bench.report import Tell
from baysense_host.paths import firmware_dir

_TOLD_PARTS = 20  # how often progress is told


@dataclass
class Result:
    """What a campaign found."""

    cuts: int = 0
    by_mode: Counter[str] = field(default_factory=Counter)
    found: list[dict[str, Any]] = field(default_factory=list)  # kind, text, era, life, cut_at, mode, during
    wall_s: float = 0.0

    def count(self, kind: str) -> int:
        """Return how many eras ended with a finding of this kind."""
        return sum(finding["kind"] == kind for finding in self.found)


class Campaign:
    """So many cuts, spread over workers; the same numbers give the same cuts."""

    def __init__(self, cuts: int, workers: int, tell: Tell, firmware: Path | None = None) -> None:
        self._cuts = cuts
        self._workers = workers
        self._tell = tell
        self._firmware = firmware or firmware_dir()
        self._result = Result()
        self._lock = threading.Lock()
        self._told = 0

    def run(self) -> Result:
        """Run to the end; raise ToolError if the harness itself fails."""
        begin_s = time.monotonic()
        with ThreadPoolExecutor(self._workers) as pool:
            for _ in pool.map(self._work, range(self._workers)):
                pass
        self._result.wall_s = time.monotonic() - begin_s
        return self._result

    def _work(self, worker: int) -> None:
        share = -(-self._cuts // self._workers)
        for era in reports("campaign", self._firmware, share, worker, self._workers):
            with self._lock:
                self._add(era)

    def _add(self, era: dict[str, Any]) -> None:
        result = self._result
        result.cuts += era["cuts"]
        result.by_mode.update(era["by_mode"])
        for finding in era["found"]:
            result.found.append(finding | {"era": era["era"]})
            self._tell(f"Found in era {era['era']}: {finding['kind']}: {finding['text']}")
        if result.cuts * _TOLD_PARTS // self._cuts > self._told:
            self._told = result.cuts * _TOLD_PARTS // self._cuts
            self._tell(f"{result.cuts:,} of {self._cuts:,} power cuts, {len(result.found)} broken guarantees")
