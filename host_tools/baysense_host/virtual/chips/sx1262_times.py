"""How long an SX1262 stays busy: DS.SX1261-2.W.APP rev. 1.2 table 8-1, from memory. From the rise of NSS [µs]."""

from baysense_host.virtual.chips import sx1262_commands as op

COLD_START_US, WARM_START_US = 3_500, 340  # to standby
COMMAND_US = 30  # a command that changes no mode (lorawan.md §6)
TO_RC_US, TO_XOSC_US = 20, 31
CALIBRATE_US = 3_500  # all blocks, 9.2; image calibration alone taken as long
# By the mode it comes from. The preamble begins, and the receiver listens, when BUSY falls.
TO_FS_US = {op.STDBY_RC: 50, op.STDBY_XOSC: 40}
TO_TX_US = {op.STDBY_RC: 126, op.STDBY_XOSC: 105, op.FS: 76, op.RX: 92, op.TX: 76, op.CAD: 92}
TO_RX_US = {op.STDBY_RC: 83, op.STDBY_XOSC: 62, op.FS: 41, op.RX: 41, op.TX: 60, op.CAD: 41}
