"""`baysense tune`: fit the detector's tables; `baysense tune sweep`: try other values of its numbers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from baysense_host.cli.output import emit, json_option, notes, print_table, results
from baysense_host.errors import ToolError

if TYPE_CHECKING:
    from baysense_host.bench.detection.tuning.learn import Learned
    from baysense_host.bench.detection.tuning.sweep import Effect, Numbers

_FOLDER = Path("build/tune")

quick_option = click.option(
    "--quick", is_flag=True, help="Few sites, in seconds: shows that it works, its numbers mean little."
)


@click.group(invoke_without_command=True)
@click.option("--write", is_flag=True, help="Freeze the tables, with the next version, in core/odds_table.py.")
@quick_option
@click.option("--radar", is_flag=True, help="Fit the radar's table instead and print it, to be frozen by hand.")
@json_option
@click.pass_context
def tune(ctx: click.Context, write: bool, quick: bool, radar: bool, as_json: bool) -> None:
    """Fit the detector's tables to movements of known outcome, simulated and recorded, and say what they are worth.

    What is judged later is never looked at: other seeds, and the later weeks of recorded bays.
    """
    if ctx.invoked_subcommand is not None:
        if write or quick or radar or as_json:
            raise click.UsageError(f"Options of {ctx.invoked_subcommand} stand after its name.")
    elif radar:
        if write or quick:
            raise click.UsageError("--radar goes alone: its table is printed, not written.")
        _fit_radar(as_json)
    elif write and quick:
        raise click.UsageError("--write freezes the tables of a full fit: leave out --quick.")
    else:
        _fit_tables(write, quick, as_json)


@tune.command()
@click.argument("numbers", metavar="NAME=LOW:HIGH:STEP...", nargs=-1, required=True)
@quick_option
@json_option
def sweep(numbers: tuple[str, ...], quick: bool, as_json: bool) -> None:
    """Try values of numbers of core/tuning.py, one at a time, and say what each does.

    The tables stay as they are: a number that features are measured in wants a new fit after it.
    """
    from baysense_host.bench.detection.tuning import sweep as sweeping

    trials = [trial for text in numbers for trial in _asked(text)]
    effects = sweeping.sweep(trials, _tell, quick)
    record = {"quick": quick, "trials": [effect.as_record() for effect in effects]}
    if as_json:
        emit(record)
    else:
        _show_sweep(effects)
    _write_json("sweep", record)


def _fit_tables(write: bool, quick: bool, as_json: bool) -> None:
    from baysense_host.bench.detection.tuning.learn import learn

    learned = learn(_tell, quick)
    record = learned.as_record(quick)
    if as_json:
        emit(record)
    else:
        _show_fit(learned)
    _write_json("tables", record)
    if write:
        _freeze(learned)


def _fit_radar(as_json: bool) -> None:
    from baysense_host.bench.detection.data import data_folder
    from baysense_host.bench.detection.radar.blocks import fingerprint
    from baysense_host.bench.detection.radar.fit import fit
    from baysense_host.bench.detection.radar.sweeps import all_sweeps

    recordings = all_sweeps()
    if not recordings:
        raise ToolError(
            f"There are no recordings of radar sweeps in {data_folder()}.", "BAYSENSE_DATA names the folder."
        )
    for sweeps in recordings:
        table = fit(sweeps).text()
        if as_json:
            emit({"recording": sweeps.name, "tuned_on": fingerprint(sweeps), "table": table})
        else:
            click.echo(
                f"# {sweeps.name}, for core/radar.py; TUNED_ON = 0x{fingerprint(sweeps):08X} in radar/blocks.py"
            )
            click.echo(table)


def _asked(text: str) -> "list[Numbers]":
    from baysense_host.bench.detection.tuning.sweep import asked

    try:
        return asked(text)
    except ToolError as error:
        raise click.BadParameter(f"{error} {error.hint}", param_hint="NAME=LOW:HIGH:STEP") from error


def _freeze(learned: "Learned") -> None:
    from baysense_host.bench.detection.tuning import table

    simulated = learned.movements - learned.recorded
    text = table.text(learned.version, simulated, learned.recorded, learned.tables)
    table.path().write_text(text, encoding="utf-8")
    _tell(f"Version {learned.version} written: {table.path()}")


def _write_json(name: str, record: dict[str, Any]) -> None:
    _FOLDER.mkdir(parents=True, exist_ok=True)
    path = _FOLDER / f"{name}.json"
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    _tell(f"Written: {path}")


def _tell(text: str) -> None:
    notes().print(text, style="dim", markup=False)


def _show_fit(learned: "Learned") -> None:
    share = f"{learned.movements:,} movements, {learned.recorded:,} of them recorded"
    results().print(f"tune, {share}; losses in nat a movement", style="bold", markup=False)
    rows = [
        (
            name,
            f"{one.movements:,}",
            f"{one.occupied / max(1, one.movements):.1%}",
            _number(one.loss_nat, ".3f"),
            f"{one.held_out:,}",
            _number(one.held_out_loss_nat, ".3f"),
        )
        for name, one in learned.quality.items()
    ]
    print_table(("table", "movements", "occupied", "loss", "held out", "loss there"), rows)


def _show_sweep(effects: "Sequence[Effect]") -> None:
    from baysense_host.bench.detection.contenders import OWN
    from baysense_host.bench.detection.metrics import OURS
    from baysense_host.bench.detection.tuning.sweep import MEASURES

    rows = []
    for effect in effects:
        number = ", ".join(f"{name} = {value}" for name, value in effect.numbers.items()) or "as it is"
        for contender in OWN:
            measured = effect.measured(contender)
            agreed = _number(effect.agreement, ".3f") if contender == OURS else ""
            rows.append([number, contender, *[_number(value, ".4g") for value in measured.values()], agreed])
            number = ""
    heads = [f"{what} {metric.unit}" for what, (_, metric) in MEASURES.items()]
    print_table(("number", "", *heads, "recorded bays"), rows)


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
