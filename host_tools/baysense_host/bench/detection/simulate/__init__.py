"""Simulated sites, scenario by scenario as in detection.md §6.4, and two (X) that recordings taught."""

from collections.abc import Callable

from baysense_host.bench.detection.simulate import (
    adjacent,
    blocked,
    broken,
    charger,
    commissioning,
    drive_over,
    heat,
    lane,
    normal,
    odd_vehicles,
    people,
    rough,
    stop_and_go,
    storm,
    swap,
)
from baysense_host.bench.detection.site import Site

SCENARIOS: dict[str, Callable[[int, float, bool], list[Site]]] = {  # seed, moment scale, quick
    "S1": normal.sites,
    "S2": adjacent.sites,
    "S3": lane.sites,
    "S4": stop_and_go.sites,
    "S5": heat.sites,
    "S6": storm.sites,
    "S7": charger.sites,
    "S8": odd_vehicles.sites,
    "S9": blocked.sites,
    "S10": people.sites,
    "S11": swap.sites,
    "S12": commissioning.sites,
    "S14": broken.sites,
    "X1": rough.sites,
    "X2": drive_over.sites,
}
