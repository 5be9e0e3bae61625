"""One sensor in the row: the surroundings its chips sense."""

from baysense_host.virtual.world.earth import Earth
from baysense_host.virtual.world.environment import Vector
from baysense_host.virtual.world.presence import (
    pass_activity,
    pass_presence,
    visit_activity,
    visit_presences,
)
from baysense_host.virtual.world.timeline import Activity, Slots
from baysense_host.virtual.world.visits import Pass, Visit
from baysense_host.virtual.world.weather import Weather


class BayEnvironment:
    """The surroundings of the sensor at `y_m` in the row; implements `Environment`."""

    def __init__(self, y_m: float, earth: Earth, weather: Weather, visits: list[Visit], passes: list[Pass]) -> None:
        """Work out who is near the sensor when; `visits` are those of the bays around."""
        self._y_m = y_m
        self._earth = earth
        self._weather = weather
        self._slots = Slots(
            [p for visit in visits for p in visit_presences(visit, y_m, earth.direction)]
            + [pass_presence(lane_pass, y_m) for lane_pass in passes]
        )
        self._activity = Activity(
            [interval for visit in visits for interval in visit_activity(visit, y_m)]
            + [interval for lane_pass in passes for interval in pass_activity(lane_pass, y_m)]
        )

    def field_ut(self, t_us: int) -> Vector:
        """Return the field along the bay, across it and down [µT]."""
        slot = self._slots.at(t_us)
        x, y, z = self._earth.field_ut(t_us)
        x, y, z = x + slot.standing_ut[0], y + slot.standing_ut[1], z + slot.standing_ut[2]
        for vehicle, motion in slot.moving:
            x_m, y_m, heading_rad = motion.pose(t_us)
            bx, by, bz = vehicle.field_ut(x_m, y_m - self._y_m, heading_rad, self._earth.direction)
            x, y, z = x + bx, y + by, z + bz
        return x, y, z

    def temperature_c(self, t_us: int) -> float:
        """Return the temperature of the die in its housing [°C]."""
        return self._weather.temperature_c(t_us)

    def quiet_until_us(self, t_us: int) -> int:
        """Return until when the field only drifts [µs]; `t_us` itself while something moves."""
        return self._activity.quiet_until_us(t_us)

    def clearance_mm(self, t_us: int) -> int | None:
        """Return the height of the vehicle floor above the sensor window [mm], None = open sky."""
        slot = self._slots.at(t_us)
        for vehicle, motion in slot.moving:
            x_m, y_m, heading_rad = motion.pose(t_us)
            if vehicle.covers(x_m, y_m - self._y_m, heading_rad):
                return vehicle.size.floor_mm
        return slot.clearance_mm
