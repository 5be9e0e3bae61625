"""What LoRaWAN costs a node: µs a frame, bytes on flash and imported, heap, air time, charge; and the simulation."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

from baysense_host.bench.measure.app import Loaded, compile_to, loaded_by_wakes, module_sizes
from baysense_host.bench.measure.extent import FULL, QUICK, Extent
from baysense_host.bench.measure.frame_timing import timing_program
from baysense_host.bench.measure.heap_marks import heap_marks
from baysense_host.bench.measure.interpreters import run_unix
from baysense_host.bench.measure.lives import live
from baysense_host.bench.measure.session_marks import session_marks
from baysense_host.bench.report import Findings, Mark, Tell

_FRAME_US = 40.0
_STACK_BYTES = 45 * 1024
_UPLINK = "lorawan"
_SHORT_DAYS = 0.05  # one session


def lorawan_marks(tell: Tell, quick: bool) -> Findings:
    """Measure everything; `quick` only shows that it can be measured."""
    extent = replace(QUICK, days=_SHORT_DAYS, wake_days=_SHORT_DAYS) if quick else FULL
    sections = (
        session_marks(extent.days, tell),
        _code(extent, tell),
        heap_marks(extent, tell, _UPLINK),
        _speed(extent, tell),
    )
    marks = [mark for section in sections for mark in section.marks]
    return Findings(marks, {name: value for section in sections for name, value in section.detail.items()})


def _code(extent: Extent, tell: Tell) -> Findings:
    """Time a frame and weigh the stack, on flash and in the boot that reports."""
    with tempfile.TemporaryDirectory(prefix="baysense-bench-") as folder:
        sizes = module_sizes(compile_to(Path(folder)))
        frames_us: list[float] = run_unix(timing_program(folder))
    tell("noting what wakes import")
    wakes = loaded_by_wakes("demo", extent.wake_days, _UPLINK)
    stack = {name: size for name, size in sizes.items() if name.startswith("baysense.lorawan")}
    reports = [_weight(wake, sizes) for wake in wakes if wake.reports]
    return Findings(
        [
            Mark("frame_us", "24-byte uplink built, 64-bit MicroPython here", median(frames_us), "µs", _FRAME_US,
                 n=len(frames_us)),
            Mark("stack_bytes", "bytecode of the LoRaWAN stack, all regions", sum(stack.values()), "B", _STACK_BYTES,
                 n=len(stack)),
            Mark("driver_bytes", "bytecode of the SX126x driver", sizes["baysense.drivers.sx126x"], "B"),
            Mark("lorawan_report_bytes", "imported by a wake that reports, the heaviest", max(reports, default=None),
                 "B", n=len(reports)),
        ],
        {"frames_us": frames_us, "stack_bytes": stack, "reports_bytes": reports},
    )  # fmt: skip


def _weight(wake: Loaded, sizes: dict[str, int]) -> int:
    return sum(sizes.get(name, 0) for name in wake.modules)


def _speed(extent: Extent, tell: Tell) -> Findings:
    """Time the demo with air, gateway and network server."""
    life = live(scenario="demo", days=extent.days, uplink=_UPLINK)
    wall_s = life.result["wall_s"]
    tell(f"{extent.days:g} days over LoRaWAN: {wall_s:.1f} s of wall time")
    summary = life.result["summary"]
    mark = Mark("simulation_speed", "virtual days a second of one bay over LoRaWAN", extent.days / wall_s, "d/s")
    return Findings([mark], {"speed": {"summary": summary, "load_average": os.getloadavg()}})
