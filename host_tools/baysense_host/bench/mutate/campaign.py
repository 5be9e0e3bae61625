"""The campaign: two workers at a time take pieces of the plan until it is done."""

import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baysense_host.bench.mutate.app import build
from baysense_host.bench.mutate.plan import Piece, pieces
from baysense_host.bench.mutate.worker import Outcome, work
from baysense_host.bench.report import Tell

_WORKERS = 2
_TELL_S = 10


@dataclass
class Campaign:
    """What all inputs came to."""

    seed: int
    seconds: float = 0.0
    cases: Counter[str] = field(default_factory=Counter)
    findings: list[dict[str, Any]] = field(default_factory=list)
    grown_bytes: int = 0

    def add(self, target: str, outcome: Outcome) -> None:
        """Take the outcome of a piece."""
        self.cases[target] += outcome.cases
        self.findings += outcome.findings
        self.grown_bytes = max(self.grown_bytes, outcome.grown_bytes)

    def count(self, kind: str) -> int:
        """Return how many findings are of a kind."""
        return sum(finding["kind"] == kind for finding in self.findings)


def fuzz(inputs: int, seed: int, tell: Tell, firmware: Path | None = None) -> Campaign:
    """Give the node at least so many mutated inputs; the same seed gives the same ones."""
    return _run(pieces(inputs, seed), seed, tell, firmware)


def again(target: str, batch: int, firmware: Path | None = None) -> Campaign:
    """Run the batch of a finding again, for whoever looks into it."""
    return _run([Piece(target, batch, 1)], batch, lambda text: None, firmware)


def _run(plan: list[Piece], seed: int, tell: Tell, firmware: Path | None) -> Campaign:
    campaign = Campaign(seed)
    begun_s = told_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="baysense-fuzz-") as folder, ThreadPoolExecutor(_WORKERS) as pool:
        app = build(Path(folder), firmware)
        running = {pool.submit(work, app, piece): piece for piece in plan}
        try:
            for done in as_completed(running):
                campaign.add(running[done].target, done.result())
                if time.monotonic() - told_s > _TELL_S:
                    told_s = time.monotonic()
                    tell(f"{sum(campaign.cases.values()):,} inputs, {len(campaign.findings)} findings")
        finally:
            pool.shutdown(cancel_futures=True)
    campaign.seconds = time.monotonic() - begun_s
    return campaign
