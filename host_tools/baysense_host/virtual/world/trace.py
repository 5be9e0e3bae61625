"""Recordings of a bay: read a trace CSV and check it.

Columns: `t_s` [s], `x_ut`, `y_ut`, `z_ut` [µT], optional `temp_c`, `gate0`... (strength of a range sensor)
and `vehicle` (truth, 0 or 1); all other columns are left alone.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from pathlib import Path
from statistics import median

from baysense_host.errors import ToolError
from baysense_host.virtual.world.environment import Vector

_REQUIRED = ("t_s", "x_ut", "y_ut", "z_ut")
_LONGEST_GAP_S = 60.0  # beyond that a straight line between two rows is an invention
_SPARSE_SPACING_S = 30.0  # heartbeats are minutes apart, samples of a movement 0.1 s
_REPAIR = "correct or cut the recording there"

Row = dict[str, float]


@dataclass(frozen=True, slots=True)
class Trace:
    """One recording; row i was taken `t_us[i]` after the first one, which was taken at `start_s`."""

    name: str
    start_s: float
    t_us: list[int]
    field_ut: list[Vector]
    temperature_c: list[float] | None
    vehicle: list[bool] | None  # truth, where the recording has it
    gates: list[tuple[float, ...]] | None  # range-sensor strengths

    @property
    def duration_s(self) -> float:
        """Return the time from the first row to the last [s]."""
        return self.t_us[-1] / 1e6


def read_trace(path: Path, sparse: bool) -> Trace:
    """Read and check a trace; `sparse` allows rows minutes apart.

    Raises:
        ToolError: The file cannot be replayed; says in which line and why.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            numbered = list(_rows(path, file))
    except OSError as error:
        raise ToolError(f"cannot read {path}: {error.strerror}", "check the file name") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ToolError(f"{path} is no CSV text: {error}", "export the recording as CSV in UTF-8") from error
    if not numbered:
        raise ToolError(f"{path} is empty: it has no row of data", "choose another recording")
    _check_clock(path, numbered, sparse)
    return _trace(path.name, [row for _, row in numbered])


def _rows(path: Path, file: Iterable[str]) -> Iterator[tuple[int, Row]]:
    """Yield line number and numbers of each row."""
    reader = csv.DictReader(file)
    columns = _columns(path, reader.fieldnames or [])
    for row in reader:
        yield reader.line_num, {name: _number(path, reader.line_num, name, row[name]) for name in columns}


def _columns(path: Path, names: Iterable[str]) -> list[str]:
    """Return the columns we use, in the order of the file."""
    names = list(names)
    if not names:
        raise ToolError(f"{path} is empty: it has not even a header", "choose another recording")
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise ToolError(
            f"{path} has no column {', '.join(missing)}", f"the first line must name {', '.join(_REQUIRED)}"
        )
    return [name for name in names if name in (*_REQUIRED, "temp_c", "vehicle") or _is_gate(name)]


def _is_gate(name: str) -> bool:
    return name.startswith("gate") and name[4:].isdecimal()


def _number(path: Path, line: int, name: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise ToolError(f"{path} line {line}: {name} is {text or 'missing'}, not a number", _REPAIR)
    if name == "vehicle" and value not in (0.0, 1.0):
        raise ToolError(f"{path} line {line}: vehicle is {text}, neither 0 nor 1", _REPAIR)
    return value


def _check_clock(path: Path, numbered: list[tuple[int, Row]], sparse: bool) -> None:
    """Refuse a clock that goes back and, in a dense recording, a gap."""
    steps = [(line, row["t_s"] - before["t_s"]) for (_, before), (line, row) in pairwise(numbered)]
    for line, step_s in steps:
        if step_s < 0:
            raise ToolError(f"{path} line {line}: the clock goes back by {-step_s:g} s", _REPAIR)
    if sparse or not steps:
        return
    spacing_s = median(step_s for _, step_s in steps)
    if spacing_s > _SPARSE_SPACING_S:
        raise ToolError(f"{path} has rows some {spacing_s:.0f} s apart, too far for a movement", "add --sparse")
    for line, step_s in steps:
        if step_s > _LONGEST_GAP_S:
            raise ToolError(f"{path} line {line}: a gap of {step_s:g} s before it", f"{_REPAIR}, or add --sparse")


def _trace(name: str, rows: list[Row]) -> Trace:
    start_s = rows[0]["t_s"]
    gates = sorted((column for column in rows[0] if _is_gate(column)), key=lambda column: int(column[4:]))
    return Trace(
        name=name,
        start_s=start_s,
        t_us=[round(1e6 * (row["t_s"] - start_s)) for row in rows],
        field_ut=[(row["x_ut"], row["y_ut"], row["z_ut"]) for row in rows],
        temperature_c=[row["temp_c"] for row in rows] if "temp_c" in rows[0] else None,
        vehicle=[row["vehicle"] == 1.0 for row in rows] if "vehicle" in rows[0] else None,
        gates=[tuple(row[gate] for gate in gates) for row in rows] if gates else None,
    )
