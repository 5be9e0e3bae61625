"""X1: the visits of S1 at a site as recordings show them: hum, and a field that does not come back quite the same.

Beyond detection.md §6.4: in recorded windows the field of the empty bay is some µT off after a vehicle has left
(remanence of the housing, iron that was moved, warmth), and mains hum of 2–3 µT lies over all.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from baysense_host.bench.detection.seeds import site_rng
from baysense_host.bench.detection.simulate import normal
from baysense_host.bench.detection.simulate.tracks import Array
from baysense_host.bench.detection.site import Site, Stretch

_HUM_UT = (0.0, 3.0)  # amplitude on its strongest axis
_ALIAS_HZ = (0.3, 4.9)  # 50 Hz sampled at 10 Hz by a clock 1 % off may show at any such frequency
_LEFT_UT = 1.0  # rms an axis, of what a visit leaves behind


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale."""
    plain = normal.sites(seed + 1, scale, quick)
    return [_roughened(site, site_rng(seed, "X1", scale, number)) for number, site in enumerate(plain)]


def _roughened(site: Site, rng: np.random.Generator) -> Site:
    turns_s = np.array([change.t_s for change in site.changes])
    left_ut = np.vstack([np.zeros(3), rng.normal(0.0, _LEFT_UT, (len(turns_s), 3)).cumsum(0)])
    left_ut -= np.vstack([np.zeros(3), _followed(left_ut)])  # what an old visit left has become part of the site
    axis_ut = rng.uniform(0.2, 1.0, 3)
    hum_ut = rng.uniform(*_HUM_UT) * axis_ut / axis_ut.max()
    turn_hz, phase_rad = rng.uniform(*_ALIAS_HZ), rng.uniform(0.0, 2 * np.pi)

    def stretches() -> Iterator[Stretch]:
        for stretch in site.stretches():
            added_ut = left_ut[np.searchsorted(turns_s, stretch.t_s, "right")]
            if stretch.dense:
                added_ut = added_ut + np.outer(np.sin(2 * np.pi * turn_hz * stretch.t_s + phase_rad), hum_ut)
            field_nt = stretch.field_nt + (1000 * added_ut).round().astype(np.int32)
            yield replace(stretch, field_nt=field_nt)

    noise_nt = round(float(np.hypot(site.noise_nt, 1000 * hum_ut.mean() / np.sqrt(2))))
    name = site.name.replace("S1", "X1")
    return replace(site, name=name, scenario="X1", stretches=stretches, noise_nt=noise_nt)


def _followed(left_ut: Array) -> Array:
    """Return half of what was left before each turn."""
    return left_ut[:-1] / 2
