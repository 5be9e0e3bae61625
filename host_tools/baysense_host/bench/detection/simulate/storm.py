"""S6: days of Earth's field as an observatory recorded them, and stretched to storms of K7 and K9."""

from baysense_host.bench.detection.simulate.geomagnetic import STORMS_NT, Storm, stretched, variation_nt
from baysense_host.bench.detection.simulate.ordinary import SHORT, sessions, site, surroundings
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.simulate.street import Draw, build
from baysense_host.bench.detection.site import Site

_DAYS = 7.0  # of each strength
_QUICK_DAYS = 1.0


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale, one for each strength; the name says whether the field was recorded."""
    strengths = ["K9"] if quick else ["quiet", *STORMS_NT]
    duration_s = (_QUICK_DAYS if quick else _DAYS) * DAY_S
    recorded_nt, source = variation_nt()

    def make(draw: Draw, number: int) -> Site:
        strength = strengths[number]
        field_nt = stretched(recorded_nt, strength) if strength in STORMS_NT else recorded_nt
        storm = Storm(field_nt, draw.uniform(0.0, 6.28))
        around = surroundings(
            draw, sessions(draw, duration_s, SHORT), duration_s, background_ut=storm, fast_s=((0.0, duration_s),)
        )
        return site(draw, around, f"S6 {source} {strength}")

    return build("S6", seed, scale, len(strengths), make)
