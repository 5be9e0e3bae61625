"""The range sensor's word, asked only when the magnetometer is in doubt."""

import time

from micropython import const

from baysense.core import faults
from baysense.drivers.a02yyuw import A02YYUW, NEAREST_MM

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node

_WARM_UP_MS = const(300)  # first frame after power-on; the module answers within 100 ms once running [measured: no]
_READINGS = const(3)
_AGREE = const(2)
_READ_MS = const(300)
_VEHICLE_MM = const(1000)  # floors of cars and lorries are at 150–900 mm above the road, a canopy or tree is higher


def vehicle_above(node: "Node") -> bool | None:
    """Return whether something car-like is above, by two of three readings; None unless two agree."""
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
    near = sum(1 for mm in readings if mm is not None and NEAREST_MM < mm < _VEHICLE_MM)
    far = sum(1 for mm in readings if mm is not None and (mm == 0 or mm >= _VEHICLE_MM))  # 0: no echo
    if max(near, far) < _AGREE:
        node.fault(faults.RANGE_ABSENT)
        return None
    node.clear(faults.RANGE_ABSENT)
    return near >= _AGREE
