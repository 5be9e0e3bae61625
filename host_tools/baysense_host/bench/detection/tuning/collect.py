"""Movements of all tuning sites and recorded bays, on all cores."""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from baysense_host.bench.detection.data import data_folder, recordings
from baysense_host.bench.detection.field import transients
from baysense_host.bench.detection.field.bays import read_bay
from baysense_host.bench.detection.tuning.record import Meeting, from_bay, from_site
from baysense_host.bench.detection.tuning.sites import LEARNED, is_fit, scales, simulated
from baysense_host.bench.detection.tuning.table import Tables, using
from baysense_host.bench.report import Tell

_HELD_OUT = 5  # one site in so many
_RECORDED_WEIGHT = 4  # a real movement counts for so many simulated ones, of which there are some hundred times more


@dataclass(frozen=True)
class Found:
    """The movements of one site or recorded bay."""

    place: str
    recorded: bool
    met: Counter[Meeting]

    @property
    def weight(self) -> int:
        """Return for how many movements each of these counts in a fit."""
        return _RECORDED_WEIGHT if self.recorded else 1

    @property
    def held_out(self) -> bool:
        """Say whether the site is one of those that tell what a fit to the others is worth: the same ones always."""
        return crc32(self.place.encode()) % _HELD_OUT == 0


@dataclass(frozen=True)
class _Simulated:
    """The sites of one scenario and scale; they are drawn where they are watched."""

    scenario: str
    scale: float
    quick: bool
    tables: Tables

    def __call__(self) -> list[Found]:
        with using(self.tables):
            return [
                Found(f"{site.name} x{self.scale:g}", False, from_site(site))
                for site in simulated(self.scenario, self.scale, self.quick)
                if is_fit(site)
            ]


@dataclass(frozen=True)
class _Recorded:
    """The first weeks of one recorded bay."""

    path: Path
    tables: Tables

    def __call__(self) -> list[Found]:
        with using(self.tables):
            return [Found(self.path.stem, True, from_bay(read_bay(self.path)))]


@dataclass(frozen=True)
class _Windows:
    """Every second recorded window of a kind, parking or traffic."""

    scenario: str
    tables: Tables

    def __call__(self) -> list[Found]:
        with using(self.tables):
            sites = (transients.parking() if self.scenario == transients.PARKING else transients.traffic())[::2]
            return [Found(f"{self.scenario} {site.name}", True, from_site(site)) for site in sites]


_Task = _Simulated | _Recorded | _Windows


def collect(pool: Executor, tables: Tables, quick: bool) -> list[Found]:
    """Return what a detector with these tables meets, always in the same order."""
    return [found for some in pool.map(_done, _tasks(tables, quick)) for found in some]


def recorded_bays() -> list[Path]:
    """Return the recordings that bays are tuned on, as far as there are any."""
    return recordings("bays/*.csv")


def tell_of_recordings(tell: Tell) -> None:
    """Say which recorded bays are looked at."""
    names = [path.stem for path in recorded_bays()]
    known = f"the first weeks of {', '.join(names)}" if names else "none: simulated sites only"
    tell(f"recorded bays in {data_folder() / 'bays'}: {known}")


def total(found: Iterable[Found], weighted: bool = False) -> Counter[Meeting]:
    """Return all movements; `weighted` for a fit: recorded ones are rare and real."""
    met: Counter[Meeting] = Counter()
    for one in found:
        weight = one.weight if weighted else 1
        for meeting, count in one.met.items():
            met[meeting] += weight * count
    return met


def _tasks(tables: Tables, quick: bool) -> Iterator[_Task]:
    for path in recorded_bays():
        yield _Recorded(path, tables)
    if recordings("transients_*/*.csv"):
        yield _Windows(transients.PARKING, tables)
        yield _Windows(transients.TRAFFIC, tables)
    for scenario in LEARNED:
        for scale in scales(quick):
            yield _Simulated(scenario, scale, quick, tables)


def _done(task: _Task) -> list[Found]:
    return task()
