"""`baysense bench [PART]`: measure, print a table, write build/bench/<part>.json."""

from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from rich.text import Text

from baysense_host.cli.output import emit, json_option, notes, print_table, results, toned
from baysense_host.errors import ToolError

if TYPE_CHECKING:
    from baysense_host.bench.report import Findings, Tell

_FOLDER = Path("build/bench")


@click.command()
@click.argument("part", required=False)
@json_option
def bench(part: str | None, as_json: bool) -> None:
    """Measure one part, or all of them, against their marks."""
    from baysense_host.bench.report import as_record, write_record

    for name, run in _chosen(part).items():
        record = as_record(name, run(_tell))
        path = write_record(record, _FOLDER)
        if as_json:
            emit(record)
        else:
            _show(record)
            notes().print(f"Written: {path}", markup=False)


def _chosen(part: str | None) -> dict[str, Callable[["Tell"], "Findings"]]:
    from baysense_host.bench.parts import part as one_part
    from baysense_host.bench.parts import parts

    if part is None:
        return parts()
    try:
        return {part: one_part(part)}
    except ToolError as error:
        raise click.BadParameter(f"{error} {error.hint}", param_hint="PART") from error


def _tell(text: str) -> None:
    notes().print(text, style="dim", markup=False)


def _show(record: dict[str, Any]) -> None:
    marks = record["marks"]
    for group, some in groupby(marks, key=lambda mark: mark.get("group", "")):
        title = f"bench {record['part']}, {group}" if group else f"bench {record['part']}"
        results().print(title, style="bold", markup=False)
        print_table(("", "what", "value", "mark", "n"), [_row(mark) for mark in some])
    missed = [mark for mark in marks if not mark["ok"]]
    if missed:
        notes().print(f"{len(missed)} of {len(marks)} marks missed: {', '.join(mark['id'] for mark in missed)}.")


def _row(mark: dict[str, Any]) -> list[str | Text]:
    sign = {"low": "≤", "high": "≥"}[mark["better"]]
    aim = "" if mark["mark"] is None else f"{sign} {_number(mark['mark'])}"
    verdict = Text("") if mark["mark"] is None else toned("ok" if mark["ok"] else "missed", mark["ok"])
    return [verdict, mark["what"], _measured(mark), aim, str(mark["n"])]


def _measured(mark: dict[str, Any]) -> str:
    if mark["value"] is None:
        return "not measured"
    spread = f" [{_number(mark['ci95'][0])}–{_number(mark['ci95'][1])}]" if mark["ci95"] else ""
    return f"{_number(mark['value'])} {mark['unit']}{spread}".strip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
