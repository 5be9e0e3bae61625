"""Wear of the flash on the smallest file system of the boards, and the years that it lasts."""

import json
import tempfile
from pathlib import Path
from typing import Any

from baysense_host.bench.cuts.worker import reports
from baysense_host.bench.measure.app import compile_to
from baysense_host.bench.report import Findings, Mark, Tell
from baysense_host.paths import boards_dir, firmware_dir
from baysense_host.virtual.image import BLOCK_SIZE

_FILE_SYSTEM_START = 0x200000  # ports/esp32/partitions-4MiB.csv and its larger sisters
_EVENTS_PER_DAY = 60
_CYCLES = 100_000  # W25Q32JV datasheet rev. F, section 1: more than 100,000 erase/program cycles
_DAYS_PER_YEAR = 365.25
_AIM_YEARS = 20


def wear_marks(days: int, tell: Tell) -> Findings:
    """Live some days on the virtual flash and measure."""
    blocks = _smallest_blocks()
    tell(f"Wear of {days} days on {blocks} blocks ...")
    slot_blocks = _slot_blocks()
    lived = list(reports("wear", firmware_dir(), blocks, slot_blocks, days, _EVENTS_PER_DAY))[-1]
    spread = lived["free_blocks"] * _CYCLES * days / lived["erases"] / _DAYS_PER_YEAR
    hottest = _CYCLES * days / lived["hottest"] / _DAYS_PER_YEAR
    return Findings(
        _marks(lived, days, spread, hottest),
        {"wear": {"blocks": blocks, "slot_blocks": slot_blocks, "days": days, **lived}},
    )


def _marks(lived: dict[str, Any], days: int, spread: float, hottest: float) -> list[Mark]:
    events = lived["events"]
    erases, programmed = lived["event_erases"] / events, lived["event_bytes"] / events
    daily = f"{_EVENTS_PER_DAY} events a day"
    return [
        Mark("erases_per_event", "blocks erased for an event and its receipt", round(erases, 3), "blocks", n=events),
        Mark("bytes_per_event", "bytes programmed for the two", round(programmed), "B", n=events),
        Mark("years_spread", f"{daily}, wear spread evenly", round(spread, 1), "years", _AIM_YEARS, "high", days),
        Mark("years_hottest", f"{daily}, block worn most", round(hottest, 1), "years", _AIM_YEARS, "high", days),
    ]


def _smallest_blocks() -> int:
    flash_mib = min(json.loads(path.read_text())["flash_mib"] for path in boards_dir().glob("*/board.json"))
    return (int(flash_mib) * 1024 * 1024 - _FILE_SYSTEM_START) // BLOCK_SIZE


def _slot_blocks() -> int:
    """Return the blocks that one app slot takes."""
    with tempfile.TemporaryDirectory() as folder:
        return sum(-(-size // BLOCK_SIZE) for size in compile_to(Path(folder)).values())
