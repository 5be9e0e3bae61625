"""What an SX1262 has been told: settings by command, registers with their reset values, and the errata to heed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from baysense_host.virtual.air.airtime import low_data_rate
from baysense_host.virtual.air.emission import Tuning
from baysense_host.virtual.chips import sx1262_commands as op

SYMBOL_TIMEOUT, IQ_POLARITY, SYNC_WORD, TX_MODULATION = 0x0706, 0x0736, 0x0740, 0x0889
RX_GAIN, TX_CLAMP, OCP, RTC_CONTROL, EVENT_MASK = 0x08AC, 0x08D8, 0x08E7, 0x0902, 0x0944
RETAINED = 0x029F  # how many registers survive a warm sleep beyond the settings, then their addresses; 9.6
BOOSTED_GAIN = 0x96
# Register map 12.1, from memory but for the sync word; every other register reads 0.
_RESET = {
    IQ_POLARITY: 0x0D, SYNC_WORD: 0x14, SYNC_WORD + 1: 0x24, TX_MODULATION: 0x01, RX_GAIN: 0x94, TX_CLAMP: 0xC8,
    OCP: 0x18, 0x0911: 0x05, 0x0912: 0x05,
}  # fmt: skip
DEFAULT_IMAGE = (0xE1, 0xE9)  # 902-928 MHz after a reset, 9.2.1
_XTAL_HZ = 32_000_000
_OCP_SX1262 = 0x38  # 140 mA, set by SetPaConfig, 5.1.3
_FALLBACKS = {0x20: op.STDBY_RC, 0x30: op.STDBY_XOSC, 0x40: op.FS}  # table 13-23
_SWITCHES = {
    op.STOP_TIMER_ON_PREAMBLE: "stop_on_preamble", op.SET_REGULATOR: "dcdc", op.SET_DIO2_SWITCH: "dio2_switch",
}  # fmt: skip
_INDISPENSABLE = (op.SET_FREQUENCY, op.SET_MODULATION, op.SET_PACKET)


@dataclass
class Config:
    """All of it; a cold start begins with a new one."""

    lora: bool = False
    freq_hz: int = 0
    sf: int = 0
    bw_khz: int = 0
    cr: int = 1
    ldro: bool = False
    preamble: int = 0
    implicit: bool = False
    length: int = 0
    crc: bool = False
    inverted_iq: bool = False
    pa: bytes = bytes(4)  # duty cycle, hpMax, device, LUT
    power: int = 0  # as in SetTxParams
    base_tx: int = 0
    base_rx: int = 0
    irq_mask: int = 0
    dio1_mask: int = 0
    fallback: int = op.STDBY_RC
    dcdc: bool = False
    dio2_switch: bool = False
    tcxo_mv: int | None = None
    tcxo_us: int = 0
    symbols: int = 0  # symbol time-out, 0 = none
    stop_on_preamble: bool = False
    cad_symbols: int = 1
    image: tuple[int, int] = DEFAULT_IMAGE  # the band that the image is calibrated for, in steps of 4 MHz
    told: set[int] = field(default_factory=set)  # opcodes taken since the packet type was chosen
    registers: dict[int, int] = field(default_factory=lambda: dict(_RESET))

    @property
    def tuning(self) -> Tuning:
        """Return what the modem is tuned to; the sync word's four nibbles hold those of the SX127x in two."""
        high, low = self.registers[SYNC_WORD], self.registers[SYNC_WORD + 1]
        return Tuning(self.freq_hz, self.sf, self.bw_khz, self.inverted_iq, high & 0xF0 | low >> 4)

    @property
    def most_dbm(self) -> int:
        """Return what the amplifier gives at the setting of 22 dBm (13.1.14.1, table 13-21, from memory)."""
        return {(4, 7): 22, (3, 5): 20, (2, 3): 17, (2, 2): 14}.get((self.pa[0], self.pa[1]), 14)

    @property
    def power_dbm(self) -> int:
        """Return the power at the antenna [dBm]."""
        return self.power - 22 + self.most_dbm

    @property
    def boosted(self) -> bool:
        """Tell whether the receiver's gain is the boosted one."""
        return self.registers[RX_GAIN] == BOOSTED_GAIN

    def keep_warm(self) -> None:
        """Lose what a sleep with warm start loses: the receiver's gain, unless it is on the list."""
        kept = [self.registers.get(RETAINED + 1 + 2 * i, 0) << 8 | self.registers.get(RETAINED + 2 + 2 * i, 0)
                for i in range(self.registers.get(RETAINED, 0))]  # fmt: skip
        if RX_GAIN not in kept:
            self.registers[RX_GAIN] = _RESET[RX_GAIN]

    def write_register(self, address: int, value: int) -> None:
        """Write one register."""
        self.registers[address] = value
        if address == SYMBOL_TIMEOUT:  # mantissa and exponent: LoRaMac-node's SX126xSetLoRaSymbNumTimeout
            self.symbols = (value >> 3) << (2 * (value & 7) + 1)

    def apply(self, code: int, data: bytes) -> str:
        """Take a command that only sets something; return what is wrong with it."""
        setters: dict[int, Callable[[bytes], str]] = {
            op.SET_PACKET_TYPE: self._set_packet_type, op.SET_FREQUENCY: self._set_frequency,
            op.SET_MODULATION: self._set_modulation, op.SET_PACKET: self._set_packet,
            op.SET_PA_CONFIG: self._set_amplifier, op.SET_TX_PARAMS: self._set_power,
            op.SET_SYMBOL_TIMEOUT: self._set_symbols, op.SET_FALLBACK_MODE: self._set_fallback,
            op.SET_CAD_PARAMS: self._set_cad, op.SET_DIO3_TCXO: self._set_tcxo, op.SET_DIO_IRQ: self._set_irq,
            op.SET_BUFFER_BASE: self._set_base,
        }  # fmt: skip
        if code in setters:
            return setters[code](data)
        if code in _SWITCHES:
            setattr(self, _SWITCHES[code], bool(data[0]))
        return ""

    def _set_packet_type(self, data: bytes) -> str:
        """Choose the modem; what is set for a modem has to follow (13.4.2)."""
        self.lora = data[0] == 1
        self.told &= {op.SET_FREQUENCY, op.SET_PA_CONFIG, op.SET_TX_PARAMS}
        return ""

    def _set_frequency(self, data: bytes) -> str:
        self.freq_hz = round(int.from_bytes(data[:4], "big") * _XTAL_HZ / (1 << 25))  # 13.4.1
        return ""

    def _set_modulation(self, data: bytes) -> str:
        if not self.lora:
            return "modulation before the packet type"
        if not 5 <= data[0] <= 12 or data[1] not in op.BANDWIDTHS_KHZ or not 1 <= data[2] <= 4:
            return "modulation parameters out of range"
        self.sf, self.bw_khz, self.cr, self.ldro = data[0], op.BANDWIDTHS_KHZ[data[1]], data[2], bool(data[3])
        return ""

    def _set_packet(self, data: bytes) -> str:
        if not self.lora:
            return "packet parameters before the packet type"
        self.preamble, self.implicit, self.length = data[0] << 8 | data[1], bool(data[2]), data[3]
        self.crc, self.inverted_iq = bool(data[4]), bool(data[5])
        return ""

    def _set_amplifier(self, data: bytes) -> str:
        if data[2]:
            return "SetPaConfig for an SX1261"
        self.pa = bytes(data[:4])
        self.registers[OCP] = _OCP_SX1262
        return ""

    def _set_power(self, data: bytes) -> str:
        power = data[0] - 256 if data[0] > 127 else data[0]
        if not -9 <= power <= 22 or data[1] > 7:
            return "SetTxParams out of range"
        self.power = power
        return ""

    def _set_symbols(self, data: bytes) -> str:
        """Take SetLoRaSymbNumTimeout, 13.4.9: the modem keeps a mantissa of five bits, rounded up."""
        mantissa, exponent = (min(data[0], 248) + 1) >> 1, 0
        while mantissa > 31:
            mantissa, exponent = (mantissa + 3) >> 2, exponent + 1
        self.write_register(SYMBOL_TIMEOUT, mantissa << 3 | exponent)
        return ""

    def _set_fallback(self, data: bytes) -> str:
        self.fallback = _FALLBACKS.get(data[0], self.fallback)
        return "" if data[0] in _FALLBACKS else "fallback mode out of range"

    def _set_cad(self, data: bytes) -> str:
        self.cad_symbols = 1 << min(data[0], 4)
        return "CAD that goes on into RX or TX is not modelled" if data[3] else ""

    def _set_tcxo(self, data: bytes) -> str:
        self.tcxo_mv = op.TCXO_MV[data[0] & 7]
        self.tcxo_us = round(int.from_bytes(data[1:4], "big") * op.TIMER_STEP_US)
        return ""

    def _set_irq(self, data: bytes) -> str:
        self.irq_mask, self.dio1_mask = data[0] << 8 | data[1], data[2] << 8 | data[3]
        return ""

    def _set_base(self, data: bytes) -> str:
        self.base_tx, self.base_rx = data[0], data[1]
        return ""

    def mistakes(self, sending: bool) -> Iterator[str]:
        """Name what keeps the modem from working."""
        if not self.lora:
            yield "packet type is not LoRa"
        needed = (*_INDISPENSABLE, op.SET_PA_CONFIG, op.SET_TX_PARAMS) if sending else _INDISPENSABLE
        yield from (
            f"command {code:#04x} was not given since the packet type" for code in needed if code not in self.told
        )
        if self.implicit:
            yield "implicit header is not modelled"
        if sending and not self.length:
            yield "payload length 0"

    def breaches(self, sending: bool) -> Iterator[str]:
        """Name the errata of chapter 15 that were not heeded, and a low data rate optimisation set wrongly."""
        registers = self.registers
        if self.sf and self.bw_khz and self.ldro != low_data_rate(self.sf, self.bw_khz):
            yield "6.1.1.4: low data rate optimisation"
        if bool(registers[IQ_POLARITY] & 0x04) == self.inverted_iq:
            yield "15.4: bit 2 of 0x0736 with this IQ"
        if not sending and not self.image[0] <= self.freq_hz / 4e6 <= self.image[1]:
            yield "9.2.1: image not calibrated for this band"
        if sending and bool(registers[TX_MODULATION] & 0x04) == (self.bw_khz == 500):
            yield "15.1: bit 2 of 0x0889 with this bandwidth"
        if sending and registers[TX_CLAMP] & 0x1E != 0x1E:
            yield "15.2: antenna mismatch, 0x08D8"
