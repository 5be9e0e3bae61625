"""What a command prints: results to stdout, the rest to stderr, colour and motion on a terminal only."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import rich_click as click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE = 200  # columns where no terminal says how wide it is: a table in a pipe must not be cut

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def results() -> Console:
    """Return the console for results."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDE, highlight=False, soft_wrap=False)


def notes() -> Console:
    """Return the console for progress and remarks."""
    return Console(file=sys.stderr, highlight=False)


def on_terminal() -> bool:
    """Whether progress has someone to watch it."""
    return sys.stderr.isatty()


def emit(value: Any) -> None:
    """Print one JSON document on one line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> None:
    """Print a table; cells are text, never markup."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_header=any(heads), header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*[cell if isinstance(cell, Text) else Text(cell) for cell in row])
    results().print(table)


def toned(text: str, good: bool | None) -> Text:
    """Return a text in green, red, or for None in yellow."""
    return Text(text, style={True: "green", False: "bold red", None: "yellow"}[good])
