"""What a freshly flashed board has in its flash."""

import time
from pathlib import Path

import pytest
from littlefs import LittleFS

from baysense_host.errors import ToolError
from baysense_host.virtual.image import BLOCK_SIZE, build_flash, compile_shims


@pytest.fixture
def firmware(tmp_path: Path) -> Path:
    """A small firmware and, beside it, a board."""
    folder = tmp_path / "firmware"
    (folder / "baysense" / "core").mkdir(parents=True)
    (folder / "baysense" / "__init__.py").write_text("__version__ = '0'\n")
    (folder / "baysense" / "core" / "state.py").write_text("FREE = 0\n")
    (folder / "main.py").write_text("print('main')\n")
    (folder / "requirements.txt").write_text("# pinned\n")
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "board.py").write_text("NAME = 'X'\n")
    return folder


def build(firmware: Path, **options: object) -> tuple[Path, int]:
    image = firmware.parent / "flash.img"
    blocks = build_flash(image, 4, firmware, firmware.parent / "board", cache=firmware.parent / "cache", **options)
    return image, blocks


def mounted(image: Path, blocks: int) -> LittleFS:
    file_system = LittleFS(block_size=BLOCK_SIZE, block_count=blocks, mount=False)
    file_system.context.buffer[:] = image.read_bytes()
    file_system.mount()
    return file_system


def test_layout(firmware: Path) -> None:
    image, blocks = build(firmware, data={"settings/a.bin": b"\x01"})
    assert blocks == 512
    assert image.stat().st_size == 2 * 1024 * 1024
    file_system = mounted(image, blocks)
    found = {f"{folder.rstrip('/')}/{name}" for folder, _, names in file_system.walk("/") for name in names}
    assert found == {
        "/main.py",
        "/a/board.mpy",
        "/a/baysense/__init__.mpy",
        "/a/baysense/core/state.mpy",
        "/data/settings/a.bin",
    }
    with file_system.open("/a/board.mpy", "rb") as file:
        assert file.read(2) == b"M\x06"


def test_data_folder_is_there_without_data(firmware: Path) -> None:
    file_system = mounted(*build(firmware))
    assert sorted(file_system.listdir("/")) == ["a", "data", "main.py"]


def test_changed_source_changes_the_image(firmware: Path) -> None:
    before = build(firmware)[0].read_bytes()
    assert build(firmware)[0].read_bytes() == before
    (firmware / "baysense" / "core" / "state.py").write_text("FREE = 1\n")
    assert build(firmware)[0].read_bytes() != before


def test_dependencies_are_only_those_listed(firmware: Path) -> None:
    from importlib.metadata import version

    (firmware / "requirements.txt").write_text(f"chumicro-mqtt=={version('chumicro-mqtt')}  # MQTT\n")
    file_system = mounted(*build(firmware))
    assert "client.mpy" in file_system.listdir("/a/chumicro_mqtt")
    assert sorted(file_system.listdir("/a")) == ["baysense", "board.mpy", "chumicro_mqtt"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no-such-package==1", "no-such-package is missing"),
        ("chumicro-mqtt==0.0.1", "needs chumicro-mqtt 0.0.1, not"),
        ("chumicro-mqtt>=1", "must name one version"),
    ],
)
def test_dependency_that_cannot_be_had(firmware: Path, line: str, said: str) -> None:
    (firmware / "requirements.txt").write_text(line)
    with pytest.raises(ToolError, match=said):
        build(firmware)


def test_what_is_not_micropython_is_named(firmware: Path) -> None:
    (firmware / "baysense" / "core" / "state.py").write_text("match 1:\n    case 1: pass\n")
    with pytest.raises(ToolError, match=r"state\.py is not MicroPython: .*SyntaxError"):
        build(firmware)
    assert not list((firmware.parent / "cache").glob("*.img"))


def test_second_build_is_a_copy(firmware: Path) -> None:
    build(firmware)
    begin = time.perf_counter()
    build(firmware)
    assert time.perf_counter() - begin < 0.05


def test_shims_are_compiled_once(tmp_path: Path) -> None:
    folder = compile_shims(tmp_path)
    assert (folder / "vb_boot.py").is_file()
    assert (folder / "vb_repl.mpy").read_bytes()[:2] == b"M\x06"
    assert compile_shims(tmp_path) == folder
    assert list(tmp_path.iterdir()) == [folder]
