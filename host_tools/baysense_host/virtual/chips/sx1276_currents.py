"""Supply currents of the SX1276: datasheet table 6, from memory."""

from baysense_host.virtual.chips import sx1276_registers as reg

_SLEEP_UA, _STDBY_UA, _FS_UA = 0.2, 1600.0, 5800.0
_RX_UA = {False: 10_800.0, True: 11_500.0}  # LnaBoost
_BOOST_UA = {20.0: 120_000.0, 17.0: 87_000.0}
_BOOST_UA_PER_DB = 2800.0  # less for each dB below 17 [assumed]
_RFO_UA, _RFO_UA_PER_DB = 29_000.0, 1500.0  # at 13 dBm; 20 mA at 7 dBm


def current_ua(mode: int, registers: reg.Registers) -> float:
    """Return the supply current in a mode [µA]."""
    if mode == reg.TX:
        power_dbm = registers.power_dbm
        if not registers.boost:
            return _RFO_UA - _RFO_UA_PER_DB * (13.0 - power_dbm)
        return _BOOST_UA.get(power_dbm, _BOOST_UA[17.0] - _BOOST_UA_PER_DB * (17.0 - power_dbm))
    if mode in reg.LISTENING:
        return _RX_UA[registers[reg.LNA] & 3 == 3]
    return {reg.SLEEP: _SLEEP_UA, reg.STDBY: _STDBY_UA}.get(mode, _FS_UA)
