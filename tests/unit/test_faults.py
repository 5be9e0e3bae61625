"""Fault codes."""

from baysense.core import faults
from baysense.core.fault_table import FAULTS


def test_every_fault_has_a_bit_and_a_name_of_its_own() -> None:
    assert len({bit for _, bit, _ in FAULTS}) == len({name for name, _, _ in FAULTS}) == len(FAULTS)
    for name, bit, text in FAULTS:
        assert getattr(faults, name.upper()) == bit and bit & (bit - 1) == 0 and text
        assert bit < 1 << 30  # a small integer on a 32-bit chip


def test_names_of_a_mask() -> None:
    assert faults.names(0) == []
    assert faults.names(faults.PIN_STUCK | faults.SENSOR_ABSENT) == ["sensor_absent", "pin_stuck"]
