"""SX1262: LoRa radio. Everything is prepared beforehand; send() and receive() are one command on the microsecond.

Section numbers: Semtech SX1261/2 datasheet, DS.SX1261-2.W.APP rev. 2.1, as micropython-lib, RadioLib and LoRaMac-node
quote them; what none of them has is marked "from memory". The pins and the bus have the methods of machine.Pin and
machine.SPI. Any method raises OSError when the radio stays busy.
"""

import errno
import time

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from machine import SPI, Pin

_RESET_MS = const(1)  # 100 µs, 8.1
# A calibration takes 3.5 ms, up to 18 ms measured (micropython-lib), and the TCXO's start.
_BUSY_LIMIT_US = const(50_000)
_POLL_MS = const(5)  # the interrupt takes the time, so this only delays what comes after
_NEVER = const(-1)

# Commands of chapters 11 and 13, with room for what the radio answers.
_STANDBY_RC = b"\x80\x00"
_STANDBY_XOSC = b"\x80\x01"
_SLEEP_COLD = b"\x84\x00"  # 160 nA and everything lost; warm costs 600 nA, more than a new start within minutes
_SET_TX = b"\x83\x00\x00\x00"  # no timeout
_LORA = b"\x8a\x01"
_DCDC = b"\x96\x01"
_DIO2_SWITCH = b"\x9d\x01"
_BUFFER_BASE = b"\x8f\x00\x00"
_CALIBRATE_ALL = b"\x89\x7f"
_CLEAR_ERRORS = b"\x07\x00\x00"
_CLEAR_IRQ = b"\x02\xff\xff"
_STOP_TIMER_ON_PREAMBLE = b"\x9f\x01"
_GET_ERRORS = b"\x17\x00\x00\x00"
# GetStatus (C0) after SetRx can start an endless transmission: GetIrqStatus tells the same (micropython-lib).
_GET_IRQ = b"\x12\x00\x00\x00"
_GET_RX_BUFFER = b"\x13\x00\x00\x00"
_GET_PACKET = b"\x14\x00\x00\x00\x00"
_IRQ_MASKS = b"\x08\x02\x63\x02\x23\x00\x00\x00\x00"  # those below; on DIO1 all but CrcErr, which comes with RxDone

_TX_DONE = const(0x0001)  # 13.3.1, table 13-29
_RX_DONE = const(0x0002)
_RX_BAD = const(0x0060)  # HeaderErr, CrcErr

_REG_SYMB_TIMEOUT = const(0x0706)
_REG_IQ = const(0x0736)
_REG_SYNC = const(0x0740)
_SYNC_AT_RESET = const(0x14)
_REG_TX_MODULATION = const(0x0889)
_REG_RX_GAIN = const(0x08AC)
_RX_BOOSTED = const(0x96)  # 9.6: 2 mA more for 3 dB
_REG_TX_CLAMP = const(0x08D8)
_REG_OCP = const(0x08E7)
_OCP_140_MA = const(0x38)  # 2.5 mA a step, 12.1; SetPaConfig overwrites it
_REG_RTC_CONTROL = const(0x0902)  # 15.3 misprints it (micropython-lib)
_REG_EVENT_MASK = const(0x0944)

_TCXO_MV = (1600, 1700, 1800, 2200, 2400, 2700, 3000, 3300)  # 13.3.6, table 13-35
_BANDWIDTHS = {125: 4, 250: 5, 500: 6}  # 13.4.5.2
# 13.1.14.1, best efficiency: up to so many dBm, duty cycle, hpMax; each gives its most at the setting of 22 dBm and
# 1 dB less a step below (from memory).
_AMPLIFIER = ((14, 2, 2), (17, 2, 3), (20, 3, 5), (22, 4, 7))
_RAMP_40_US = const(2)
_LDRO_FROM_US = const(16_000)  # 6.1.1.4
_TX_START_US = const(105)  # STDBY_XOSC to TX, 8.3.1, from memory


class SX126x:
    """One SX1262; `facts` is RADIO_FACTS of the board."""

    min_dbm = -9
    max_symbols = 248  # 13.4.9, the largest that register 0x0706 takes

    def __init__(self, spi: "SPI", nss: "Pin", reset: "Pin", busy: "Pin", dio1: "Pin", facts: dict) -> None:
        self.max_dbm: int = facts["max_dbm"]
        self.rssi_dbm = 0  # of the last frame received
        self.snr_db = 0
        self._spi = spi
        self._nss = nss
        self._reset = reset
        self._busy = busy
        self._dio1 = dio1
        self._facts = facts
        self._awake = False
        self._band = 0  # that the image is calibrated for
        self._receive = b""  # SetRx with its timeout
        self._done_us = _NEVER  # ticks of the last rise of DIO1
        self._buffer = memoryview(bytearray(258))
        dio1.irq(self._on_dio1, dio1.IRQ_RISING)

    def start(self) -> None:
        """Reset and set up; raise OSError when the radio is not there, stays busy or has no clock."""
        self._awake = False
        self._band = 0
        self._reset.value(0)
        time.sleep_ms(_RESET_MS)
        self._reset.value(1)
        time.sleep_ms(_RESET_MS)
        if self._register(_REG_SYNC) != _SYNC_AT_RESET:
            raise OSError(errno.ENODEV, "radio does not answer: no SX126x on this bus")
        self._awake = True
        if self._facts["dcdc"]:
            self._command(_DCDC)
        if self._facts["dio2_switch"]:
            self._command(_DIO2_SWITCH)
        self._start_oscillator()
        self._command(_LORA)
        self._command(_BUFFER_BASE)
        self._command(_IRQ_MASKS)
        self._set_register(_REG_SYNC, 0x34)  # LoRaWAN's 0x34, spread over two registers
        self._set_register(_REG_SYNC + 1, 0x44)
        self._set_register(_REG_RX_GAIN, _RX_BOOSTED)
        self._change_register(_REG_TX_CLAMP, 0x1E, 0x1E)  # 15.2: an antenna mismatch clamps the amplifier too early

    def prepare_send(self, data: bytes, freq_hz: int, sf: int, bw_khz: int, power_dbm: int) -> None:
        """Load a frame and everything about it: explicit header, CR 4/5, CRC, 8 symbols of preamble."""
        self._tune(freq_hz)
        self._modulate(sf, bw_khz)
        self._describe(len(data), 1, False)
        # 15.1: with 500 kHz the modulation is bad unless bit 2 is clear, otherwise unless it is set
        self._change_register(_REG_TX_MODULATION, 0x04, 0 if bw_khz == 500 else 0x04)
        self._amplify(max(self.min_dbm, min(self.max_dbm, power_dbm)))
        self._command(b"\x0e\x00" + data)

    def send(self) -> int:
        """Send what was prepared; return the tick at which its preamble begins [µs]."""
        self._done_us = _NEVER
        self._command(_SET_TX)
        return time.ticks_add(time.ticks_us(), _TX_START_US)  # type: ignore[return-value]  # the stubs' own type

    def sent(self, timeout_ms: int) -> int | None:
        """Wait for the end of the frame; return its tick [µs], None when it did not come."""
        self._await_done(timeout_ms)
        done = self._finish() & _TX_DONE
        return self._done_us if done and self._done_us != _NEVER else None

    def prepare_receive(self, freq_hz: int, sf: int, bw_khz: int, symbols: int) -> None:
        """Get ready for a downlink: inverted IQ, no CRC, a window of at least so many symbols."""
        self._tune(freq_hz)
        self._modulate(sf, bw_khz)
        self._describe(255, 0, True)
        mantissa = (min(symbols, self.max_symbols) + 1) >> 1  # symbols = mantissa * 2 ** (2 * exponent + 1)
        exponent = 0
        while mantissa > 31:
            mantissa = (mantissa + 3) >> 2
            exponent += 1
        symbols = mantissa << (2 * exponent + 1)
        self._command(bytes((0xA0, symbols)))
        self._set_register(_REG_SYMB_TIMEOUT, mantissa << 3 | exponent)
        self._command(_STOP_TIMER_ON_PREAMBLE)
        steps = (symbols << sf) * 64 // bw_khz + 1  # of 15.625 µs
        self._receive = bytes((0x82, steps >> 16, steps >> 8 & 0xFF, steps & 0xFF))

    def receive(self) -> int:
        """Open the window that was prepared; return the tick of the command [µs]."""
        self._done_us = _NEVER
        self._command(self._receive)
        return time.ticks_us()  # type: ignore[return-value]

    def received(self, timeout_ms: int) -> bytes | None:
        """Wait for a frame or the end of the window; return the frame, None when there was none."""
        self._await_done(timeout_ms)
        flags = self._finish()
        # 15.3: the timer may live on and spoil the next reception, after any reception with a timeout
        self._set_register(_REG_RTC_CONTROL, 0)
        self._change_register(_REG_EVENT_MASK, 0x02, 0x02)
        if flags & (_RX_DONE | _RX_BAD) != _RX_DONE:
            return None
        packet = self._command(_GET_PACKET)  # 13.5.3
        self.rssi_dbm = -(packet[2] >> 1)
        self.snr_db = (packet[3] - (packet[3] << 1 & 0x100)) // 4
        where = self._command(_GET_RX_BUFFER)
        length = where[2]
        return bytes(self._command(bytes((0x1E, where[3], 0)) + bytes(length))[3:])

    def sleep(self) -> None:
        """Sleep until start(), which sets everything up anew."""
        if self._awake:
            self._command(_STANDBY_RC)
            self._command(_SLEEP_COLD)
            self._awake = False

    def _on_dio1(self, pin: "Pin") -> None:
        self._done_us = time.ticks_us()  # type: ignore[assignment]

    def _start_oscillator(self) -> None:
        tcxo_mv = self._facts["tcxo_mv"]
        if tcxo_mv:
            steps = self._facts["tcxo_us"] * 8 // 125 + 1  # of 15.625 µs
            self._command(bytes((0x97, _TCXO_MV.index(tcxo_mv), steps >> 16, steps >> 8 & 0xFF, steps & 0xFF)))
            # 13.3.6: without its supply the TCXO could not start at reset: forget that error, calibrate again
            self._command(_CLEAR_ERRORS)
            self._command(_CALIBRATE_ALL)
        found = self._command(_GET_ERRORS)
        errors = found[2] << 8 | found[3]
        if errors:
            self.sleep()
            text = "radio's oscillator does not start (device errors 0x%03x)"
            raise OSError(errno.EIO, text % errors)

    def _tune(self, freq_hz: int) -> None:
        """Set the frequency, the oscillator running; calibrate the image when the band is another one (9.2.1)."""
        band = 0xE1E9 if freq_hz > 900_000_000 else 0xD7DB  # 902-928 MHz or 863-870 MHz, table 9-2
        if band != self._band:
            self._command(_STANDBY_RC)
            self._command(bytes((0x98, band >> 8, band & 0xFF)))
            self._band = band
        self._command(_STANDBY_XOSC)
        # 32 MHz / 2^25 a step (13.4.1), = 15625 / 2^14 Hz, in 31 bits
        steps = ((freq_hz // 15625) << 14) + (((freq_hz % 15625) << 14) + 7812) // 15625
        self._command(bytes((0x86, steps >> 24, steps >> 16 & 0xFF, steps >> 8 & 0xFF, steps & 0xFF)))

    def _modulate(self, sf: int, bw_khz: int) -> None:
        slow = (1 << sf) * 1000 // bw_khz >= _LDRO_FROM_US
        self._command(bytes((0x8B, sf, _BANDWIDTHS[bw_khz], 1, 1 if slow else 0)))

    def _describe(self, length: int, crc: int, inverted: bool) -> None:
        self._command(bytes((0x8C, 0, 8, 0, length, crc, 1 if inverted else 0)))
        # 15.4: long inverted frames are lost unless bit 2 is clear for inverted IQ, set for normal
        self._change_register(_REG_IQ, 0x04, 0 if inverted else 0x04)

    def _amplify(self, dbm: int) -> None:
        step = 0
        while dbm > _AMPLIFIER[step][0]:
            step += 1
        most_dbm, duty_cycle, hp_max = _AMPLIFIER[step]
        self._command(bytes((0x95, duty_cycle, hp_max, 0, 1)))
        self._set_register(_REG_OCP, _OCP_140_MA)
        self._command(bytes((0x8E, (22 - most_dbm + dbm) & 0xFF, _RAMP_40_US)))

    def _await_done(self, timeout_ms: int) -> None:
        while self._done_us == _NEVER and timeout_ms > 0:
            time.sleep_ms(_POLL_MS)
            timeout_ms -= _POLL_MS
            if self._done_us == _NEVER and self._dio1.value():  # the interrupt was lost: its queue is short
                self._done_us = time.ticks_us()  # type: ignore[assignment]

    def _finish(self) -> int:
        """Return what happened, and stand by."""
        found = self._command(_GET_IRQ)
        flags = found[2] << 8 | found[3]
        self._command(_STANDBY_RC)
        self._command(_CLEAR_IRQ)
        return flags

    def _register(self, register: int) -> int:
        return self._command(bytes((0x1D, register >> 8, register & 0xFF, 0, 0)))[4]

    def _set_register(self, register: int, value: int) -> None:
        self._command(bytes((0x0D, register >> 8, register & 0xFF, value)))

    def _change_register(self, register: int, mask: int, bits: int) -> None:
        self._set_register(register, self._register(register) & ~mask | bits)

    def _command(self, command: bytes) -> memoryview:
        """Exchange one command when the radio is ready for it; return what came back meanwhile."""
        begin_us = time.ticks_us()
        while self._busy.value():
            if time.ticks_diff(time.ticks_us(), begin_us) > _BUSY_LIMIT_US:
                raise OSError(errno.ETIMEDOUT, "radio stays busy")
        view = self._buffer[: len(command)]
        view[:] = command
        self._nss.value(0)
        self._spi.write_readinto(view, view)
        self._nss.value(1)
        return view
