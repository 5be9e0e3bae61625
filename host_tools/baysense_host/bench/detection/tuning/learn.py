"""Tables from rounds of watching: what a detector meets depends on the tables it judges by."""

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import Any

from baysense.core import odds_table, tuning
from baysense_host.bench.detection import seeds
from baysense_host.bench.detection.tuning.collect import (
    Found,
    collect,
    recorded_bays,
    tell_of_recordings,
    total,
)
from baysense_host.bench.detection.tuning.fit import fit, log_loss, of_kind
from baysense_host.bench.detection.tuning.record import Meeting
from baysense_host.bench.detection.tuning.table import KINDS, Tables, frozen
from baysense_host.bench.report import Tell, silent

_ROUNDS, _QUICK_ROUNDS = 3, 2  # the tables of a fourth are those of the third but for a few sixteenths


@dataclass(frozen=True)
class Quality:
    """How well a table tells its movements; the losses are those of a fit without the sites held out."""

    movements: int
    occupied: int  # of them
    loss_nat: float | None  # None: of no movements
    held_out: int
    held_out_loss_nat: float | None


@dataclass(frozen=True)
class Learned:
    """Tables fitted to all that was met, and what they are worth."""

    tables: Tables
    quality: dict[str, Quality]
    movements: int
    recorded: int  # of them
    places: dict[str, int]  # movements by site or bay
    rounds: int

    @property
    def version(self) -> int:
        """Return the version that these tables would have."""
        return int(odds_table.VERSION) + 1

    def as_record(self, quick: bool) -> dict[str, Any]:
        """Return all of it as it stands in the file."""
        return {
            "seed": seeds.TUNING,
            "numbers": f"{tuning.digest():08x}",
            "quick": quick,
            "rounds": self.rounds,
            "version": self.version,
            "movements": self.movements,
            "recorded": self.recorded,
            "recorded_bays": [path.stem for path in recorded_bays()],
            "quality": {name: asdict(one) for name, one in self.quality.items()},
            "tables": self.tables,
            "places": self.places,
        }


def learn(tell: Tell = silent, quick: bool = False) -> Learned:
    """Let the detector watch, fit, and watch again with what was fitted; no movement is forgotten."""
    tell_of_recordings(tell)
    rounds = _QUICK_ROUNDS if quick else _ROUNDS
    tables, found = frozen(), list[Found]()
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for number in range(rounds):
            found += collect(pool, tables, quick)
            tables = fitted(found)
            tell(f"round {number + 1} of {rounds}: {total(found).total():,} movements so far")
    return Learned(
        tables,
        qualities(found),
        total(found).total(),
        total(one for one in found if one.recorded).total(),
        _places(found),
        rounds,
    )


def fitted(found: Sequence[Found]) -> Tables:
    """Return the four tables."""
    met = total(found, weighted=True)
    return {name: fit(met, believed, seen) for name, (believed, seen) in KINDS.items()}


def qualities(found: Sequence[Found]) -> dict[str, Quality]:
    """Return how well a fit to most sites tells their movements, and those of the others."""
    kept = [one for one in found if not one.held_out]
    tables = fitted(kept)
    tuned, out = total(kept), total(one for one in found if one.held_out)
    return {name: _quality(of_kind(tuned, *kind), of_kind(out, *kind), tables[name]) for name, kind in KINDS.items()}


def _quality(tuned: Counter[Meeting], out: Counter[Meeting], rows: list[list[int]]) -> Quality:
    both = tuned + out
    return Quality(
        movements=both.total(),
        occupied=sum(count for meeting, count in both.items() if meeting.true),
        loss_nat=log_loss(tuned, rows),
        held_out=out.total(),
        held_out_loss_nat=log_loss(out, rows),
    )


def _places(found: Sequence[Found]) -> dict[str, int]:
    places: Counter[str] = Counter()
    for one in found:
        places[one.place] += one.met.total()
    return dict(places)
