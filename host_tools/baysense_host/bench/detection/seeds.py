"""Where chance comes from: tuning and judging never draw the same sites."""

import numpy as np

TUNING = 1_000  # base of the seeds the sweep may look at
JUDGING = 900_000  # base of the seeds results are told of; from it on, part of the sites has the second field model


def site_rng(seed: int, scenario: str, scale: float, number: int) -> np.random.Generator:
    """Return the chance of one site: other scenarios, scales and sites never shift it."""
    return np.random.default_rng([seed, *scenario.encode(), round(1000 * scale), number])


def is_judging(seed: int) -> bool:
    """Tell whether a seed is one of those for judging."""
    return seed >= JUDGING
