"""Fault codes: one bit each, so that a mask travels in every message. Bits are never reused.

Names and meanings stand in `fault_table`.
"""

SENSOR_ABSENT = 1 << 0
SENSOR_RESET = 1 << 1
SENSOR_STUCK = 1 << 2
SENSOR_SATURATED = 1 << 3
PIN_STUCK = 1 << 4
BATTERY_LOW = 1 << 5
BATTERY_CUTOFF = 1 << 6
STORAGE_CORRUPT = 1 << 7
IDENTITY_RESTORED = 1 << 8
CLOCK_UNCERTAIN = 1 << 9
WAKE_STORM = 1 << 10
UPLINK_FAILED = 1 << 11
WIFI_NO_NETWORK = 1 << 12
WIFI_PASSWORD = 1 << 13
BROWN_OUT = 1 << 14
WATCHDOG = 1 << 15
RANGE_ABSENT = 1 << 16
CONFIG_INVALID = 1 << 17
JOURNAL_OVERFLOW = 1 << 18

# Incidents: kept until a health message told of them. The others are taken back when what they tell of is looked at
# and found well.
INCIDENTS = SENSOR_RESET | STORAGE_CORRUPT | CLOCK_UNCERTAIN | UPLINK_FAILED | WIFI_NO_NETWORK | WIFI_PASSWORD
INCIDENTS |= BROWN_OUT | WATCHDOG | JOURNAL_OVERFLOW


def names(mask: int) -> list[str]:
    """Return the code names of all bits set in the mask."""
    from baysense.core.fault_table import FAULTS

    return [name for name, bit, _ in FAULTS if mask & bit]
