"""Bytes on flash and bytes imported."""

import tempfile
from pathlib import Path

from baysense_host.bench.measure.app import Loaded, compile_to, loaded_by_wakes, module_sizes
from baysense_host.bench.measure.extent import Extent
from baysense_host.bench.report import Findings, Mark, Tell
from baysense_host.paths import firmware_dir

_QUIET_BYTES = 12 * 1024
_MQTT = "chumicro_mqtt"


def code_marks(extent: Extent, tell: Tell) -> Findings:
    """Weigh the app, and what quiet wakes load of it."""
    with tempfile.TemporaryDirectory(prefix="baysense-bench-") as folder:
        files = compile_to(Path(folder))
    sizes = module_sizes(files)
    tell("noting what quiet wakes import")
    passed = loaded_by_wakes("traffic", extent.wake_days)
    quiet = loaded_by_wakes("quiet", extent.wake_days)
    fruitless = [wake for wake in passed if wake.cause == "deviation" and not wake.reported]
    timer = [wake for wake in quiet if wake.cause == "timer"]
    imports, detail = _imports(fruitless, timer, sizes)
    return Findings([*_flash(files), *imports], {"files_bytes": files, "imports": detail})


def _flash(files: dict[str, int]) -> list[Mark]:
    others = sum(size for path, size in files.items() if path.startswith(_MQTT))
    total = sum(files.values())
    return [
        Mark("app_bytes", "bytecode on flash, whole app", total, "B", n=len(files)),
        Mark("own_bytes", "bytecode on flash, without chumicro-mqtt", total - others, "B"),
        Mark("main_bytes", "main.py on flash, compiled at every wake", _main_bytes(), "B"),
    ]


def _main_bytes() -> int:
    return (firmware_dir() / "main.py").stat().st_size


def _imports(fruitless: list[Loaded], timer: list[Loaded], sizes: dict[str, int]) -> tuple[list[Mark], object]:
    """Return the marks of the heaviest wake of each kind."""
    kinds = (
        ("quiet_wake", "imported by a fruitless wake by deviation", [wake.measuring for wake in fruitless]),
        ("timer_wake", "imported by a timer wake, up to its report", [wake.measuring for wake in timer]),
        ("timer_wake_report", "imported by a timer wake, with its report", [wake.modules for wake in timer]),
    )
    marks, detail = [], {}
    for name, what, lists in kinds:
        heaviest = max(lists, key=lambda names: _weight(names, sizes), default=None)
        weight = None if heaviest is None else _weight(heaviest, sizes)
        mark = None if name == "timer_wake_report" else _QUIET_BYTES
        marks.append(Mark(f"{name}_bytes", what, weight, "B", mark, n=len(lists)))
        detail[name] = {module: sizes[module] for module in heaviest or [] if module in sizes}
    return marks, detail


def _weight(names: list[str], sizes: dict[str, int]) -> int:
    return sum(sizes.get(name, 0) for name in names)
