"""The scenarios: what happens around a bay in a day. Vary one with `dataclasses.replace`."""

from dataclasses import dataclass, field

from baysense_host.virtual.world.weather import Climate

# Shares of the classes on a German street: an assumption, rounded from registration figures
_CITY = {"small": 0.30, "sedan": 0.32, "suv": 0.24, "van": 0.08, "truck": 0.02, "motorcycle": 0.04}
_CARS = {"small": 0.3, "sedan": 0.4, "suv": 0.3}
_SPRING = Climate(mean_c=11.0, swing_c=7.0, sun_c=8.0, day_spread_c=1.5)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of day. Counts are per day; a session is one arrival and one departure."""

    name: str
    what: str  # one line for the list of scenarios
    sessions_per_day: int  # in each bay that has a sensor
    neighbours_per_day: int  # sessions in the bay beyond each end of the row
    passes_per_day: int  # vehicles going along the lane
    climate: Climate = _SPRING
    parked: dict[str, float] = field(default_factory=lambda: dict(_CITY))  # class: share
    passing: dict[str, float] = field(default_factory=lambda: dict(_CITY))
    lane_m: tuple[float, float] = (3.5, 4.8)  # middle of a passing vehicle from the sensor
    lane_mps: tuple[float, float] = (3.0, 8.0)  # an aisle or a calmed street, 10-30 km/h
    stop_share: float = 0.02  # of passes stop in front of the row for 5-60 s
    # Vehicles are drawn again until the settled field is at least / at most this [µT]; None = as drawn
    own_at_least_ut: float | None = None
    neighbour_at_most_ut: float | None = None


_ALL = (
    Scenario(
        # Shows the chain, not the error rate: every car is one that a magnetometer alone can tell, and no
        # neighbour looks like a car of one's own. Of vehicles as they come many are not so kind: see city.
        name="demo",
        what="one spring day of 20 sessions with clear cars, neighbours and a little traffic",
        sessions_per_day=20,
        neighbours_per_day=8,
        passes_per_day=200,
        parked=_CARS,
        own_at_least_ut=9.0,
        neighbour_at_most_ut=1.2,
    ),
    Scenario(
        name="quiet",
        what="no vehicle at all: what a node costs when nothing happens",
        sessions_per_day=0,
        neighbours_per_day=0,
        passes_per_day=0,
    ),
    Scenario(
        name="city",
        what="a street as it is: all classes, neighbours over the line, 1,000 passes",
        sessions_per_day=12,
        neighbours_per_day=12,
        passes_per_day=1_000,
    ),
    Scenario(
        name="traffic",
        what="an empty corner beside a lane: only passing vehicles, 1.7-3.5 m away",
        sessions_per_day=0,
        neighbours_per_day=0,
        passes_per_day=1_000,
        lane_m=(1.7, 3.5),
        lane_mps=(6.0, 14.0),
        stop_share=0.01,
    ),
    Scenario(
        name="heat",
        what="from -15 to +60 °C in a day with a 15 °C sun step; few clear cars",
        sessions_per_day=4,
        neighbours_per_day=0,
        passes_per_day=50,
        climate=Climate(mean_c=15.0, swing_c=30.0, sun_c=15.0, day_spread_c=0.0),
        parked=_CARS,
        own_at_least_ut=9.0,
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}
