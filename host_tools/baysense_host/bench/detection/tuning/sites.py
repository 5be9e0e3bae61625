"""What tuning may look at: simulated sites of its own seed, and the first weeks of recorded bays."""

from collections.abc import Iterator
from dataclasses import replace

from baysense_host.bench.detection import seeds
from baysense_host.bench.detection.field.bays import Bay
from baysense_host.bench.detection.runner import SCALES
from baysense_host.bench.detection.simulate import SCENARIOS
from baysense_host.bench.detection.site import Site, Stretch

# What a node believes of a bay it was commissioned wrongly in, and fields of broken sensors, teach nothing; a blocked
# range sensor is no matter of the field.
_UNFIT = ("S9", "S12", "S14")
LEARNED = tuple(name for name in SCENARIOS if name not in _UNFIT)
_DAY_S = 86_400.0


def scales(quick: bool) -> tuple[float, ...]:
    """Return the moment scales that are looked at."""
    return SCALES[::2] if quick else SCALES


def simulated(scenario: str, scale: float, quick: bool) -> list[Site]:
    """Return the tuning sites of a scenario and scale."""
    return SCENARIOS[scenario](seeds.TUNING, scale, quick)


def is_fit(site: Site) -> bool:
    """Tell whether the truth of every movement is plain, and device time is the site's."""
    stops_over_sensor = site.scenario == "S4 over"  # may count or not
    return not site.restarts_s and not stops_over_sensor


def drawn(site: Site) -> Site:
    """Return the site with its readings drawn once for all who watch it."""
    kept = list(site.stretches())
    return replace(site, stretches=lambda: iter(kept))


def first_weeks(bay: Bay) -> Site:
    """Return a recorded bay as a site that ends where judging begins; its radar is the truth, not to be asked."""
    rows = bay.t_s < bay.judged_from_s

    def stretches() -> Iterator[Stretch]:
        yield Stretch(bay.t_s[rows], bay.field_nt[rows], bay.temp_cdeg[rows], dense=False)

    return replace(bay.site, stretches=stretches, days=bay.judged_from_s / _DAY_S, ranger=None)
