"""Fault codes."""

from baysense.core import faults


def test_every_fault_has_a_bit_and_a_name_of_its_own() -> None:
    names = faults.names((1 << 30) - 1)  # all small integers on a 32-bit chip
    bits = [getattr(faults, name.upper()) for name in names]
    assert bits == [1 << number for number in range(len(names))]
    assert "tls_refused" in names and "incidents" not in names


def test_names_of_a_mask() -> None:
    assert faults.names(0) == []
    assert faults.names(faults.PIN_STUCK | faults.SENSOR_ABSENT) == ["sensor_absent", "pin_stuck"]
