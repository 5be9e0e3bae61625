"""What the app weighs: on flash, and what single wakes load of it."""

import json
from pathlib import Path
from typing import NamedTuple

from littlefs import LittleFS

from baysense_host.bench.measure.lives import live
from baysense_host.paths import firmware_dir
from baysense_host.virtual import image
from baysense_host.virtual.compiler import compile_file
from baysense_host.virtual.fleet import Bay, board_dir
from baysense_host.virtual.options import DEFAULT_BOARD

_MARK = "bench-imports "  # what a line of the patched board begins with
_HEAP_KIB = 192  # the notes below need room, and this measures no memory
_REPORTING = {"baysense.reporting", "baysense.transmitting"}  # by MQTT, by LoRaWAN

# Appended to board.py, which main.py imports first: notes every module when it appears in sys.modules, also one
# that had been unloaded, and prints the list when the boot is over.
_NOTES = """

import builtins as _builtins
import json as _json
import sys as _sys

_plain_import = __import__
_plain_sleep = deep_sleep
_plain_start_over = start_over
_loaded = ["board"]
_present = set(_sys.modules)


def _noting_import(*arguments):
    global _present
    _present = {name for name in _present if name in _sys.modules}
    module = _plain_import(*arguments)
    for name in _sys.modules:
        if name not in _present:
            _present.add(name)
            _loaded.append(name)
    return module


def deep_sleep(ms, watch_deviation):
    print("%s" + _json.dumps([wake_cause(), _loaded]))
    _plain_sleep(ms, watch_deviation)


def start_over():
    print("%s" + _json.dumps([wake_cause(), _loaded]))
    _plain_start_over()


_builtins.__import__ = _noting_import
""".replace("%s", _MARK)


class Loaded(NamedTuple):
    """What one boot loaded, in order; a module twice if it was unloaded in between."""

    cause: str
    modules: list[str]

    @property
    def reports(self) -> bool:
        """Whether it is the boot that reports what the wake before it measured."""
        return not _REPORTING.isdisjoint(self.modules)


def compile_to(folder: Path) -> dict[str, int]:
    """Compile the app as it lies on a device's flash; return the bytes of each file by its path."""
    image.compile_app(firmware_dir(), board_dir(DEFAULT_BOARD), folder)
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in sorted(folder.rglob("*.mpy"))}


def module_sizes(files: dict[str, int]) -> dict[str, int]:
    """Return the bytes of each file by the name of its module."""
    return {path.removesuffix(".mpy").removesuffix("/__init__").replace("/", "."): n for path, n in files.items()}


def loaded_by_wakes(scenario: str, days: float, uplink: str = "mqtt") -> list[Loaded]:
    """Let a node live with a board that notes its imports; return what each boot loaded."""
    life = live(prepare=_patch_board, heap_kib=_HEAP_KIB, scenario=scenario, days=days, uplink=uplink)
    noted = [json.loads(line.removeprefix(_MARK)) for line in life.console if line.startswith(_MARK)]
    return [Loaded(cause, modules) for cause, modules in noted]


def _patch_board(bay: Bay) -> None:
    """Replace board.py on the flash of a board that has not been powered on yet."""
    flash = bay.board.options.flash
    source, compiled = flash.with_suffix(".py"), flash.with_suffix(".mpy")
    source.write_text((board_dir(DEFAULT_BOARD) / "board.py").read_text(encoding="utf-8") + _NOTES, encoding="utf-8")
    compile_file(source, "board.py", compiled)
    file_system = LittleFS(block_size=image.BLOCK_SIZE, block_count=bay.board.options.blocks, mount=False)
    file_system.context.buffer = bytearray(flash.read_bytes())
    file_system.mount()
    with file_system.open("/a/board.mpy", "wb") as file:
        file.write(compiled.read_bytes())
    flash.write_bytes(file_system.context.buffer)
