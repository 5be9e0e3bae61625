"""Whether a sweep of a pulsed coherent radar shows a vehicle: ten range gates, whole numbers. Pure.

A vehicle lifts some gates above what an empty bay leaves there; interference lifts the two nearest as much. So each
gate is limited to the range in which it decides anything, weighed and added up, and so are the two strongest and the
weakest of the far gates. The table is what the fit to the tuning blocks of recorded sweeps found; a change of any of
its numbers is a new version.
"""

from baysense.core.confirm import ABSENT, PRESENT, UNSURE

GATES = 10
NEAR_GATES = 2  # leakage and interference reach so far
UNIT = 1024  # of a score: one natural logarithm of the odds, empty and occupied taken as equally frequent

VERSION = 1
LOWEST = (63, 30, 21, 21, 20, 20, 20, 20, 20, 20)
HIGHEST = (177, 85, 60, 58, 57, 57, 56, 57, 57, 56)
WEIGHTS = (16, 38, 82, 52, 61, 63, 130, 32, -8, -15)
STRONGEST, SECOND, WEAKEST = 123, 111, 6
BIAS = -34707
VEHICLE_FROM = 557
EMPTY_BELOW = -1006


def vehicle(gates: list[int]) -> int:
    """Return what one sweep says."""
    return _word(score(gates))


def burst(sweeps: list[list[int]]) -> int:
    """Return what several sweeps on end say together."""
    total = 0
    for gates in sweeps:
        total += score(gates)
    return _word(total // len(sweeps))


def score(gates: list[int]) -> int:
    """Return the odds for a vehicle [UNIT]."""
    total = BIAS
    far = []
    for gate in range(GATES):
        limited = min(max(gates[gate], LOWEST[gate]), HIGHEST[gate])
        total += WEIGHTS[gate] * limited
        if gate >= NEAR_GATES:
            far.append(limited)
    far.sort()
    return total + STRONGEST * far[-1] + SECOND * far[-2] + WEAKEST * far[0]


def _word(odds: int) -> int:
    if odds >= VEHICLE_FROM:
        return PRESENT
    return ABSENT if odds < EMPTY_BELOW else UNSURE
