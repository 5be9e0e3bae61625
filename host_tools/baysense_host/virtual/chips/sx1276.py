"""SX1276 LoRa transceiver: registers, FIFO, modes, interrupts. Its FSK modem is only there to be left.

Semtech SX1276/77/78/79 datasheet rev. 4 to 7: table 7 (times), 4.1 (modem), 7.2 (reset), from memory; the
transmitter's start-up time 4.2.5.1.
"""

from baysense_host.virtual.air.emission import Reception, Tuning
from baysense_host.virtual.air.sensitivity import SX1276_DBM, noise_dbm
from baysense_host.virtual.chips import lora_modem
from baysense_host.virtual.chips import sx1276_registers as reg
from baysense_host.virtual.chips.chip import ChipContext, SpiChip
from baysense_host.virtual.chips.lora_modem import Frame, LoraModem
from baysense_host.virtual.chips.ring import Ring
from baysense_host.virtual.chips.sx1276_currents import current_ua

_POWER_ON_US, _RESET_US = 10_000, 5_000  # 7.2.1, 7.2.2
_OSCILLATOR_US, _SYNTHESIZER_US = 250, 60  # TS_OSC, TS_FS
_RECEIVER_US = 50  # TS_RE [assumed]
_CALIBRATION_US = 10_000
_LORA, _SHARED = 0x80, 0x40  # of OpMode
_WRONG_PIN_DB = 30.0  # what still gets out when the antenna is on the other amplifier's pin [assumed]
_RSSI_OFFSET_DB = 157  # 5.5.5, HF port
_DIO = {  # role -> place of its bits in DioMapping1, flags by their value
    "dio0": (6, (reg.IRQ_RX_DONE, reg.IRQ_TX_DONE, reg.IRQ_CAD_DONE, 0)),
    "dio1": (4, (reg.IRQ_RX_TIMEOUT, 0, reg.IRQ_CAD_DETECTED, 0)),
    "dio3": (0, (reg.IRQ_CAD_DONE, reg.IRQ_HEADER, reg.IRQ_CRC_ERROR, 0)),
}


class SX1276(SpiChip):
    """One radio. Wires: `nss`, `reset`, `dio0`, `dio1`, `dio3`.

    pa_boost: the antenna hangs on PA_BOOST, not on RFO. Faults to inject: `absent` (no answer, no line driven),
    `tcxo_fault` (no clock: what needs one never ends).
    """

    current_source = "datasheet table 6, from memory"

    def __init__(self, context: ChipContext, pa_boost: bool = True) -> None:
        super().__init__(context)
        self.absent = False
        self.tcxo_fault = False
        self._pa_boost = pa_boost
        self._modem = LoraModem(context, self, SX1276_DBM)
        self._in_reset = False
        self._ready_us = 0
        self._nss: int | None = None
        self._address: int | None = None  # of the transfer that is going on, with the write bit
        self._reset_registers()

    @property
    def mode(self) -> int:
        """Return the mode in OpMode."""
        return self.registers[reg.OP_MODE] & 7

    @property
    def lora(self) -> bool:
        """Whether the LoRa modem is chosen."""
        return bool(self.registers[reg.OP_MODE] & _LORA)

    def power(self, on: bool) -> None:
        """Switch the supply; it starts in FSK standby."""
        super().power(on)
        self._restart(_POWER_ON_US)
        if not on:
            for role in _DIO:
                self.context.drive(role, None)

    def pin(self, role: str, level: int | None) -> None:
        """Take reset and select."""
        if role == "reset" and (level == 0) != self._in_reset:
            self._in_reset = level == 0
            self._restart(_RESET_US)
        if role == "nss":
            if self._nss != 0 and level == 0:
                self._address = None
            self._nss = level

    def exchange(self, data: bytes) -> bytes:
        """Take bytes: an address with the write bit, then values; the address counts up except on the FIFO."""
        if not self.powered or self.absent or self._in_reset:
            return bytes(len(data))
        if self.context.now_us() < self._ready_us:
            self._misuse("access before the end of the reset")
            return bytes(len(data))
        return bytes(map(self._take, data))

    def _take(self, value: int) -> int:
        if self._address is None:
            self._address = value
            return 0
        register = self._address & 0x7F
        answer = 0
        if self._address & 0x80:
            self._write(register, value)
        else:
            answer = self._read(register)
        if register != reg.FIFO:
            self._address = self._address & 0x80 | (register + 1 & 0x7F)
        return answer

    def _restart(self, ready_us: int) -> None:
        self._ready_us = self.context.now_us() + ready_us
        self._modem.stop()
        self._reset_registers()
        if self.powered and not self.absent:
            self._show()
        self._draw()

    def _reset_registers(self) -> None:
        self.registers = reg.Registers()
        self._fsk = bytearray(reg.PAGE_END)
        for address, value in reg.FSK_RESET.items():
            self._fsk[address] = value
        self._fifo = Ring()
        self._flags = 0
        self._calibrated_us = 0

    # registers

    def _on_fsk_page(self, register: int) -> bool:
        return reg.SHARED_END <= register < reg.PAGE_END and self.registers[reg.OP_MODE] & (_LORA | _SHARED) != _LORA

    def _read(self, register: int) -> int:
        if register == reg.FIFO:
            return self._read_fifo() if self._fifo_open("read") else 0
        if self._on_fsk_page(register):
            running = register == reg.IMAGE_CAL and self.context.now_us() < self._calibrated_us
            return self._fsk[register] | (0x20 if running else 0)
        if register == reg.IRQ_FLAGS:
            return self._flags
        if register == reg.RSSI:
            return round(noise_dbm(self.registers.bw_khz or 125)) + _RSSI_OFFSET_DB
        return self.registers[register]

    def _read_fifo(self) -> int:
        value = self._fifo[self.registers[reg.FIFO_POINTER]]
        self._step()
        return value

    def _write(self, register: int, value: int) -> None:
        if register == reg.FIFO:
            if self._fifo_open("written"):
                self._fifo[self.registers[reg.FIFO_POINTER]] = value
                self._step()
        elif register == reg.OP_MODE:
            self._set_mode(value)
        elif self._on_fsk_page(register):
            self._write_fsk(register, value)
        elif register == reg.IRQ_FLAGS:
            self._flags &= ~value
            self._show()
        elif register not in reg.READ_ONLY:
            if register in reg.QUIET and self.mode not in (reg.SLEEP, reg.STDBY):
                self._misuse(f"register {register:#04x} written outside sleep and standby")
            self.registers[register] = value
            self._show()
            self._draw()

    def _write_fsk(self, register: int, value: int) -> None:
        self._fsk[register] = value & 0x9F if register == reg.IMAGE_CAL else value
        if register != reg.IMAGE_CAL or not value & 0x40:
            return
        if self.mode != reg.STDBY or self.lora:
            self._misuse("image calibration outside FSK standby")
        else:
            self._calibrated_us = 1 << 62 if self.tcxo_fault else self.context.now_us() + _CALIBRATION_US

    def _fifo_open(self, how: str) -> bool:
        if self.mode == reg.SLEEP or not self.lora:
            self._misuse(f"FIFO {how} " + ("in sleep" if self.lora else "with the FSK modem"))
            return False
        return True

    def _step(self) -> None:
        self.registers[reg.FIFO_POINTER] = self.registers[reg.FIFO_POINTER] + 1 & 0xFF

    # modes

    def _set_mode(self, value: int) -> None:
        before = self.registers[reg.OP_MODE]
        asleep = before & 7 == reg.SLEEP
        if (before ^ value) & _LORA and not asleep:
            self._misuse("LoRa bit changed outside sleep")
            value = value & ~_LORA | before & _LORA
        self._modem.stop()
        self.registers[reg.OP_MODE] = value
        start_us = _OSCILLATOR_US if asleep and self.mode != reg.SLEEP else 0
        if self.mode == reg.SLEEP:
            self._fifo = Ring()
            if not asleep:
                self.context.log("radio", state="sleep")
        elif self.mode == reg.TX or self.mode in reg.LISTENING:
            if before & 7 in (reg.SLEEP, reg.STDBY):
                start_us += _SYNTHESIZER_US
            self._begin(start_us)
        self._draw()

    def _begin(self, start_us: int) -> None:
        """Send or listen, unless something keeps the modem from it."""
        sending = self.mode == reg.TX
        mistakes = list(self.registers.mistakes(sending)) if self.lora else ["the FSK modem is not modelled"]
        if mistakes:
            self._misuse("; ".join(mistakes))
            self._stand_by()
            return
        for breach in self.registers.breaches(sending):
            self._misuse(breach)
        if self.tcxo_fault:
            return
        if sending:
            self._send(start_us + 5 + 5 * self.registers.ramp_us // 4)  # TS_TR: 5 µs + 1.25 PaRamp
        else:
            self._listen(start_us + _RECEIVER_US)

    def _send(self, start_us: int) -> None:
        registers = self.registers
        payload = self._fifo.take(registers[reg.FIFO_TX_BASE], registers[reg.LENGTH])
        power_dbm = registers.power_dbm
        if registers.boost != self._pa_boost:
            self._misuse("the antenna is on the other amplifier's pin")
            power_dbm -= _WRONG_PIN_DB
        frame = Frame(payload, power_dbm, registers.preamble, registers.crc, registers.cr)
        self._modem.send(start_us, registers.tuning(True), frame)

    def _listen(self, start_us: int) -> None:
        registers = self.registers
        tuning = registers.tuning(False)
        symbol_us = (1000 << tuning.sf) // tuning.bw_khz
        if self.mode == reg.CAD:
            # 4.1.6: one symbol of listening and less than one of computing
            self._modem.later(start_us + 2 * symbol_us, lambda: self._end_cad(tuning))
            return
        registers[reg.RX_BYTE_POINTER] = registers[reg.FIFO_RX_BASE]
        self._modem.receive(start_us, tuning, self.mode == reg.RX_CONTINUOUS)
        if self.mode == reg.RX_SINGLE:
            if registers.symbols < 4:
                self._misuse("4.1.5: symbol time-out below 4")
            self._modem.time_out(start_us + registers.symbols * symbol_us, True)

    def _end_cad(self, tuning: Tuning) -> None:
        found = self._modem.detects(tuning)
        self._stand_by()
        self._raise(reg.IRQ_CAD_DONE | (reg.IRQ_CAD_DETECTED if found else 0))

    def _stand_by(self) -> None:
        self.registers[reg.OP_MODE] = self.registers[reg.OP_MODE] & ~7 | reg.STDBY
        self._draw()

    def on_modem(self, event: str, reception: Reception | None) -> None:
        """Follow up what happened on the air."""
        if event == lora_modem.HEADER:
            self._raise(reg.IRQ_HEADER)
        elif event == lora_modem.SENT:
            self._stand_by()
            self._raise(reg.IRQ_TX_DONE)
        elif event == lora_modem.TIMEOUT:
            self._stand_by()
            self._raise(reg.IRQ_RX_TIMEOUT)
        elif reception is not None:
            self._receive(reception)

    def _receive(self, reception: Reception) -> None:
        registers, data = self.registers, reception.data
        if not self._modem.listening:
            self._stand_by()
        if len(data) > registers[reg.MAX_LENGTH]:
            return  # 4.1.5: filtered by its header
        begin = registers[reg.RX_BYTE_POINTER]
        self._fifo.put(begin, data)
        registers[reg.FIFO_RX_CURRENT] = begin
        registers[reg.RX_BYTE_POINTER] = begin + len(data) & 0xFF
        registers[reg.RX_BYTES] = len(data)
        registers[reg.HOP_CHANNEL] = 0x40 if reception.emission.crc else 0
        registers[reg.PACKET_SNR] = round(4 * reception.snr_db) & 0xFF
        registers[reg.PACKET_RSSI] = _packet_rssi(reception)
        spoilt = reception.damaged and reception.emission.crc
        self._raise(reg.IRQ_RX_DONE | (reg.IRQ_CRC_ERROR if spoilt else 0))

    def _raise(self, flags: int) -> None:
        self._flags |= flags & ~self.registers[reg.IRQ_MASK]
        self._show()

    def _show(self) -> None:
        mapping = self.registers[reg.DIO_MAPPING]
        for role, (shift, sources) in _DIO.items():
            self.context.drive(role, 1 if self._flags & sources[mapping >> shift & 3] else 0)

    def _misuse(self, what: str) -> None:
        self.context.log("radio_misuse", what=what)

    def _draw(self) -> None:
        on = self.powered and not self.absent
        self.context.draw(current_ua(self.mode, self.registers) if on else 0.0)


def _packet_rssi(reception: Reception) -> int:
    """Return RegPktRssiValue as 5.5.5 has it read: below the noise it shows the noise."""
    above = reception.signal_dbm + _RSSI_OFFSET_DB
    return max(0, round(above * 15 / 16 if reception.snr_db >= 0 else above - reception.snr_db))
