"""Where the field has settled before: this bay's typical vehicles and neighbours, and an empty bay not yet known.

Pure. A place is a residual [q] of the frame and how often the field rested there: four numbers of an array that the
memory keeps, the place visited last first. Vehicles differ and park differently, the empty bay looks alike each time:
a place the field returns to, while it never returns to the one taken for empty, is the empty bay.
"""

from array import array

from baysense.core import tuning
from baysense.core.geometry import QUANTUM_SHIFT, clamp

_VISITS = 3  # fourth number of a place


def visit(places: "array[int]", place_nt: list[int], spread_nt: list[int]) -> int:
    """Note that the field settled there; return how often it did."""
    known = _nearest(places, place_nt, spread_nt)
    visits = 1
    moved = [clamp(part >> QUANTUM_SHIFT) for part in place_nt]
    if known >= 0:
        visits = min(places[known + _VISITS] + 1, 255)
        moved = [places[known + axis] + (moved[axis] - places[known + axis]) // 2 for axis in range(3)]
    for index in range((known if known >= 0 else len(places) - 4) - 1, -1, -1):
        places[index + 4] = places[index]
    places[0:4] = array("h", moved + [visits])
    return visits


def visits(places: "array[int]", place_nt: list[int], spread_nt: list[int]) -> int:
    """Return how often the field settled there before."""
    known = _nearest(places, place_nt, spread_nt)
    return places[known + _VISITS] if known >= 0 else 0


def _nearest(places: "array[int]", place_nt: list[int], spread_nt: list[int]) -> int:
    """Return where the nearest place within reach begins, -1 when there is none."""
    best, nearest = tuning.SAME_PLACE_PERCENT * tuning.SAME_PLACE_PERCENT, -1
    for start in range(0, len(places), 4):
        if places[start + _VISITS]:
            far = 0
            for axis in range(3):
                apart_nt = place_nt[axis] - (places[start + axis] << QUANTUM_SHIFT)
                part = min(abs(apart_nt) * 100 // spread_nt[axis], 9999)
                far += part * part
            if far < best:
                best, nearest = far, start
    return nearest
