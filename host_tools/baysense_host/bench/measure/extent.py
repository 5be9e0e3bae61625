"""How much to run: long enough for figures, or just long enough to see that all of it works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Extent:
    """Virtual time and repetitions of the parts of a bench."""

    days: float  # of the demo and of every day that is about current
    repeats: int
    passes_per_day: tuple[int, ...]
    wake_days: float  # for wakes whose imports are noted
    heap_days: float
    heap_step_kib: int
    wasm: bool


FULL = Extent(
    days=1.0,
    repeats=3,
    passes_per_day=(0, 100, 1_000, 5_000),
    wake_days=0.25,
    heap_days=0.25,  # five sessions and six heartbeats
    heap_step_kib=1,
    wasm=True,
)
QUICK = Extent(
    days=0.1,
    repeats=1,
    passes_per_day=(0, 1_000),
    wake_days=0.1,
    heap_days=0.05,
    heap_step_kib=160,  # the largest heap only
    wasm=False,
)
