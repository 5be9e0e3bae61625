"""The weakest signal each kind of receiver still demodulates, and the noise it has to stand against."""

from math import log10

NOISE_FIGURE_DB = 6.0  # what the datasheets' sensitivities amount to
_THERMAL_DBM_PER_HZ = -174.0

Table = dict[int, float]  # spreading factor -> [dBm] at 125 kHz

# SX1276 datasheet table 10, RFS_L125_HF (from memory).
SX1276_DBM: Table = {6: -118.0, 7: -123.0, 8: -126.0, 9: -129.0, 10: -132.0, 11: -133.0, 12: -136.0}
# SX1261/2 datasheet table 3-9, boosted gain: SF7 -124, SF12 -137 (from memory); between by the SNR limits.
SX1262_DBM: Table = {5: -119.0, 6: -121.5, 7: -124.0, 8: -127.0, 9: -129.5, 10: -132.0, 11: -134.5, 12: -137.0}
# SX1301 datasheet with SX1257 front end (from memory): SF7 -126.5, SF12 -139.5.
SX1301_DBM: Table = {7: -126.5, 8: -129.0, 9: -131.5, 10: -134.0, 11: -136.5, 12: -139.5}


def sensitivity_dbm(table: Table, sf: int, bw_khz: int) -> float:
    """Return the weakest signal [dBm]; a wider band lets more noise in."""
    return table[sf] + 10 * log10(bw_khz / 125)


def noise_dbm(bw_khz: int) -> float:
    """Return the noise in a band [dBm]."""
    return _THERMAL_DBM_PER_HZ + 10 * log10(bw_khz * 1000) + NOISE_FIGURE_DB
