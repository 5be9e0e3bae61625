"""What surrounds a bay: vehicles, Earth field and weather, made up or played from a recording."""

from baysense_host.virtual.world.environment import FOREVER_US, Environment
from baysense_host.virtual.world.replay import TraceEnvironment
from baysense_host.virtual.world.scenario import SCENARIOS, Scenario
from baysense_host.virtual.world.trace import Trace, read_trace
from baysense_host.virtual.world.truth import Change, Movement
from baysense_host.virtual.world.world import World

__all__ = [
    "FOREVER_US",
    "SCENARIOS",
    "Change",
    "Environment",
    "Movement",
    "Scenario",
    "Trace",
    "TraceEnvironment",
    "World",
    "read_trace",
]
