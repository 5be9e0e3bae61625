"""What a settled field says about the bay. Pure functions of magnitudes [nT]; no memory.

Names: `own` the residual that is not the neighbours', `step` settled after less settled before,
`peak` the farthest the field went from before, `near` distance to the empty bay, `car` size of the
vehicle's vector, `change` distance to that vector.
"""

from baysense.core import tuning
from baysense.core.geometry import part
from baysense.core.state import FREE, OCCUPIED

SAME = 0  # nothing changed
ARRIVED = 1
LEFT = 2
SWAPPED = 3
DOUBT = 4  # ask the range sensor
UNCERTAIN = 5  # nobody to ask: keep the state, with low confidence
HEALED = 6  # the long-standing field turned out to be the empty bay

CAUSES = ("", "arrival", "departure", "swap")  # by verdict


def of_empty(own_nt: int, step_nt: int, peak_nt: int, occupied_nt: int, free_nt: int) -> int:
    """Judge a bay that was free."""
    if min(own_nt, step_nt) >= occupied_nt:
        return ARRIVED
    if peak_nt < part(occupied_nt, tuning.NEIGHBOUR_PEAK_PERCENT):
        return SAME
    if own_nt > free_nt:
        return DOUBT
    faint = own_nt >= part(occupied_nt, tuning.FAINT_PERCENT)
    return DOUBT if faint and overhead(peak_nt, occupied_nt) else SAME


def of_occupied(near_nt: int, change_nt: int, car_nt: int, clear_ms: int, occupied_nt: int, free_nt: int) -> int:
    """Judge a bay that was occupied, after a movement that was more than a neighbour's."""
    if near_nt <= free_nt and near_nt < car_nt // 2:
        return LEFT
    if change_nt <= part(occupied_nt, tuning.SWAP_PERCENT):
        return SAME
    if near_nt < occupied_nt:
        return DOUBT
    return SWAPPED if clear_ms >= tuning.CLEAR_MS else SAME


def of_unknown(size_nt: int, occupied_nt: int, free_nt: int) -> int:
    """Judge a bay of which nothing is known but its baseline."""
    if size_nt >= occupied_nt:
        return ARRIVED
    return LEFT if size_nt <= free_nt else DOUBT


def state_after(verdict: int, state: int) -> int:
    """Return the state a verdict leads to from this one."""
    if verdict == LEFT:
        return FREE
    return OCCUPIED if verdict in (ARRIVED, SWAPPED) else state


def is_neighbour(step_nt: int, peak_nt: int, occupied_nt: int) -> bool:
    """Tell whether so small a movement happened in the next bay or in the lane."""
    return step_nt < part(occupied_nt, tuning.NEIGHBOUR_STEP_PERCENT) and peak_nt < part(
        occupied_nt, tuning.NEIGHBOUR_PEAK_PERCENT
    )


def overhead(peak_nt: int, occupied_nt: int) -> bool:
    """Tell whether a vehicle must have passed over the sensor."""
    return peak_nt >= part(occupied_nt, tuning.OVERHEAD_PERCENT)


def confidence_free(own_nt: int, occupied_nt: int) -> int:
    """Return 98 for a field at the baseline, 50 at the occupied threshold [%]."""
    return max(50, 98 - 48 * own_nt // occupied_nt)


def confidence_occupied(size_nt: int, occupied_nt: int) -> int:
    """Return 75 at the threshold, 98 from twice the threshold, less below it [%]."""
    return min(98, 52 + 23 * size_nt // occupied_nt)
