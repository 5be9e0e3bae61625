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
    fruitless = [
        wake
        for wake, following in zip(passed, [*passed[1:], None], strict=True)
        if wake.cause == "deviation" and not (following and following.reports)
    ]
    timer = [wake for wake in quiet if wake.cause == "timer"]
    reports = [wake for wake in quiet if wake.reports]
    imports, detail = _imports(fruitless, timer, reports, sizes)
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


def _imports(
    fruitless: list[Loaded], timer: list[Loaded], reports: list[Loaded], sizes: dict[str, int]
) -> tuple[list[Mark], object]:
    """Return the marks of each kind of wake: the middle one, and the heaviest where they differ."""
    rows = (
        ("quiet_wake", "imported by a fruitless wake by deviation, median", fruitless, _middle, _QUIET_BYTES),
        ("quiet_wake_most", "the same, the heaviest of them", fruitless, _heaviest, None),
        ("timer_wake", "imported by a timer wake, without its report", timer, _heaviest, _QUIET_BYTES),
        ("report", "imported by the boot of a report", reports, _heaviest, None),
    )
    marks, detail = [], {}
    for name, what, wakes, choose, limit in rows:
        chosen = choose([wake.modules for wake in wakes], sizes)
        marks.append(Mark(f"{name}_bytes", what, _weight(chosen, sizes) or None, "B", limit, n=len(wakes)))
        detail[name] = {module: sizes[module] for module in chosen if module in sizes}
    return marks, detail


def _middle(lists: list[list[str]], sizes: dict[str, int]) -> list[str]:
    ordered = sorted(lists, key=lambda names: _weight(names, sizes))
    return ordered[len(ordered) // 2] if ordered else []


def _heaviest(lists: list[list[str]], sizes: dict[str, int]) -> list[str]:
    return max(lists, key=lambda names: _weight(names, sizes), default=[])


def _weight(names: list[str], sizes: dict[str, int]) -> int:
    return sum(sizes.get(name, 0) for name in names)
