"""What a worker runs: the node's code and ours, compiled as for a device."""

from pathlib import Path
from typing import NamedTuple

from baysense_host import paths
from baysense_host.virtual.compiler import compile_file
from baysense_host.virtual.fleet import board_dir
from baysense_host.virtual.image import compile_app
from baysense_host.virtual.options import DEFAULT_BOARD

_HERE = Path(__file__).resolve().parent
_PACKAGE = "baysense_host/bench/mutate"


class App(NamedTuple):
    """Where it lies, and the module to start."""

    folder: Path
    module: str


def build(folder: Path, firmware: Path | None = None) -> App:
    """Compile everything into a folder; `firmware` is the node's code, ours unless told."""
    compile_app(firmware or paths.firmware_dir(), board_dir(DEFAULT_BOARD), folder)
    for name in ("baysense_host", "baysense_host/bench", _PACKAGE):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "__init__.py").write_text("", encoding="utf-8")
    for source in sorted((_HERE / "inside").rglob("*.py")):
        name = f"{_PACKAGE}/{source.relative_to(_HERE).as_posix()}"
        compile_file(source, name, (folder / name).with_suffix(".mpy"))
    return App(folder, f"{_PACKAGE}/inside/run".replace("/", "."))
