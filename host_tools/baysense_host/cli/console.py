"""`baysense console`: talk to a node; one request, or a conversation."""

import json
import sys
from typing import TYPE_CHECKING, Any

import rich_click as click
from rich.text import Text

from baysense_host.cli.output import emit, json_option, notes, print_table, results, toned
from baysense_host.errors import ToolError
from baysense_host.jsonrpc import Log, Notification

if TYPE_CHECKING:
    from baysense_host.console import Console

_HELP = "info, config, config set NAME=VALUE, sensor read, selftest, log, reboot, or raw JSON-RPC; Ctrl-D leaves."


@click.command()
@click.argument("words", nargs=-1, metavar="[METHOD [NAME=VALUE]...]")
@click.option(
    "-p",
    "--port",
    envvar="BAYSENSE_PORT",
    show_envvar=True,
    help="Path, socket:// or rfc2217:// URL, MAC or serial number; without it the only board plugged in.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0.1, 3600),
    default=10.0,
    show_default=True,
    help="How long to wait for an answer [s].",
)
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 86_400),
    default=5.0,
    show_default=True,
    help="How long to wait for a port that is away [s].",
)
@json_option
def console(words: tuple[str, ...], port: str | None, timeout_s: float, wait_s: float, as_json: bool) -> None:
    """Send one request to a node, or talk to it line by line."""
    from baysense_host.console import Console
    from baysense_host.typed import from_words

    request = from_words(list(words)) if words else None
    with Console(port, _json_heard if as_json else _heard, wait_s) as node:
        if request is not None:
            _ask(node, request, timeout_s, as_json)
        else:
            _converse(node, timeout_s, as_json)


def _converse(node: "Console", timeout_s: float, as_json: bool) -> None:
    """Ask what is typed or piped in; a refusal does not end the talk, but a piped one ends with status 1."""
    from baysense_host.typed import request

    failed = 0
    if sys.stdin.isatty():
        notes().print(_HELP, style="dim")
    while (line := _line()) is not None:
        if not line.strip():
            continue
        try:
            _ask(node, request(line), timeout_s, as_json)
        except ToolError as error:
            failed += 1
            notes().print(Text(f"{error} {error.hint}".strip(), style="red"))
    if failed and not sys.stdin.isatty():
        raise ToolError(f"{failed} of the requests failed.", "The lines above say why.")


def _line() -> str | None:
    """Return the next line, None at the end of input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline() or None
    try:
        return input("baysense> ")
    except EOFError:
        return None


def _ask(node: "Console", request: tuple[str, dict[str, Any]], timeout_s: float, as_json: bool) -> None:
    result = node.call(*request, timeout_s=timeout_s)
    if as_json:
        emit(result)
    elif request[0] == "selftest":
        _print_selftest(result["parts"])
    elif isinstance(result, dict):
        _print_pairs(result)
    else:
        results().print(Text("done" if result is None else str(result), style="green"))


def _print_selftest(parts: dict[str, Any]) -> None:
    rows: list[list[str | Text]] = [
        [_clean(name), _with_unit(part["value"], part), _limits(part), toned(_PASSED[part["ok"]], part["ok"])]
        for name, part in parts.items()
    ]
    print_table(("part", "value", "limits", "ok"), rows)


_PASSED = {True: "yes", False: "no"}


def _limits(part: dict[str, Any]) -> str:
    low, high = part["low"], part["high"]
    if high is None:
        return "–" if low is None else f"≥ {_with_unit(low, part)}"
    return _with_unit(high, part) if low == high else f"{low:,}–{_with_unit(high, part)}"


def _with_unit(value: int | None, part: dict[str, Any]) -> str:
    return "–" if value is None else f"{value:,} {part['unit']}".rstrip()


def _print_pairs(result: dict[str, Any]) -> None:
    width = max((len(key) for key in result), default=0)
    for key, value in result.items():
        if isinstance(value, dict):
            results().print(Text(key, style="bold"))
            _print_pairs(value)
            continue
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        results().print(Text.assemble((key.ljust(width), "cyan"), "  ", _clean(shown)), soft_wrap=True)


def _heard(message: Log | Notification) -> None:
    """Show what the node says on its own account, beside the results."""
    if isinstance(message, Log):
        notes().print(Text(_clean(message.text), style="dim"), soft_wrap=True)
    else:
        params = json.dumps(message.params, ensure_ascii=False)
        notes().print(Text.assemble((message.method, "magenta"), "  ", (_clean(params), "dim")), soft_wrap=True)


def _json_heard(message: Log | Notification) -> None:
    if isinstance(message, Log):
        record: dict[str, Any] = {"log": message.text}
    else:
        record = {"method": message.method, "params": message.params}
    click.echo(json.dumps(record, ensure_ascii=False), err=True)


def _clean(text: str) -> str:
    """Take out what would steer the terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)
