"""How an SX1262 tells the levels of a frame: GetPacketStatus, DS.SX1261-2.W.APP rev. 1.2, 13.5.3."""

from baysense_host.virtual.air.emission import Reception
from baysense_host.virtual.air.sensitivity import noise_dbm


def packet_status(reception: Reception) -> bytes:
    """Return RssiPkt, in which the noise is, too, SnrPkt and SignalRssiPkt."""
    with_noise_dbm = max(reception.signal_dbm, noise_dbm(reception.emission.bw_khz))
    return bytes((_half_db(with_noise_dbm), round(4 * reception.snr_db) & 0xFF, _half_db(reception.signal_dbm)))


def _half_db(dbm: float) -> int:
    """Return a level as it counts them: -dBm in steps of 0.5 dB."""
    return min(255, max(0, round(-2 * dbm)))
