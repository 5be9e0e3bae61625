"""No handler on the device swallows everything, but the one in main.py that keeps a device alive."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    file
    for tree in ("firmware", "boards")
    for file in (ROOT / tree).rglob("*.py")
    if file != ROOT / "firmware/main.py"
)
BROAD = {"Exception", "BaseException"}


def broad_handlers(source: str) -> list[int]:
    """Return the lines of handlers that catch everything and do not raise it again."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ExceptHandler) and _catches_all(node) and not _raises_again(node)
    ]


def _catches_all(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(name, ast.Name) and name.id in BROAD for name in caught)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_swallow_all(file: Path) -> None:
    lines = broad_handlers(file.read_text(encoding="utf-8"))
    assert not lines, f"{file.relative_to(ROOT)}: catches everything in line {lines}; name what may happen"


@pytest.mark.parametrize("caught", ["", " Exception", " BaseException as e", " (OSError, Exception)"])
def test_planted_handlers_are_found(caught: str) -> None:
    assert broad_handlers(f"try:\n    x()\nexcept{caught}:\n    pass") == [3]


def test_allowed_handlers_pass() -> None:
    assert not broad_handlers("try:\n    x()\nexcept (OSError, ValueError):\n    pass")
    assert not broad_handlers("try:\n    x()\nexcept Exception:\n    close()\n    raise")
