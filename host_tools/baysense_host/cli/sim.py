"""`baysense sim`: the real firmware on virtual boards, days of parking, a report."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rich_click as click

from baysense_host.cli.choices import board_option, host_port
from baysense_host.cli.output import emit, json_option, notes, on_terminal, print_table, results, toned
from baysense_host.errors import ToolError
from baysense_host.virtual.costs import HEAP_PERCENT
from baysense_host.virtual.options import SimOptions


@click.command()
@click.option(
    "--bays", type=click.IntRange(1, 200), default=1, show_default=True, help="How many bays, one board each."
)
@click.option(
    "--days",
    type=click.FloatRange(0, 3660, min_open=True),
    default=1.0,
    show_default=True,
    help="Virtual days.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same run, byte for byte.")
@board_option
@click.option("--scenario", default="demo", show_default=True, help="What happens in and around the bay.")
@click.option(
    "--fast/--real",
    "fast",
    default=True,
    show_default=True,
    help="As fast as it goes, or paced by the clock.",
)
@click.option(
    "--uplink",
    type=click.Choice(["mqtt", "lorawan"]),
    default="mqtt",
    show_default=True,
    help="How the boards report; LoRaWAN brings its own gateway and network server.",
)
@click.option("--broker", callback=host_port, metavar="HOST:PORT", help="MQTT broker; without it an embedded one.")
@click.option(
    "--heap",
    "heap_kib",
    type=click.IntRange(32, 4096),
    help="Heap [KiB of a 32-bit chip], without it what the board has; "
    f"the 64-bit interpreter here gets {HEAP_PERCENT / 100:g} times that.",
)
@click.option("--passes-per-day", type=click.IntRange(0, 100_000), help="Cars going by; without it the scenario's.")
@click.option(
    "--moment-scale",
    type=click.FloatRange(0.01, 100),
    default=1.0,
    show_default=True,
    help="How magnetic the vehicles are, 1 is as measured.",
)
@click.option(
    "--port-link",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="With --real: a link to the first board's port, for mpremote and others.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build/sim"),
    show_default=True,
    help="Folder of the report.",
)
@json_option
def sim(fast: bool, as_json: bool, **chosen: Any) -> None:
    """Let the firmware live through days of parking on virtual boards and report what arrived."""
    from baysense_host.report import write_report

    options = _options(realtime=not fast, **chosen)
    with _terminated_like_interrupted():
        result = _simulate(options)
    paths = write_report(result, options.out)
    if as_json:
        emit({**_without_curves(result), "report": [str(path) for path in paths]})
    else:
        _show(result)
        for path in paths:
            results().print(path, markup=False, style="dim")
    _judge(result)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does: ports, links and interpreters are cleared away."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _options(**chosen: Any) -> SimOptions:
    from baysense_host.virtual.world import SCENARIOS

    if chosen["scenario"] not in SCENARIOS:
        raise click.BadParameter(
            f"{chosen['scenario']} is not one of {', '.join(SCENARIOS)}.", param_hint="--scenario"
        )
    if chosen["port_link"] is not None and not chosen["realtime"]:
        raise click.UsageError("--port-link needs --real: in fast mode no tool keeps up with the board.")
    return SimOptions(**chosen)


def _simulate(options: SimOptions) -> dict[str, Any]:
    from baysense_host.virtual.run import simulate

    if not on_terminal():
        return simulate(options)
    from baysense_host.cli.timeline import watched

    return watched(lambda progress: simulate(options, progress), notes())


def _without_curves(result: dict[str, Any]) -> dict[str, Any]:
    """Leave the curves to the report: they are for the eye."""
    curves = ("field", "temperature")
    bays = [{key: value for key, value in bay.items() if key not in curves} for bay in result["bays"]]
    return {**result, "bays": bays}


def _judge(result: dict[str, Any]) -> None:
    """Fail when a node is broken, or when the demo did not deliver every change once and in order."""
    from baysense_host.report.facts import losses
    from baysense_host.report.result import as_result

    if result["mode"] == "fast":  # in real time people and tools stop the firmware as they like
        for bay in result["bays"]:
            if bay["trouble"] is not None:
                said = "\n".join(["Its console said last:", *bay["console"]])
                raise ToolError(f"The node of {bay['name']} {bay['trouble']}.", said)
    lost = losses(as_result(result)) if result["scenario"] == "demo" else []
    if lost:
        raise ToolError(f"Changes of the bay went wrong: {', '.join(lost)}.", "The report shows which.")


def _show(result: dict[str, Any]) -> None:
    from baysense_host.report.facts import tiles, verdict
    from baysense_host.report.result import as_result

    known = as_result(result)
    judged = verdict(known)
    good = {"good": True, "fair": None, "bad": False}[judged.tone]
    results().print(toned(judged.sentence, good))
    print_table(("", "", ""), [[tile.label, tile.value, tile.note] for tile in tiles(known)])
