"""A row of bays for some days: the same scenario and seed make the same world, to the last bit."""

from math import pi
from random import Random

from baysense_host.virtual.world.bay import BayEnvironment
from baysense_host.virtual.world.earth import Earth
from baysense_host.virtual.world.layout import BAY_WIDTH_M
from baysense_host.virtual.world.scenario import Scenario
from baysense_host.virtual.world.truth import (
    Change,
    Movement,
    pass_movement,
    visit_changes,
    visit_movements,
)
from baysense_host.virtual.world.visits import Draw, Visit, draw_passes, draw_visits
from baysense_host.virtual.world.weather import Weather

_NEAR_BAYS = 3  # bays to either side whose vehicles are felt: 10 m away a median truck is below 0.2 µT


class World:
    """Vehicles, Earth field and weather around a row of `bays` bays; time 0 is midnight."""

    def __init__(
        self, scenario: Scenario, seed: int, days: float = 1.0, bays: int = 1, moment_scale: float = 1.5
    ) -> None:
        """Draw everything that will happen. `moment_scale` makes all vehicles more magnetic."""
        self.scenario = scenario
        self.seed = seed
        self.days = days
        self.bays = bays
        self._earth = Earth(self._stream("site").uniform(0.0, 2 * pi))
        self._weather = Weather(scenario.climate, self._stream("weather"), days)
        draw = Draw(scenario, moment_scale, self._earth.direction)
        self._visits = {bay: self._draw_bay(draw, bay) for bay in range(-1, bays + 1)}
        self._passes = draw_passes(self._stream("lane"), draw, bays, days)
        self._environments: dict[int, BayEnvironment] = {}

    @property
    def end_us(self) -> int:
        """Return the length of the simulation [µs]."""
        return round(self.days * 86_400e6)

    def environment(self, bay: int) -> BayEnvironment:
        """Return what the sensor in a bay has around it."""
        if bay not in self._environments:
            self._environments[bay] = BayEnvironment(
                bay * BAY_WIDTH_M, self._earth, self._weather, self._near(bay), self._passes
            )
        return self._environments[bay]

    def truth(self, bay: int) -> list[Change]:
        """Return the changes of a bay in order of time."""
        return [change for visit in self._visits[bay] for change in visit_changes(visit)]

    def movements(self, bay: int) -> list[Movement]:
        """Return all movements in sight of a bay in order of time."""
        found = [m for visit in self._near(bay) for m in visit_movements(visit, bay)]
        found += [pass_movement(lane_pass, bay) for lane_pass in self._passes]
        return sorted(found, key=lambda m: (m.t_start_us, m.t_end_us, m.kind))

    def _near(self, bay: int) -> list[Visit]:
        return [v for k, visits in self._visits.items() if abs(k - bay) <= _NEAR_BAYS for v in visits]

    def _draw_bay(self, draw: Draw, bay: int) -> list[Visit]:
        has_sensor = 0 <= bay < self.bays
        per_day = self.scenario.sessions_per_day if has_sensor else self.scenario.neighbours_per_day
        return draw_visits(self._stream(f"bay {bay}"), draw, bay, per_day, self.days)

    def _stream(self, name: str) -> Random:
        """Return a generator of its own for each thing drawn, so that one more pass moves no session."""
        return Random(f"{self.seed} {name}")
