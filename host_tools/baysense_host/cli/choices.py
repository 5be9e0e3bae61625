"""Values on the command line that click has no type for."""

import rich_click as click

from baysense_host.boards import read_board
from baysense_host.errors import ToolError
from baysense_host.virtual.options import DEFAULT_BOARD


def known_board(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a board as its folder has it; small letters will do."""
    if value is None:
        return None
    try:
        return str(read_board(value)["name"])
    except ToolError as error:
        raise click.BadParameter(f"{error} {error.hint}") from error


def host_port(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[str, int] | None:
    """Return host and port number of HOST:PORT; an IPv6 address stands in brackets."""
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise click.BadParameter(f"{value} is not HOST:PORT, such as localhost:1883.")
    return host.removeprefix("[").removesuffix("]"), int(port)


board_option = click.option(
    "--board",
    callback=known_board,
    default=DEFAULT_BOARD,
    show_default=True,
    metavar="NAME",
    help="Which board; `baysense boards` lists them.",
)
