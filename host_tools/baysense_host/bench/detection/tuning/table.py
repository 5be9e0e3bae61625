"""The four tables: as the firmware's module has them, on trial, and as its next text."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baysense.core import odds_table
from baysense_host.bench.detection.seeds import TUNING
from baysense_host.bench.detection.tuning.fit import Rows
from baysense_host.paths import firmware_dir

Tables = dict[str, Rows]

# What was believed occupied, and whether somebody saw the movement (odds.table)
KINDS = {
    "FREE": (False, True),
    "OCCUPIED": (True, True),
    "FREE_UNSEEN": (False, False),
    "OCCUPIED_UNSEEN": (True, False),
}

# What the rows are stands in the module's own docstring; it is kept.
_TEXT = '''\
"""{about}"""

from array import array

VERSION = {version}  # fitted to {simulated:,} movements simulated with seed {seed}, and {recorded:,} recorded

{tables}
'''


def path() -> Path:
    """Return where the firmware has its tables."""
    return firmware_dir() / "baysense" / "core" / "odds_table.py"


def frozen() -> Tables:
    """Return the firmware's tables."""
    return {name: [list(row) for row in getattr(odds_table, name)] for name in KINDS}


@contextmanager
def using(tables: Tables) -> Iterator[None]:
    """Let the detector judge by other tables."""
    before = {name: getattr(odds_table, name) for name in KINDS}
    try:
        for name in KINDS:
            setattr(odds_table, name, tables[name])
        yield
    finally:
        for name, rows in before.items():
            setattr(odds_table, name, rows)


def text(version: int, simulated: int, recorded: int, tables: Tables) -> str:
    """Return the module's source for tables fitted to so many movements."""
    shown = "\n".join(f"{name} = (\n{_rows(rows)}\n)" for name, rows in tables.items())
    about = odds_table.__doc__
    return _TEXT.format(
        about=about, version=version, simulated=simulated, seed=TUNING, recorded=recorded, tables=shown
    )  # fmt: skip


def _rows(rows: Rows) -> str:
    """Return rows as signed bytes, which take a quarter of a tuple's memory, each below its numbers."""
    return "\n".join(f'    # {" ".join(map(str, row))}\n    array("b", b"{_bytes(row)}"),' for row in rows)


def _bytes(row: list[int]) -> str:
    return "".join(f"\\x{part & 0xFF:02x}" for part in row)
