"""Registers of the SX1276 with their reset values, and what the settings in them mean.

Semtech SX1276/77/78/79 datasheet rev. 4 to 7, table 41 and 6.4, from memory; the errata by their number in the errata
note, as LoRaMac-node's sx1276.c heeds them.
"""

from collections.abc import Iterator

from baysense_host.virtual.air.airtime import low_data_rate
from baysense_host.virtual.air.emission import Tuning

FIFO, OP_MODE, FRF, PA_CONFIG, PA_RAMP, LNA = 0x00, 0x01, 0x06, 0x09, 0x0A, 0x0C
FIFO_POINTER, FIFO_TX_BASE, FIFO_RX_BASE, FIFO_RX_CURRENT = 0x0D, 0x0E, 0x0F, 0x10
IRQ_MASK, IRQ_FLAGS, RX_BYTES, PACKET_SNR, PACKET_RSSI, RSSI, HOP_CHANNEL = 0x11, 0x12, 0x13, 0x19, 0x1A, 0x1B, 0x1C
MODEM_1, MODEM_2, SYMBOL_TIMEOUT, PREAMBLE, LENGTH, MAX_LENGTH = 0x1D, 0x1E, 0x1F, 0x20, 0x22, 0x23
RX_BYTE_POINTER, MODEM_3, DETECT_OPTIMIZE, INVERT_IQ, HIGH_BW_1 = 0x25, 0x26, 0x31, 0x33, 0x36
DETECTION_THRESHOLD, SYNC_WORD, HIGH_BW_2, INVERT_IQ_2 = 0x37, 0x39, 0x3A, 0x3B
DIO_MAPPING, VERSION, PA_DAC = 0x40, 0x42, 0x4D
IMAGE_CAL = 0x3B  # on the FSK page

SLEEP, STDBY, FS_TX, TX, FS_RX, RX_CONTINUOUS, RX_SINGLE, CAD = range(8)
LISTENING = (RX_CONTINUOUS, RX_SINGLE, CAD)
IRQ_RX_TIMEOUT, IRQ_RX_DONE, IRQ_CRC_ERROR, IRQ_HEADER = 0x80, 0x40, 0x20, 0x10
IRQ_TX_DONE, IRQ_CAD_DONE, IRQ_CAD_DETECTED = 0x08, 0x04, 0x01

SHARED_END = 0x0D  # the FSK and the LoRa page differ from here to 0x3F
PAGE_END = 0x40
RESET = {
    OP_MODE: 0x09, FRF: 0x6C, FRF + 1: 0x80, PA_CONFIG: 0x4F, PA_RAMP: 0x09, 0x0B: 0x2B, LNA: 0x20,
    FIFO_TX_BASE: 0x80, MODEM_1: 0x72, MODEM_2: 0x70, SYMBOL_TIMEOUT: 0x64, PREAMBLE + 1: 0x08, LENGTH: 0x01,
    MAX_LENGTH: 0xFF, 0x2F: 0x20, DETECT_OPTIMIZE: 0xC3, INVERT_IQ: 0x27, HIGH_BW_1: 0x03,
    DETECTION_THRESHOLD: 0x0A, SYNC_WORD: 0x12, HIGH_BW_2: 0x65, INVERT_IQ_2: 0x1D, VERSION: 0x12, 0x4B: 0x09,
    PA_DAC: 0x84,
}  # fmt: skip
FSK_RESET = {IMAGE_CAL: 0x02}
READ_ONLY = frozenset((FIFO_RX_CURRENT, *range(RX_BYTES, MODEM_1), RX_BYTE_POINTER, 0x28, 0x29, 0x2A, 0x2C, VERSION))
# 4.1.4: to be changed in sleep or standby only.
QUIET = frozenset((
    MODEM_1, MODEM_2, SYMBOL_TIMEOUT, PREAMBLE, PREAMBLE + 1, LENGTH, MODEM_3, DETECT_OPTIMIZE, INVERT_IQ, SYNC_WORD,
    INVERT_IQ_2, PA_CONFIG, PA_DAC,
))  # fmt: skip

_STEP_HZ = 32_000_000 / (1 << 19)  # 61.035 Hz
_BANDWIDTHS_KHZ = {7: 125, 8: 250, 9: 500}
_RAMP_US = (3400, 2000, 1000, 500, 250, 125, 100, 62, 50, 40, 31, 25, 20, 15, 12, 10)  # RegPaRamp


class Registers(bytearray):
    """The registers outside the FSK page, and what they say."""

    def __init__(self) -> None:
        super().__init__(0x80)
        for address, value in RESET.items():
            self[address] = value

    @property
    def sf(self) -> int:
        """Return the spreading factor."""
        return self[MODEM_2] >> 4

    @property
    def bw_khz(self) -> int:
        """Return the bandwidth [kHz], 0 for one that LoRaWAN does not use."""
        return _BANDWIDTHS_KHZ.get(self[MODEM_1] >> 4, 0)

    @property
    def cr(self) -> int:
        """Return the coding rate, 1 for 4/5."""
        return self[MODEM_1] >> 1 & 7

    @property
    def preamble(self) -> int:
        """Return the length of the preamble in symbols."""
        return self[PREAMBLE] << 8 | self[PREAMBLE + 1]

    @property
    def symbols(self) -> int:
        """Return the symbol time-out of a single reception."""
        return (self[MODEM_2] & 3) << 8 | self[SYMBOL_TIMEOUT]

    @property
    def crc(self) -> bool:
        """Return whether a CRC is added to a frame."""
        return bool(self[MODEM_2] & 0x04)

    @property
    def ramp_us(self) -> int:
        """Return how long the amplifier rises [µs]."""
        return _RAMP_US[self[PA_RAMP] & 0x0F]

    @property
    def boost(self) -> bool:
        """Return whether the amplifier on PA_BOOST is chosen, not the one on RFO."""
        return bool(self[PA_CONFIG] & 0x80)

    @property
    def power_dbm(self) -> float:
        """Return the power at the pin [dBm], 3.4.2 and 3.4.3."""
        output = self[PA_CONFIG] & 0x0F
        if self.boost:
            return output + (5 if self[PA_DAC] & 7 == 7 else 2)
        return 10.8 + 0.6 * (self[PA_CONFIG] >> 4 & 7) - 15 + output

    def tuning(self, sending: bool) -> Tuning:
        """Return what the modem is tuned to; bit 0 of InvertIQ, for sending, means the opposite of its name."""
        steps = int.from_bytes(self[FRF : FRF + 3], "big")
        inverted = not self[INVERT_IQ] & 0x01 if sending else bool(self[INVERT_IQ] & 0x40)
        return Tuning(round(steps * _STEP_HZ), self.sf, self.bw_khz, inverted, self[SYNC_WORD])

    def mistakes(self, sending: bool) -> Iterator[str]:
        """Name what keeps the modem from working."""
        if not 7 <= self.sf <= 12:
            yield f"spreading factor {self.sf} is not modelled"
        if not self.bw_khz:
            yield f"bandwidth code {self[MODEM_1] >> 4} is not modelled"
        if self[MODEM_1] & 1:
            yield "implicit header is not modelled"
        if sending and not self[LENGTH]:
            yield "payload length 0"

    def breaches(self, sending: bool) -> Iterator[str]:
        """Name what the chip puts up with, to its cost."""
        if bool(self[MODEM_3] & 0x08) != low_data_rate(self.sf, self.bw_khz):
            yield "4.1.1.6: low data rate optimisation"
        if self[DETECTION_THRESHOLD] != 0x0A or self[DETECT_OPTIMIZE] & 7 != 3:
            yield "4.1.1.2: detection set for SF6"
        if (self[INVERT_IQ_2] == 0x19) != self.tuning(sending).inverted_iq:
            yield "InvertIQ2 with this IQ"
        if not sending and bool(self[DETECT_OPTIMIZE] & 0x80) != (self.bw_khz == 500):
            yield "errata 2.3: spurious reception, bit 7 of DetectOptimize"
        wanted = (0x02, 0x64) if self.bw_khz == 500 else (0x03,)
        if (self[HIGH_BW_1], self[HIGH_BW_2])[: len(wanted)] != wanted:
            yield "errata 2.1: sensitivity with 500 kHz"
        if sending and self.boost and self[PA_DAC] & 7 not in (4, 7):
            yield "3.4.3: RegPaDac"
