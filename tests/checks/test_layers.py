"""Who may import whom: the table of DESIGN section 3, kept by reading the source, not by importing it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PURE = frozenset({"array", "binascii", "collections", "json", "struct"})  # no clock, no file, no socket
CHIP = frozenset({"machine", "esp32", "network", "bluetooth"})
TEXT_OUT = frozenset({"print"})


@dataclass(frozen=True)
class Row:
    """One row of the table; `may` None: anything but `must_not`. A name covers its submodules."""

    part: str
    files: str  # glob from the project root
    may: frozenset[str] | None
    must_not: frozenset[str] = frozenset()
    no_calls: frozenset[str] = frozenset()


TABLE = (
    Row("core", "firmware/baysense/core/**/*.py", PURE | {"baysense.core"}, no_calls=TEXT_OUT | {"open"}),
    Row(
        "drivers",
        "firmware/baysense/drivers/**/*.py",
        frozenset({"array", "errno", "micropython", "struct", "time"}),
    ),
    Row(
        "lorawan",
        "firmware/baysense/lorawan/**/*.py",
        PURE | {"baysense.core", "baysense.lorawan", "cryptolib", "hashlib"},
    ),
    Row("session", "firmware/baysense/provision/session.py", PURE | {"baysense.core", "cryptolib", "hashlib"}),
    Row(
        "net",
        "firmware/baysense/net/**/*.py",
        PURE
        | {"baysense.core", "baysense.net", "chumicro_mqtt", "errno", "gc", "micropython", "network", "ntptime"}
        | {"os", "select", "socket", "ssl", "time", "tls"},
    ),
    Row(
        "provision",
        "firmware/baysense/provision/**/*.py",
        PURE | {"baysense.core", "baysense.provision", "bluetooth", "errno", "gc", "select", "sys", "time"},
    ),
    Row(
        "storage",
        "firmware/baysense/storage/**/*.py",
        PURE | {"baysense.core", "baysense.storage", "errno", "os"},
    ),
    Row("node", "firmware/baysense/*.py", None, must_not=CHIP - {"network", "bluetooth"}),
    Row("main", "firmware/main.py", frozenset({"board", "baysense.node", "os", "sys", "machine", "esp32"})),
    Row("boot", "firmware/boot.py", frozenset({"machine"})),
    Row("boards", "boards/*/board.py", frozenset({"machine", "esp32", "network", "micropython", "time"})),
    Row(
        "host below cli",
        "host_tools/baysense_host/**/*.py",
        None,
        must_not=frozenset({"click", "rich_click", "baysense_host.cli", "board"})
        | {f"baysense.{part}" for part in ("drivers", "lorawan", "net", "node", "provision", "storage")},
        no_calls=TEXT_OUT | {"sys.exit", "exit", "quit"},
    ),
)

# Run in MicroPython, or are cli itself.
NOT_HOST = (
    "host_tools/baysense_host/cli/",
    "host_tools/baysense_host/virtual/shims/",
    "host_tools/baysense_host/bench/airwaves/inside/",
    "host_tools/baysense_host/bench/cuts/inside/",
    "host_tools/baysense_host/bench/mutate/inside/",
)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every import, those inside functions too, those for type checkers not."""
    for node in _runtime_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) == "__import__":
            yield node.lineno, ast.unparse(node.args[0])


def _runtime_nodes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        children: list[ast.AST] = list(node.orelse)
    else:
        yield node
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from _runtime_nodes(child)


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func) if isinstance(call.func, (ast.Name, ast.Attribute)) else ""


def _covered(name: str, names: frozenset[str]) -> bool:
    return any(name == known or name.startswith(known + ".") for known in names)


def violations(row: Row, source: str) -> list[str]:
    """Return what a source file does against its row, each with its line."""
    tree = ast.parse(source)
    found = []
    for line, name in imports(tree):
        if name.startswith("."):
            found.append(f"{line}: relative import {name}")
        elif _covered(name, row.must_not) or (row.may is not None and not _covered(name, row.may)):
            found.append(f"{line}: {row.part} must not import {name}")
    for node in _runtime_nodes(tree):
        if isinstance(node, ast.Call) and _called(node) in row.no_calls:
            found.append(f"{node.lineno}: {row.part} must not call {_called(node)}()")
    return found


def _files(row: Row) -> list[Path]:
    found = sorted(ROOT.glob(row.files))
    if row.part == "host below cli":
        found = [file for file in found if not file.relative_to(ROOT).as_posix().startswith(NOT_HOST)]
    return found


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.part)
def test_imports(row: Row) -> None:
    found = []
    for file in _files(row):
        name = file.relative_to(ROOT)
        found += [f"{name}:{violation}" for violation in violations(row, file.read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


def test_every_firmware_module_stands_in_the_table() -> None:
    covered = {file for row in TABLE for file in _files(row)}
    free = [
        file.relative_to(ROOT).as_posix()
        for file in ROOT.glob("firmware/**/*.py")
        if file not in covered and file.name != "__init__.py"
    ]
    assert not free, f"no row of the table covers {free}"


PLANTED = (
    ("drivers", "import machine"),
    ("drivers", "def start():\n    from machine import Pin"),
    ("drivers", "from baysense.core import config"),
    ("drivers", "__import__('machine')"),
    ("core", "import time"),
    ("core", "import os"),
    ("core", "from baysense.drivers.iis2mdc import IIS2MDC"),
    ("core", "from . import config"),
    ("core", "print(1)"),
    ("core", "open('x')"),
    ("lorawan", "import socket"),
    ("session", "import bluetooth"),
    ("net", "from baysense.drivers import iis2mdc"),
    ("net", "import board"),
    ("provision", "import baysense.drivers.iis2mdc"),
    ("storage", "import board"),
    ("node", "from machine import Pin"),
    ("node", "import esp32"),
    ("main", "import baysense.net.mqtt"),
    ("boards", "from baysense.core import config"),
    ("host below cli", "import rich_click as click"),
    ("host below cli", "print('x')"),
    ("host below cli", "import sys\nsys.exit(1)"),
    ("host below cli", "from baysense.node import wake_cycle"),
)


@pytest.mark.parametrize(("part", "source"), PLANTED)
def test_a_planted_violation_is_found(part: str, source: str) -> None:
    assert violations(_row(part), source)


def test_what_is_allowed_passes() -> None:
    for_types = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import Protocol\nelse:\n    import json\n"
    assert not violations(_row("core"), for_types + "from baysense.core import config\nimport struct")
    assert not violations(_row("drivers"), "from time import sleep_ms")
    assert not violations(_row("node"), "from baysense.drivers import iis2mdc\nimport time")
    assert not violations(_row("host below cli"), "from baysense.core.config import FIELDS\nlog.print('x')")


def _row(part: str) -> Row:
    return next(row for row in TABLE if row.part == part)
