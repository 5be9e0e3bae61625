"""`baysense replay TRACE`: what the node would have decided on a recording."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import rich_click as click
from rich.text import Text

from baysense_host.cli.choices import board_option
from baysense_host.cli.output import json_option, print_table, results

Decision = dict[str, Any]


@click.command()
@click.argument("trace", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--sparse", is_flag=True, help="Rows minutes apart, a recording of heartbeats without what lay between."
)
@click.option(
    "--confirm", is_flag=True, help="Let the recorded radar (columns gate0, …) answer as the node's range sensor."
)
@board_option
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write decisions.jsonl into this folder."
)
@json_option
def replay(trace: Path, sparse: bool, confirm: bool, board: str, out: Path | None, as_json: bool) -> None:
    """Play a trace CSV to the whole node, sensor registers and all, and print its decisions."""
    from baysense_host.virtual.replay import replay as play

    with ExitStack() as open_files:
        decisions = play(trace, sparse=sparse, board=board, confirm=confirm)
        if out is not None:
            decisions = _copied(decisions, out, open_files)
        if as_json:
            for decision in decisions:
                click.echo(json.dumps(decision, ensure_ascii=False))
        else:
            _show(list(decisions))


def _copied(decisions: Iterator[Decision], out: Path, open_files: ExitStack) -> Iterator[Decision]:
    """Write every decision as it passes; the file is made with the first one, so not for a broken trace."""
    from baysense_host.virtual.folders import new_file

    for number, decision in enumerate(decisions):
        if number == 0:
            file = open_files.enter_context(new_file(out / "decisions.jsonl"))
        file.write(json.dumps(decision, ensure_ascii=False) + "\n")
        yield decision


_STYLES = {"occupied": "bold blue", "free": "green", "unknown": "yellow"}


def _show(decisions: list[Decision]) -> None:
    *changes, summary = decisions
    rows = [_row(decision) for decision in changes]
    print_table(("time", "state", "sure", "cause", "faults", ""), rows)
    told = summary.get("summary", summary)
    results().print(", ".join(f"{key.replace('_', ' ')} {value}" for key, value in told.items()), markup=False)


def _row(decision: Decision) -> list[str | Text]:
    from baysense_host.report.text import clock

    state = str(decision["state"])
    return [
        clock(decision["t_s"]),
        Text(state, style=_STYLES[state]),
        f"{decision['confidence']:.0%}",
        str(decision["cause"]),
        ", ".join(decision["faults"]),
        str(decision.get("event", "")),
    ]
