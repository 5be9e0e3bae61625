"""The inside of an SX1262: its modes, what each command does, interrupts, oscillator and buffer.

What the datasheet forbids is refused as the chip would and told to `misuse`.
"""

from collections.abc import Callable

from baysense_host.virtual.air.emission import Reception, Tuning
from baysense_host.virtual.air.sensitivity import SX1262_DBM, noise_dbm
from baysense_host.virtual.chips import lora_modem, sx1262_currents
from baysense_host.virtual.chips import sx1262_commands as op
from baysense_host.virtual.chips import sx1262_times as times
from baysense_host.virtual.chips.chip import ChipContext
from baysense_host.virtual.chips.lora_modem import Frame, LoraModem
from baysense_host.virtual.chips.ring import Ring
from baysense_host.virtual.chips.sx1262_clock import ReferenceClock
from baysense_host.virtual.chips.sx1262_config import DEFAULT_IMAGE, Config
from baysense_host.virtual.chips.sx1262_packet import packet_status

_NEEDS_CLOCK = 0x7C  # of Calibrate's mask: PLL, ADC, image
_CONTINUOUS = 0xFFFFFF
_OK = 1


class Transceiver:
    """One radio behind its SPI interface."""

    def __init__(
        self, context: ChipContext, misuse: Callable[[str], None], tcxo_mv: int | None, switch: bool
    ) -> None:
        self.clock = ReferenceClock(tcxo_mv)
        self.changed: Callable[[], None] = lambda: None  # the supply current may be another one
        self._context = context
        self._misuse = misuse
        self._has_switch = switch
        self._modem = LoraModem(context, self, SX1262_DBM)
        self._acts: dict[int, Callable[[bytes], int]] = self._by_opcode()
        self.cold_start()

    # states from outside

    def cold_start(self) -> None:
        """Begin with nothing set; a TCXO has no supply yet, so the start-up calibration fails (13.3.6)."""
        self.config = Config()
        self.errors = op.ERROR_XOSC_START if self.clock.needs_supply else 0
        self._begin()

    def warm_start(self) -> None:
        """Come back from a sleep with warm start."""
        self.config.keep_warm()
        self._begin()

    def stop(self) -> None:
        """End everything: sleep, reset, or no supply."""
        self._modem.stop()
        self._irq = 0
        self._show_irq()

    def _begin(self) -> None:
        self._modem.stop()
        self.mode = op.STDBY_RC
        self.result = 0  # command status
        self._irq = 0
        self._buffer = Ring()  # lost even in a warm sleep, 13.1.1
        self._received = (0, 0)
        self._packet = bytes(3)
        self._show_irq()

    @property
    def current_ua(self) -> float:
        """Return the supply current [µA]."""
        return sx1262_currents.current_ua(self.mode, self.config)

    @property
    def status(self) -> int:
        """Return the status byte, 13.5.1."""
        return op.STATUS_MODE.get(self.mode, self.mode) << 4 | self.result << 1

    # commands

    def run(self, command: bytes) -> int:
        """Obey a complete command that sets something; return how long BUSY stays high [µs]."""
        code, data = command[0], bytes(command[1:])
        if len(data) < op.LENGTHS.get(code, 1 << 16):
            return self._refuse(f"command {command.hex()} is unknown or too short")
        if code in op.STANDBY_ONLY and self.mode not in (op.STDBY_RC, op.STDBY_XOSC):
            return self._refuse(f"command {code:#04x} outside standby")
        self.result = _OK
        self.config.told.add(code)
        act = self._acts.get(code)
        busy_us = act(data) if act else self._set(code, data)
        self.changed()
        return busy_us

    def read(self, command: bytes) -> bytes:
        """Return what a reading command reads; its address has come."""
        code = command[0]
        if code == op.READ_REGISTER:
            address = command[1] << 8 | command[2]
            return bytes(self.config.registers.get(address + i & 0xFFFF, 0) for i in range(256))
        if code == op.READ_BUFFER:
            return self._buffer.take(command[1])
        return {
            op.GET_STATUS: lambda: bytes((self.status,)),
            op.GET_IRQ: lambda: self._irq.to_bytes(2, "big"),
            op.GET_PACKET_TYPE: lambda: bytes((self.config.lora,)),
            op.GET_RX_BUFFER: lambda: bytes(self._received),
            op.GET_PACKET_STATUS: lambda: self._packet,
            op.GET_RSSI: lambda: bytes((round(-2 * noise_dbm(self.config.bw_khz or 125)),)),
            op.GET_STATS: lambda: bytes(6),
            op.GET_ERRORS: lambda: self.errors.to_bytes(2, "big"),
        }[code]()

    def _by_opcode(self) -> dict[int, Callable[[bytes], int]]:
        return {
            op.SET_STANDBY: self._set_standby, op.SET_FS: self._set_fs, op.SET_TX: self._set_tx,
            op.SET_RX: self._set_rx, op.SET_CAD: self._set_cad, op.CALIBRATE: self._calibrate,
            op.CALIBRATE_IMAGE: self._calibrate_image, op.WRITE_REGISTER: self._write_registers,
            op.WRITE_BUFFER: self._write_buffer, op.CLEAR_IRQ: self._clear_irq, op.CLEAR_ERRORS: self._clear_errors,
        }  # fmt: skip

    def _set(self, code: int, data: bytes) -> int:
        problem = self.config.apply(code, data)
        self._show_irq()
        return self._refuse(problem) if problem else times.COMMAND_US

    def _refuse(self, what: str) -> int:
        self._misuse(what)
        self.result = op.COMMAND_ERROR
        return times.COMMAND_US

    def _set_standby(self, data: bytes) -> int:
        begin_us = self._oscillator_us()
        self._modem.stop()
        self.mode = op.STDBY_RC
        if not data[0]:
            return times.TO_RC_US
        if begin_us is None:
            return self._fail()
        self.mode = op.STDBY_XOSC
        return times.TO_XOSC_US + begin_us

    def _set_fs(self, data: bytes) -> int:
        begin_us = self._oscillator_us()
        if begin_us is None:
            return self._fail()
        self._modem.stop()
        busy_us = times.TO_FS_US.get(self.mode, times.COMMAND_US) + begin_us
        self.mode = op.FS
        return busy_us

    def _set_tx(self, data: bytes) -> int:
        delay_us = self._ready(times.TO_TX_US, True)
        if delay_us is None:
            return times.COMMAND_US
        config = self.config
        payload = self._buffer.take(config.base_tx, config.length)
        frame = Frame(payload, config.power_dbm, config.preamble, config.crc, config.cr)
        self._modem.send(delay_us, config.tuning, frame)
        limit = int.from_bytes(data[:3], "big")
        if limit:
            self._modem.time_limit(delay_us + round(limit * op.TIMER_STEP_US))
        self.mode = op.TX
        return delay_us

    def _set_rx(self, data: bytes) -> int:
        delay_us = self._ready(times.TO_RX_US, False)
        if delay_us is None:
            return times.COMMAND_US
        config, limit = self.config, int.from_bytes(data[:3], "big")
        continuous = limit == _CONTINUOUS
        self._modem.receive(delay_us, config.tuning, continuous)
        if limit and not continuous:
            self._modem.time_out(delay_us + round(limit * op.TIMER_STEP_US), config.stop_on_preamble)
        if config.symbols and not continuous:
            self._modem.time_out(delay_us + config.symbols * (1000 << config.sf) // config.bw_khz, True)
        self.mode = op.RX
        return delay_us

    def _set_cad(self, data: bytes) -> int:
        delay_us = self._ready(times.TO_RX_US, False)
        if delay_us is None:
            return times.COMMAND_US
        tuning = self.config.tuning
        self._modem.stop()
        listening_us = self.config.cad_symbols * (1000 << tuning.sf) // tuning.bw_khz
        self._modem.later(delay_us + listening_us, lambda: self._end_cad(tuning))
        self.mode = op.CAD
        return delay_us

    def _end_cad(self, tuning: Tuning) -> None:
        found = self._modem.detects(tuning)
        self.mode = op.STDBY_RC
        self.changed()
        self._raise(op.IRQ_CAD_DONE | (op.IRQ_CAD_DETECTED if found else 0))

    def _ready(self, switch_us: dict[int, int], sending: bool) -> int | None:
        """Return how long the way into TX or RX takes [µs]; None when the chip refuses it."""
        mistakes = list(self.config.mistakes(sending))
        if mistakes:
            self._refuse("; ".join(mistakes))
            return None
        for breach in self.config.breaches(sending):
            self._misuse(breach)
        if self._has_switch and not self.config.dio2_switch:
            self._misuse("the antenna switch hangs on DIO2, which does not drive it")
        begin_us = self._oscillator_us()
        if begin_us is None:
            self._fail()
            self.errors |= op.ERROR_PLL_LOCK
            return None
        return switch_us[self.mode] + begin_us

    def _oscillator_us(self) -> int | None:
        """Return how long the way to a running clock takes [µs], None when there is none."""
        if self.mode != op.STDBY_RC and not self.clock.fault:
            return 0
        return self.clock.start_us(self.config)

    def _fail(self) -> int:
        """Stay in standby without a clock."""
        self._modem.stop()
        self.mode = op.STDBY_RC
        self.errors |= op.ERROR_XOSC_START
        self.result = op.EXECUTION_FAILED
        return times.COMMAND_US + self.config.tcxo_us

    def _calibrate(self, data: bytes) -> int:
        if self.mode != op.STDBY_RC:
            return self._refuse("Calibrate outside STDBY_RC (13.1.12)")
        begin_us = self._oscillator_us() if data[0] & _NEEDS_CLOCK else 0
        if begin_us is None:
            return self._fail()
        if data[0] & 0x40:
            self.config.image = DEFAULT_IMAGE
        return times.CALIBRATE_US + begin_us

    def _calibrate_image(self, data: bytes) -> int:
        if self.mode != op.STDBY_RC:
            return self._refuse("CalibrateImage outside STDBY_RC (9.2.1)")
        begin_us = self._oscillator_us()
        if begin_us is None:
            self.errors |= op.ERROR_IMAGE
            return self._fail()
        self.config.image = (data[0], data[1])
        return times.CALIBRATE_US + begin_us

    def _write_registers(self, data: bytes) -> int:
        address = data[0] << 8 | data[1]
        for offset, value in enumerate(data[2:]):
            self.config.write_register(address + offset, value)
        return times.COMMAND_US

    def _write_buffer(self, data: bytes) -> int:
        self._buffer.put(data[0], data[1:])
        return times.COMMAND_US

    def _clear_irq(self, data: bytes) -> int:
        self._irq &= ~(data[0] << 8 | data[1])
        self._show_irq()
        return times.COMMAND_US

    def _clear_errors(self, data: bytes) -> int:
        self.errors = 0
        return times.COMMAND_US

    # what the modem tells

    def on_modem(self, event: str, reception: Reception | None) -> None:
        """Follow up what happened on the air."""
        if event == lora_modem.PREAMBLE:
            self._raise(op.IRQ_PREAMBLE)
        elif event == lora_modem.HEADER:
            self._raise(op.IRQ_HEADER_VALID)
        elif reception is not None:
            self._take(reception)
        else:
            sent = event == lora_modem.SENT
            self._settle(self.config.fallback if sent else op.STDBY_RC, op.TX_FINISHED if sent else self.result)
            self._raise(op.IRQ_TX_DONE if sent else op.IRQ_TIMEOUT)

    def _take(self, reception: Reception) -> None:
        config, data = self.config, reception.data
        if not self._modem.listening:
            self._settle(config.fallback, op.DATA_AVAILABLE)
        if len(data) > config.length:
            self._raise(op.IRQ_HEADER_ERROR)
            return
        self._buffer.put(config.base_rx, data)
        self._received = (len(data), config.base_rx)
        self._packet = packet_status(reception)
        spoilt = reception.damaged and reception.emission.crc
        self._raise(op.IRQ_RX_DONE | (op.IRQ_CRC_ERROR if spoilt else 0))

    def _settle(self, mode: int, result: int) -> None:
        self.mode, self.result = mode, result
        self.changed()

    def _raise(self, flags: int) -> None:
        self._irq |= flags & self.config.irq_mask
        self._show_irq()

    def _show_irq(self) -> None:
        self._context.drive("dio1", 1 if self._irq & self.config.dio1_mask else 0)
