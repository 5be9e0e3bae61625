"""Let one node live through a scenario in a folder of its own, and keep what a bench wants of it."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baysense_host.bench.measure.meter import Meter
from baysense_host.virtual.fleet import Bay
from baysense_host.virtual.options import SimOptions
from baysense_host.virtual.run import Prepare, Progress, simulate


@dataclass(frozen=True)
class Life:
    """One run: its result, what its meter saw and what the node printed."""

    result: dict[str, Any]
    meter: Meter
    console: list[str]

    @property
    def bay(self) -> dict[str, Any]:
        """The one bay's part of the result."""
        bay: dict[str, Any] = self.result["bays"][0]
        return bay


def live(
    progress: Progress = lambda report: None,
    prepare: Prepare = lambda bay: None,
    heap_kib: int | None = None,
    **chosen: Any,
) -> Life:
    """Run one bay; `chosen` are fields of SimOptions."""
    meter = Meter()

    def prepared(bay: Bay) -> None:
        meter.attach(bay)
        prepare(bay)

    with tempfile.TemporaryDirectory(prefix="baysense-bench-") as folder:
        options = SimOptions(heap_kib=heap_kib, out=Path(folder), **chosen)
        result = simulate(options, progress, prepared)
        return Life(result, meter, _console(options.out / "events.jsonl"))


def _console(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [record["line"] for record in records if record["kind"] == "console"]
