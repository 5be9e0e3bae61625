"""The command `baysense`. Only this package prints or exits; every other part raises ToolError."""

from typing import Any

import rich_click as click

from baysense import __version__
from baysense_host.cli.bench import bench
from baysense_host.cli.boards import boards
from baysense_host.cli.console import console
from baysense_host.cli.decode import decode
from baysense_host.cli.doctor import doctor
from baysense_host.cli.ports import ports
from baysense_host.cli.replay import replay
from baysense_host.cli.sim import sim
from baysense_host.cli.tune import tune
from baysense_host.errors import ToolError

_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class Baysense(click.RichGroup):
    """The group of all commands; turns what went wrong into text on stderr and an exit status, once."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command: 0 done, 1 failed, 2 usage, 130 interrupted; click sees to a reader that left."""
        try:
            return super().invoke(ctx)
        except ToolError as error:
            click.echo(f"baysense: {error}", err=True)
            if error.hint:
                click.echo(error.hint, err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(_INTERRUPTED)


@click.group(cls=Baysense, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="baysense")
def main() -> None:
    """Baysense: simulate, replay, tune, talk to and check parking-bay sensors."""


for command in (sim, replay, console, decode, ports, boards, doctor, bench, tune):
    main.add_command(command)
