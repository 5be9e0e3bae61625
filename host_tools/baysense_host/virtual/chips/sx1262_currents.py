"""Supply currents of the SX1262: DS.SX1261-2.W.APP rev. 1.2, tables 3-2 to 3-5, from memory."""

from baysense_host.virtual.chips import sx1262_commands as op
from baysense_host.virtual.chips.sx1262_config import Config

SLEEP_COLD_UA = 0.16
SLEEP_WARM_UA = 0.6
STDBY_RC_UA = 600.0
STDBY_XOSC_UA = 800.0
FLOATING_UA = 1600.0  # NSS floating while asleep: measured, beegee-tokyo/SX126x-Arduino issue 13
_FS_UA = {True: 2100.0, False: 3550.0}  # with DC-DC, with LDO
_RX_UA = {(True, False): 4600.0, (True, True): 5300.0, (False, False): 8000.0, (False, True): 9300.0}  # DC-DC, boost
# 868 MHz: what the amplifier's setting gives [dBm] -> current at the setting of 22 dBm
_TX_UA = {22: 118_000.0, 20: 84_000.0, 17: 58_000.0, 14: 45_000.0}
_TX_UA_PER_DB = 0.93  # each dB below takes 7 % less [assumed]


def current_ua(mode: int, config: Config) -> float:
    """Return the supply current in a mode other than sleep [µA]."""
    if mode == op.TX:
        return float(_TX_UA[config.most_dbm] * _TX_UA_PER_DB ** (22 - config.power))
    if mode in (op.RX, op.CAD):
        return _RX_UA[config.dcdc, config.boosted]
    return {op.STDBY_RC: STDBY_RC_UA, op.STDBY_XOSC: STDBY_XOSC_UA, op.FS: _FS_UA[config.dcdc]}[mode]
