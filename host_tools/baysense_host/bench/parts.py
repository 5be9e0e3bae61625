"""Which parts can be benched, found by looking: every module of this package with a `run`."""

import pkgutil
from collections.abc import Callable
from importlib import import_module

import baysense_host.bench
from baysense_host.bench.report import Findings, Tell
from baysense_host.errors import ToolError


def parts() -> dict[str, Callable[[Tell], Findings]]:
    """Return the measuring function of every part by its name on the command line."""
    names = [module.name for module in pkgutil.iter_modules(baysense_host.bench.__path__)]
    modules = {name.replace("_", "-"): import_module(f"baysense_host.bench.{name}") for name in names}
    return {name: module.run for name, module in modules.items() if hasattr(module, "run")}


def part(name: str) -> Callable[[Tell], Findings]:
    """Return the measuring function of one part."""
    known = parts()
    if name not in known:
        listed = ", ".join(known) or "none yet"
        raise ToolError(f"There is nothing to bench called {name}.", f"Parts: {listed}.")
    return known[name]
