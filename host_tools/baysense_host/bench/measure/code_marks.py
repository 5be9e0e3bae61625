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
    """Return the marks of each kind of wake: the middle one, and the heaviest where they differ."""
    rows = (
        ("quiet_wake", "imported by a fruitless wake by deviation, median", fruitless, _middle, _QUIET_BYTES),
        ("quiet_wake_most", "the same, the heaviest of them", fruitless, _heaviest, None),
        ("timer_wake", "imported by a timer wake, up to its report", timer, _heaviest, _QUIET_BYTES),
    )
    marks, detail = [], {}
    for name, what, wakes, choose, limit in rows:
        chosen = choose([wake.measuring for wake in wakes], sizes)
        marks.append(Mark(f"{name}_bytes", what, _weight(chosen, sizes) or None, "B", limit, n=len(wakes)))
        detail[name] = {module: sizes[module] for module in chosen if module in sizes}
    reported = _heaviest([wake.modules for wake in timer], sizes)
    detail["timer_wake_report"] = {module: sizes[module] for module in reported if module in sizes}
    what = "imported by a timer wake, with its report"
    marks.append(Mark("timer_wake_report_bytes", what, _weight(reported, sizes) or None, "B", n=len(timer)))
    return marks, detail


def _middle(lists: list[list[str]], sizes: dict[str, int]) -> list[str]:
    ordered = sorted(lists, key=lambda names: _weight(names, sizes))
    return ordered[len(ordered) // 2] if ordered else []


def _heaviest(lists: list[list[str]], sizes: dict[str, int]) -> list[str]:
    return max(lists, key=lambda names: _weight(names, sizes), default=[])


def _weight(names: list[str], sizes: dict[str, int]) -> int:
    return sum(sizes.get(name, 0) for name in names)
