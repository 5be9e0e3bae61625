"""The range sensor's word, asked only when the magnetometer is in doubt, and whether its window is clear."""

from micropython import const

from baysense.core import confirm, faults
from baysense.core.state import OCCUPIED
from baysense.drivers.a02yyuw import A02YYUW

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node

_WARM_UP_MS = const(300)  # first frame after power-on; the module answers within 100 ms once running [measured: no]
_READINGS = const(5)
_BETWEEN_MS = const(200)  # five readings take 1.5 s: a person does not stand as still as a car for so long
_READ_MS = const(300)
_OURS = faults.RANGE_ABSENT | faults.RANGE_BLOCKED


def vehicle_above(node: "Node") -> bool | None:
    """Return whether a vehicle is above; None without a sensor, when its readings differ or its window is blocked.

    Costs some 25 mC: 1.8 s of the sensor's 8 mA, and five times 50 ms of the awake chip's 40 mA.
    """
    if not _in_use(node):
        return None
    word = _judged(node, _readings(node, _READINGS))
    return word == confirm.PRESENT if word in (confirm.PRESENT, confirm.ABSENT) else None


def check(node: "Node") -> bool | None:
    """Look unasked, at most once an hour: return whether a vehicle is above, None when nobody can tell.

    One reading is enough while it says what is believed. Costs some 6 mC then: 0.4 s of 8 mA and one frame's wait,
    0.15 C a day.
    """
    if not _in_use(node):
        node.clear(_OURS)
        return None
    believed = node.detector.held == OCCUPIED
    if not node.faults & _OURS:  # snow lets an echo through now and then
        word = confirm.ultrasonic(_readings(node, 1))
        if word == (confirm.PRESENT if believed else confirm.ABSENT):
            return believed
    return vehicle_above(node)


def _in_use(node: "Node") -> bool:
    return node.board.RANGE is not None and bool(node.recall.confirm_range)


def _readings(node: "Node", count: int) -> list[int | None]:
    """Return so many readings [mm], 0 = no echo, None = no valid frame."""
    board = node.board
    board.range_power(True)
    try:
        node.pause(_WARM_UP_MS)
        sensor = A02YYUW(board.range_uart())
        readings = [sensor.read_mm(_READ_MS)]
        while len(readings) < count:
            node.pause(_BETWEEN_MS)
            readings.append(sensor.read_mm(_READ_MS))
    finally:
        board.range_power(False)
    return readings


def _judged(node: "Node", readings_mm: list[int | None]) -> int:
    """Return what the readings say; note or take back the faults they tell of."""
    word = confirm.ultrasonic(readings_mm)
    silent = readings_mm.count(None)
    _note(node, faults.RANGE_ABSENT, 2 * silent > len(readings_mm))
    if word != confirm.UNSURE:
        _note(node, faults.RANGE_BLOCKED, word == confirm.BLOCKED)
    return word


def _note(node: "Node", mask: int, there: bool) -> None:
    if there:
        node.fault(mask)
    else:
        node.clear(mask)
