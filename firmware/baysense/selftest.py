"""Test the node's own parts; each result carries its value and limits, so that a person can judge it."""

import os
from array import array

from micropython import const

from baysense.core import faults
from baysense.magnetometer import open_sensor

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node

_SAMPLES = const(20)
_NOISE_LIMIT_NT = const(3000)  # peak to peak on a bench; IIS2MDC has 0.3 µT rms, a drill or a phone far more
_FIELD_LOW_NT, _FIELD_HIGH_NT = 15_000, 120_000  # Earth has 22–67 µT, iron nearby halves or doubles it
_BATTERY_HIGH_MV = const(4300)  # Li-ion is charged up to 4.2 V
_FREE_BYTES = const(65_536)


def run(node: "Node") -> dict:
    """Return {part: {"ok", "value", "low", "high", "unit"}} and "ok" over all of them."""
    results: dict = {}
    _magnetometer(node, results)
    _battery(node, results)
    _range(node, results)
    _flash(node, results)
    return {"ok": all(result["ok"] for result in results.values()), "parts": results}


def _magnetometer(node: "Node", results: dict) -> None:
    sensor = node.attendant.sensor if node.attendant is not None else open_sensor(node)
    if sensor is None:
        results["magnetometer"] = {"ok": False, "value": None, "low": None, "high": None, "unit": ""}
        return
    least = array("i", (1 << 29, 1 << 29, 1 << 29, 0))
    most = array("i", (-(1 << 29), -(1 << 29), -(1 << 29), 0))
    reading = array("i", (0, 0, 0, 0))
    for _ in range(_SAMPLES):
        if sensor.read_into(reading):
            for axis in range(3):
                least[axis] = min(least[axis], reading[axis])
                most[axis] = max(most[axis], reading[axis])
        node.pause(sensor.period_ms)
    squares = sum((reading[axis] // 10) ** 2 for axis in range(3))
    results["field"] = _limited(int(squares**0.5) * 10, _FIELD_LOW_NT, _FIELD_HIGH_NT, "nT")
    noise_nt = max(most[axis] - least[axis] for axis in range(3))
    results["noise"] = _limited(noise_nt, 1, _NOISE_LIMIT_NT, "nT")


def _battery(node: "Node", results: dict) -> None:
    if node.board.POWER == "battery":
        results["battery"] = _limited(node.board.battery_mv(), node.board.CUTOFF_MV, _BATTERY_HIGH_MV, "mV")


def _range(node: "Node", results: dict) -> None:
    if node.board.RANGE is not None and node.recall.confirm_range:
        from baysense import ranging

        ranging.vehicle_above(node)  # that it cannot tell, because somebody bends over it, is no fault
        sound = not node.faults & (faults.RANGE_ABSENT | faults.RANGE_BLOCKED)
        results["range"] = {"ok": sound, "value": int(sound), "low": 1, "high": 1, "unit": ""}


def _flash(node: "Node", results: dict) -> None:
    status = os.statvfs("/")
    results["flash"] = _limited(status[0] * status[3], _FREE_BYTES, None, "B")


def _limited(value: int, low: int, high: int | None, unit: str) -> dict:
    ok = value >= low and (high is None or value <= high)
    return {"ok": ok, "value": value, "low": low, "high": high, "unit": unit}
