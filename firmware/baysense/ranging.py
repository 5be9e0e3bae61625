"""The range sensor's word, asked only when the magnetometer is in doubt."""

import time

from baysense.core import faults
from baysense.drivers.a02yyuw import A02YYUW

_WARM_UP_MS = 300  # first frame after power-on; the module answers within 100 ms once running [measured: no]
_READINGS = 3
_READ_MS = 300
_VEHICLE_MM = 1000  # floors of cars and lorries are at 150–900 mm above the road, a canopy or tree is higher


def vehicle_above(node: object) -> bool | None:
    """Return whether something car-like is above, by two of three readings; None without an answer."""
    board = node.board
    if board.RANGE is None or not node.recall.confirm_range:
        return None
    board.range_power(True)
    try:
        time.sleep_ms(_WARM_UP_MS)
        sensor = A02YYUW(board.range_uart())
        readings = [sensor.read_mm(_READ_MS) for _ in range(_READINGS)]
    finally:
        board.range_power(False)
    heard = [mm for mm in readings if mm is not None]
    if len(heard) < 2:
        node.fault(faults.RANGE_ABSENT)
        return None
    return 2 * sum(1 for mm in heard if mm < _VEHICLE_MM) > len(heard)
