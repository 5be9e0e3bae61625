"""`baysense doctor`: what works here, what is missing, how to get it."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import rich_click as click
from rich.text import Text

from baysense_host.cli.output import emit, json_option, print_table, toned
from baysense_host.errors import ToolError

if TYPE_CHECKING:
    from baysense_host.doctor import Check


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check this computer. Fails only if something is missing that nothing works without."""
    from baysense_host.doctor import check_all

    checks = check_all()

    if as_json:
        emit([asdict(check) for check in checks])
    else:
        print_table(("what", "state", "found", "how to get it"), [_row(check) for check in checks])
    missing = [check for check in checks if check.required and not check.ok]
    if missing:
        raise ToolError(f"Missing: {', '.join(check.name for check in missing)}.", missing[0].fix)


def _row(check: "Check") -> list[str | Text]:
    if check.ok:
        return [check.name, toned("ok", True), check.found, ""]
    state = toned("missing", False) if check.required else toned("optional", None)
    return [check.name, state, check.found, check.fix]
