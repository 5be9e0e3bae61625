"""The least heap of a node that reports over TLS, found by bisection."""

import tempfile
from pathlib import Path

from baysense_host.bench.outage.brokers import Brokers
from baysense_host.bench.outage.campaign import Campaign
from baysense_host.bench.outage.changes import compare
from baysense_host.bench.report import Findings, Mark, Tell, silent
from baysense_host.errors import ToolError

_TOO_LITTLE_KIB, _MOST_KIB = 48, 144
_MARK_KIB = 96
_OUT_OF_MEMORY = "MemoryError"
_SEED = 1
_MOST_STARTS = 300  # a quarter of a day has some 50


def heap_findings(days: float, step_kib: int, tell: Tell) -> Findings:
    """Bisect to `step_kib` over a calm demo of so many days with client certificates."""
    tries: dict[str, bool] = {}
    with (
        tempfile.TemporaryDirectory(prefix="baysense-bench-") as folder,
        Brokers(Path(folder) / "brokers") as brokers,
    ):

        def lives(heap_kib: int) -> bool:
            tries[str(heap_kib)] = survives(brokers, Path(folder) / str(heap_kib), heap_kib, days)
            tell(f"heap of {heap_kib} KiB with TLS: {'enough' if tries[str(heap_kib)] else 'too little'}")
            return tries[str(heap_kib)]

        too_little, enough = _TOO_LITTLE_KIB, _MOST_KIB
        if not lives(enough):
            return _findings(None, tries)
        while enough - too_little > step_kib:
            middle = (enough + too_little) // 2
            too_little, enough = (too_little, middle) if lives(middle) else (middle, enough)
    return _findings(enough, tries)


def survives(brokers: Brokers, folder: Path, heap_kib: int, days: float) -> bool:
    """Tell whether a node with this heap [KiB of a 32-bit chip] reports all changes without MemoryError."""
    campaign = Campaign(brokers, folder, _SEED, days, [], heap_kib)
    try:
        month = campaign.live(silent, lambda: _is_lost(campaign))
    except ToolError:
        return False  # the interpreter does not even start
    changes = compare(month)
    return changes.true > 0 and not changes.missed and not _is_lost(campaign)


def _is_lost(campaign: Campaign) -> bool:
    """Tell whether the node ran out of memory, or starts again and again."""
    starts = sum(campaign.bay.board.wakes.values())
    return starts > _MOST_STARTS or any(_OUT_OF_MEMORY in line for _, line in campaign.log)


def _findings(least: int | None, tries: dict[str, bool]) -> Findings:
    what = "least heap of the node with Wi-Fi, MQTT and TLS, in KiB of a 32-bit chip"
    return Findings([Mark("least_heap_tls", what, least, "KiB", _MARK_KIB)], {"heap_tls_tries_kib": tries})
