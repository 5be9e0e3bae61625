"""What lies on a device: the compiled app and the LittleFS image of a board's flash."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from littlefs import LittleFS

from baysense_host.errors import ToolError
from baysense_host.paths import shims_dir
from baysense_host.virtual.compiler import compile_file, digest

BLOCK_SIZE = 4096
# Where MicroPython's file system begins (ports/esp32/partitions-4MiB.csv and its larger sisters).
_FILE_SYSTEM_START = 0x200000
_IMAGES_KEPT = 12  # a few boards, before and after the last changes
_BOOT_SCRIPT = "vb_boot.py"  # the only shim that the interpreter gets as source


def cache_dir() -> Path:
    """Return where compiled shims and flash images are kept between runs."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "baysense"


def compile_shims(cache: Path) -> Path:
    """Return the folder with the compiled shims (VB_SHIMS); it holds vb_boot.py, the script to start."""
    sources = sorted(shims_dir().glob("*.py"))
    folder = cache / f"shims-{digest((path.name, path) for path in sources)}"
    if not folder.is_dir():
        with _new_folder(cache) as fresh:
            for source in sources:
                _add_shim(source, Path(fresh))
            _keep(Path(fresh), folder)
    return folder


def compile_app(firmware_dir: Path, board_dir: Path, out: Path) -> None:
    """Compile an app slot into a folder: package baysense, board, and what requirements.txt names."""
    for name, source in _app_sources(firmware_dir, board_dir):
        compile_file(source, name, (out / name).with_suffix(".mpy"))


def build_flash(
    path: Path,
    size_mib: int,
    firmware_dir: Path,
    board_dir: Path,
    data: Mapping[str, bytes] | None = None,
    cache: Path | None = None,
) -> int:
    """Write a board's file system as after flashing it; return its number of blocks.

    Args:
        path: where the image goes.
        size_mib: flash of the board [MiB].
        firmware_dir: holds main.py, requirements.txt, baysense/ and perhaps boot.py.
        board_dir: holds board.py.
        data: files for /data, by name.
        cache: where built images are kept, `cache_dir()` by default.
    """
    blocks = (size_mib * 1024 * 1024 - _FILE_SYSTEM_START) // BLOCK_SIZE
    cache = cache or cache_dir()
    root = [file for name in ("boot.py", "main.py") if (file := firmware_dir / name).is_file()]
    inputs = [*((f"/{file.name}", file) for file in root), *_app_sources(firmware_dir, board_dir)]
    extra = [f"{name}={content.hex()}" for name, content in sorted((data or {}).items())]
    image = cache / f"flash-{digest(inputs, str(blocks), *extra)}.img"
    if not image.is_file():
        with _new_folder(cache) as work:
            compile_app(firmware_dir, board_dir, Path(work, "a"))
            for source in root:
                shutil.copy(source, work)
            for name, content in (data or {}).items():
                _write(Path(work, "data", name), content)
            _keep(_write(Path(work, ".image"), _file_system(Path(work), blocks)), image)
        _drop_old_images(cache)
    shutil.copyfile(image, path)
    return blocks


def _app_sources(firmware_dir: Path, board_dir: Path) -> list[tuple[str, Path]]:
    """Return (path below the app slot, source file)."""
    sources = [("board.py", board_dir / "board.py")]
    package = firmware_dir / "baysense"
    sources += [(path.relative_to(firmware_dir).as_posix(), path) for path in sorted(package.rglob("*.py"))]
    for name, wanted in _requirements(firmware_dir / "requirements.txt"):
        sources += _installed_sources(name, wanted)
    return sources


def _requirements(path: Path) -> list[tuple[str, str]]:
    """Return (name, version) of each line `name==version`."""
    pinned = []
    for line in path.read_text().splitlines():
        requirement = line.partition("#")[0].strip()
        if not requirement:
            continue
        name, separator, wanted = requirement.partition("==")
        if not separator:
            raise ToolError(f"{path}: '{requirement}' must name one version, as in 'name==1.2.3'.")
        pinned.append((name.strip(), wanted.strip()))
    return pinned


def _installed_sources(name: str, wanted: str) -> list[tuple[str, Path]]:
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise ToolError(f"The device's package {name} is missing here.", _install(name, wanted)) from None
    if distribution.version != wanted:
        found = distribution.version
        raise ToolError(f"The device needs {name} {wanted}, not {found}.", _install(name, wanted))
    files = [file for file in distribution.files or [] if file.suffix == ".py"]
    return sorted((file.as_posix(), Path(str(file.locate()))) for file in files)


def _install(name: str, wanted: str) -> str:
    return f"Run: pip install {name}=={wanted}"


def _add_shim(source: Path, folder: Path) -> None:
    if source.name == _BOOT_SCRIPT:
        shutil.copy(source, folder)
        return
    compile_file(source, f"shims/{source.name}", folder / f"{source.stem}.mpy")


def _file_system(root: Path, blocks: int) -> bytes:
    file_system = LittleFS(block_size=BLOCK_SIZE, block_count=blocks)
    file_system.mkdir("/data")
    for path in sorted(root.rglob("*")):
        target = "/" + path.relative_to(root).as_posix()
        if path.is_dir():
            file_system.makedirs(target, exist_ok=True)
        else:
            with file_system.open(target, "wb") as file:
                file.write(path.read_bytes())
    return bytes(file_system.context.buffer)


def _drop_old_images(cache: Path) -> None:
    images = sorted(cache.glob("flash-*.img"), key=lambda path: path.stat().st_mtime)
    for path in images[:-_IMAGES_KEPT]:
        path.unlink(missing_ok=True)


def _new_folder(cache: Path) -> "tempfile.TemporaryDirectory[str]":
    cache.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=cache, ignore_cleanup_errors=True)


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _keep(made: Path, place: Path) -> None:
    """Move into the cache; whoever built the same meanwhile was as right."""
    try:
        made.rename(place)
    except OSError:
        if not place.exists():
            raise
