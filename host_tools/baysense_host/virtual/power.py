"""The battery of a virtual board: its voltage follows the charge that the ledger has taken."""

from typing import Any

from baysense_host.virtual.board import VirtualBoard

_UPDATE_US = 600_000_000  # slow enough to cost nothing, fast against any battery
# Open-circuit voltage of a Li-ion cell by remaining charge [%, mV]: typical 18650 discharge curve, 0.2 C.
_LI_ION_MV = ((0, 3000), (5, 3450), (10, 3550), (25, 3650), (50, 3750), (75, 3950), (100, 4180))
SELF_DISCHARGE_PER_YEAR = 0.03  # Li-ion at 20 °C, some 2–3 % a month only when full and warm [assumed]


class Battery:
    """Set the cell's voltage now and then."""

    def __init__(self, board: VirtualBoard, capacity_mah: int) -> None:
        self._board = board
        self._capacity_mc = capacity_mah * 3600.0
        self._chip: Any = board.wiring.chips["battery"]
        self._update()

    def _update(self) -> None:
        low_mc, high_mc = self._board.ledger.total_mc()
        left = max(0.0, 1.0 - (low_mc + high_mc) / 2 / self._capacity_mc)
        self._chip.mv = cell_mv(100.0 * left)
        self._board.clock.after(_UPDATE_US, self._update)


def cell_mv(percent: float) -> int:
    """Return a Li-ion cell's open-circuit voltage at a remaining charge [%] as [mV]."""
    for (low, low_mv), (high, high_mv) in zip(_LI_ION_MV, _LI_ION_MV[1:], strict=False):
        if percent <= high:
            return round(low_mv + (high_mv - low_mv) * (percent - low) / (high - low))
    return _LI_ION_MV[-1][1]


def life_years(capacity_mah: int, average_ua: float) -> float:
    """Return how long a cell lasts at an average current [µA], self-discharge included."""
    per_year_mah = average_ua / 1000 * 24 * 365.25
    return capacity_mah / (per_year_mah + capacity_mah * SELF_DISCHARGE_PER_YEAR)
