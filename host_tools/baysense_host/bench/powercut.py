"""Power cuts: a hundred thousand over all of storage, what was broken by them, and how the flash wears."""

import os

from baysense_host.bench.cuts.campaign import Campaign, Result
from baysense_host.bench.cuts.wear import wear_marks
from baysense_host.bench.report import Findings, Mark, Tell, silent

_FULL_CUTS, _QUICK_CUTS = 100_000, 1_500
_FULL_DAYS, _QUICK_DAYS = 200, 3

_MUST_NOT = (
    ("lost", "acknowledged records lost or altered"),
    ("duplicate", "sequence numbers twice or out of order, events again in vain"),
    ("reused", "counters that gave a number again"),
    ("unbootable", "flashes that do not boot"),
    ("crash", "errors raised after a power cut"),
    ("secret", "secrets readable after wiping"),
)


def run(tell: Tell = silent, quick: bool = False) -> Findings:
    """Cut the power and measure the wear; `quick` shows that it works, its numbers mean little."""
    workers = os.cpu_count() or 1
    result = Campaign(_QUICK_CUTS if quick else _FULL_CUTS, workers, tell).run()
    wear = wear_marks(_QUICK_DAYS if quick else _FULL_DAYS, tell)
    detail = {"cuts_by_mode": dict(result.by_mode), "found": result.found, "workers": workers}
    return Findings(_cut_marks(result, None if quick else _FULL_CUTS) + wear.marks, detail | wear.detail)


def _cut_marks(result: Result, aim: int | None) -> list[Mark]:
    per_s = result.cuts / result.wall_s
    broken = [Mark(kind, what, result.count(kind), "", 0, n=result.cuts) for kind, what in _MUST_NOT]
    return [
        Mark("cuts", "power cuts at a flash operation", result.cuts, "", aim, "high"),
        *broken,
        Mark("cuts_per_s", "power cuts a second", round(per_s, 1), "1/s", n=result.cuts),
    ]
