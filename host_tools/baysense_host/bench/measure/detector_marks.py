"""The detector's step, and what one word size costs against the other."""

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from baysense_host.bench.measure import detector, memory
from baysense_host.bench.measure.app import compile_to, module_sizes
from baysense_host.bench.measure.extent import Extent
from baysense_host.bench.measure.interpreters import install_wasm, run_unix, run_wasm
from baysense_host.bench.report import Findings, Mark, Tell
from baysense_host.errors import ToolError

_APP, _READINGS = "/app", "/readings"  # in the WebAssembly build's file system


def detector_marks(extent: Extent, tell: Tell, wasm: Path) -> Findings:
    """Time the detector on 64 bit, count its allocations on 32 bit and compare the memory of both."""
    with tempfile.TemporaryDirectory(prefix="baysense-bench-") as folder:
        app, readings = Path(folder, "app"), Path(folder, "readings")
        modules = memory.modules(list(module_sizes(compile_to(app))))
        count = detector.write_readings(readings)
        tell(f"detector over {count} samples")
        steps_us: list[float] = run_unix(detector.timing_program(str(app), str(readings)))
        here: int = run_unix(memory.program(str(app), modules))
        there, reason = _on_wasm(extent, tell, wasm, app, readings, modules)
    step = Mark("detector_step", "one step of the detector, 64-bit MicroPython here", median(steps_us), "µs", n=count)
    detail = {"steps_us": steps_us, "modules": modules, "memory_64_bytes": here, "wasm": there or reason}
    return Findings([step, *_word_size(here, there, reason)], {"detector": detail})


def _on_wasm(
    extent: Extent, tell: Tell, home: Path, app: Path, readings: Path, modules: list[str]
) -> tuple[dict[str, Any] | None, str]:
    """Return allocations and memory on 32 bit, or None and why there are none."""
    if not extent.wasm:
        return None, "left out in a quick run"
    tell("32-bit WebAssembly build of MicroPython")
    try:
        install_wasm(home)
    except ToolError as error:
        tell(f"No 32-bit figures: {error}")
        return None, str(error)
    files = {_APP: app, _READINGS: readings}
    allocations = run_wasm(detector.allocation_program(_APP, _READINGS), home, files)
    return {"allocations": allocations, "memory_bytes": run_wasm(memory.program(_APP, modules), home, files)}, ""


def _word_size(here: int, there: dict[str, Any] | None, reason: str) -> list[Mark]:
    allocated, decision, ratio, samples = None, None, None, 0
    if there is not None:
        samples = there["allocations"]["samples"]
        allocated = there["allocations"]["bytes"] / samples
        decision = max(there["allocations"]["decisions"])
        ratio = here / there["memory_bytes"]
    note = f"; {reason}" if reason else ""
    taken = "heap taken by a sample of the detector"
    return [
        Mark("allocated_per_sample", f"{taken}, 32 bit{note}", allocated, "B", 0, n=samples),
        Mark("allocated_per_decision", f"{taken} that decides, at most, 32 bit{note}", decision, "B"),
        Mark("memory_64_to_32", f"memory of the loaded modules but for names, 64 bit to 32 bit{note}", ratio, ""),
    ]
