"""What a board.py says, read without importing it: it needs a chip to run."""

import ast
import json
from dataclasses import dataclass, field
from typing import Any

from baysense_host.paths import boards_dir


@dataclass
class BoardSource:
    """One board: constants and functions of board.py, and board.json."""

    name: str
    constants: dict[str, Any]
    functions: dict[str, ast.FunctionDef]
    facts: dict[str, Any]
    docstring: str = ""
    comments: dict[str, str] = field(default_factory=dict)  # constant -> comment on its line

    @property
    def pins(self) -> dict[str, int]:
        """Return every pin constant that has a number."""
        return {key: value for key, value in self.constants.items() if key.startswith("PIN_") and value is not None}

    def part(self, chip: str) -> dict[str, Any] | None:
        """Return a part of board.json by its chip."""
        return next((part for part in self.facts["parts"] if part["chip"] == chip), None)


def read(name: str) -> BoardSource:
    """Read one board."""
    folder = boards_dir() / name
    return parse(
        name, (folder / "board.py").read_text("utf-8"), json.loads((folder / "board.json").read_text("utf-8"))
    )


def parse(name: str, source: str, facts: dict[str, Any]) -> BoardSource:
    """Read a board from its two texts."""
    tree = ast.parse(source)
    board = BoardSource(name, {}, {}, facts, ast.get_docstring(tree) or "")
    lines = source.splitlines()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            board.functions[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            key = node.targets[0].id
            board.comments[key] = lines[node.lineno - 1].partition("#")[2].strip()
            if key.isupper() and not key.startswith("_") or key == "_WAKE_PINS":
                board.constants[key] = _value(node.value, board.constants)
    return board


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.Tuple):
        return tuple(_value(part, known) for part in node.elts)
    return ast.literal_eval(node)
