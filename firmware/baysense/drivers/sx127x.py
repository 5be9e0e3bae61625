"""SX1276: LoRa radio. Everything is prepared beforehand; send() and receive() are one register on the microsecond.

Section numbers: Semtech SX1276/77/78/79 datasheet rev. 7 and its errata note, as micropython-lib and LoRaMac-node
quote them; what neither has is marked "from memory". For 862-1020 MHz only. The pins and the bus have the methods of
machine.Pin and machine.SPI.
"""

import errno
import time

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from machine import SPI, Pin

_RESET_MS = const(1)  # 100 µs, 7.2.2
_READY_MS = const(6)  # 5 ms, 7.2.2
_CALIBRATION_MS = const(50)  # takes 10 ms, from memory
_POLL_MS = const(5)  # the interrupt takes the time, so this only delays what comes after
_NEVER = const(-1)

_FIFO = const(0x00)
_OP_MODE = const(0x01)
_FRF = const(0x06)  # three registers
_PA_CONFIG = const(0x09)
_OCP = const(0x0B)
_LNA = const(0x0C)
_FIFO_POINTER = const(0x0D)  # FifoTxBaseAddr and FifoRxBaseAddr follow, then the address of the last frame
_FIFO_RX_CURRENT = const(0x10)
_IRQ_MASK = const(0x11)
_IRQ_FLAGS = const(0x12)
_RX_BYTES = const(0x13)
_SNR = const(0x19)
_RSSI = const(0x1A)
_MODEM_CONFIG1 = const(0x1D)
_MODEM_CONFIG2 = const(0x1E)
_SYMB_TIMEOUT = const(0x1F)
_PAYLOAD_LENGTH = const(0x22)
_MODEM_CONFIG3 = const(0x26)
_IF_FREQ2 = const(0x2F)  # IfFreq1 follows
_DETECT_OPTIMIZE = const(0x31)
_INVERT_IQ = const(0x33)
_HIGH_BW_1 = const(0x36)
_DETECTION_THRESHOLD = const(0x37)
_SYNC_WORD = const(0x39)
_HIGH_BW_2 = const(0x3A)
_INVERT_IQ2 = const(0x3B)
_IMAGE_CAL = const(0x3B)  # the same address while the FSK modem is selected
_DIO_MAPPING1 = const(0x40)
_VERSION = const(0x42)
_PA_DAC = const(0x4D)

_SX1276 = const(0x12)
_LORA = const(0x80)  # bit of the operating mode
_FSK_SLEEP = const(0x00)
_FSK_STANDBY = const(0x01)
_LORA_SLEEP = const(0x80)  # the modem can be changed asleep only, 4.1.8
_LORA_STANDBY = const(0x81)
_LORA_TX = const(0x83)
_LORA_RX_SINGLE = const(0x86)

_TX_DONE = const(0x08)
_RX_DONE = const(0x40)
_RX_MASK = const(0x70)  # RxDone, PayloadCrcError, ValidHeader: a good frame has the first and the last
_RX_GOOD = const(0x50)

_CALIBRATION_FRF = b"\xd9\x00\x00"  # 868 MHz, any in the band, 2.1.3.8
_BANDWIDTHS = {125: 7, 250: 8, 500: 9}
_LDRO_FROM_US = const(16_000)  # 4.1.1.6
_PA_DAC_NORMAL = const(0x84)  # 3.4.3
_PA_DAC_20_DBM = const(0x87)
_OCP_100_MA = const(0x2B)  # 45 mA + 5 mA a step, bit 5 on, 3.4.4; PA_BOOST takes 87 mA at 17 dBm
_OCP_140_MA = const(0x31)  # above 120 mA: -30 mA + 10 mA a step; 120 mA at 20 dBm
# TS_FS of table 7, and TS_TR of 4.2.5.1: 5 µs and 1.25 ramps of 40 µs; from memory, and there of the FSK modem.
_TX_START_US = const(115)


class SX127x:
    """One SX1276; `facts` is RADIO_FACTS of the board."""

    max_symbols = 1023

    def __init__(self, spi: "SPI", nss: "Pin", reset: "Pin", dio0: "Pin", dio1: "Pin", facts: dict) -> None:
        self.min_dbm = 2 if facts["pa_boost"] else -4  # 3.4.2
        self.max_dbm: int = facts["max_dbm"]
        self.rssi_dbm = 0  # of the last frame received
        self.snr_db = 0
        self._spi = spi
        self._nss = nss
        self._reset = reset
        self._dio0 = dio0
        self._dio1 = dio1
        self._boost = facts["pa_boost"]
        self._done_us = _NEVER  # ticks of the last rise of DIO0 or DIO1
        self._buffer = memoryview(bytearray(257))
        dio0.irq(self._on_dio, dio0.IRQ_RISING)  # TxDone, RxDone
        dio1.irq(self._on_dio, dio1.IRQ_RISING)  # RxTimeout

    def start(self) -> None:
        """Reset, calibrate and set up; raise OSError when the radio is not there or has no clock."""
        self._reset.value(0)
        time.sleep_ms(_RESET_MS)
        self._reset.value(1)
        time.sleep_ms(_READY_MS)
        if self._get(_VERSION) != _SX1276:
            raise OSError(errno.ENODEV, "radio does not answer: no SX1276 on this bus")
        self._calibrate()
        self._set(_OP_MODE, _FSK_SLEEP)
        self._set(_OP_MODE, _LORA_SLEEP)
        self._set(_OP_MODE, _LORA_STANDBY)
        self._set(_IRQ_MASK, 0)
        self._set(_SYNC_WORD, 0x34)
        self._set(_LNA, 0x23)  # highest gain, boosted
        self._set(_DETECTION_THRESHOLD, 0x0A)  # SF7 to SF12, 4.1.1.2
        self._set(_FIFO_POINTER + 1, 0)
        self._set(_FIFO_POINTER + 2, 0)

    def prepare_send(self, data: bytes, freq_hz: int, sf: int, bw_khz: int, power_dbm: int) -> None:
        """Load a frame and everything about it: explicit header, CR 4/5, CRC, 8 symbols of preamble."""
        self._tune(freq_hz, bw_khz)
        self._modulate(sf, bw_khz, 0x04)  # RxPayloadCrcOn, which also adds one
        self._invert(False)
        self._amplify(max(self.min_dbm, min(self.max_dbm, power_dbm)))
        self._set(_DIO_MAPPING1, 0x40)  # DIO0 = TxDone, table 18
        self._set(_PAYLOAD_LENGTH, len(data))
        self._set(_FIFO_POINTER, 0)
        self._transfer(_FIFO | 0x80, data)

    def send(self) -> int:
        """Send what was prepared; return the tick at which its preamble begins [µs]."""
        self._done_us = _NEVER
        self._set(_OP_MODE, _LORA_TX)
        return time.ticks_add(time.ticks_us(), _TX_START_US)  # type: ignore[return-value]  # the stubs' own type

    def sent(self, timeout_ms: int) -> int | None:
        """Wait for the end of the frame; return its tick [µs], None when it did not come."""
        self._await_done(timeout_ms)
        done = self._finish() & _TX_DONE
        return self._done_us if done and self._done_us != _NEVER else None

    def prepare_receive(self, freq_hz: int, sf: int, bw_khz: int, symbols: int) -> None:
        """Get ready for a downlink: inverted IQ, no CRC, a window of so many symbols; a preamble keeps it open."""
        symbols = max(4, min(symbols, self.max_symbols))  # 4.1.5
        self._tune(freq_hz, bw_khz)
        self._modulate(sf, bw_khz, symbols >> 8)
        self._invert(True)
        self._set(_SYMB_TIMEOUT, symbols & 0xFF)
        self._set(_DIO_MAPPING1, 0x00)  # DIO0 = RxDone, DIO1 = RxTimeout, table 18

    def receive(self) -> int:
        """Open the window that was prepared; return the tick of the command [µs]."""
        self._done_us = _NEVER
        self._set(_OP_MODE, _LORA_RX_SINGLE)
        return time.ticks_us()  # type: ignore[return-value]

    def received(self, timeout_ms: int) -> bytes | None:
        """Wait for a frame or the end of the window; return the frame, None when there was none."""
        self._await_done(timeout_ms)
        if self._finish() & _RX_MASK != _RX_GOOD:
            return None
        snr = self._get(_SNR)
        snr -= snr << 1 & 0x100
        self.snr_db = snr // 4
        rssi = self._get(_RSSI)
        self.rssi_dbm = -157 + (rssi + self.snr_db if self.snr_db < 0 else rssi * 16 // 15)  # 5.5.5
        length = self._get(_RX_BYTES)
        self._set(_FIFO_POINTER, self._get(_FIFO_RX_CURRENT))
        return bytes(self._transfer(_FIFO, bytes(length)))

    def sleep(self) -> None:
        """Sleep until start(): 0.2 µA."""
        self._set(_OP_MODE, self._get(_OP_MODE) & _LORA)

    def _on_dio(self, pin: "Pin") -> None:
        self._done_us = time.ticks_us()  # type: ignore[assignment]

    def _calibrate(self) -> None:
        """Calibrate the image of the upper band, which the reset only did for the lower one (2.1.3.8)."""
        self._set(_OP_MODE, _FSK_STANDBY)
        self._set(_PA_CONFIG, 0)
        self._transfer(_FRF | 0x80, _CALIBRATION_FRF)
        self._set(_IMAGE_CAL, self._get(_IMAGE_CAL) & 0x7F | 0x40)  # now, and not by itself in a reception
        for _ in range(_CALIBRATION_MS):
            time.sleep_ms(1)
            if not self._get(_IMAGE_CAL) & 0x20:
                return
        self.sleep()
        raise OSError(errno.EIO, "radio's oscillator does not start")

    def _tune(self, freq_hz: int, bw_khz: int) -> None:
        self._set(_OP_MODE, _LORA_STANDBY)
        self._set(_IRQ_FLAGS, 0xFF)
        # 32 MHz / 2^19 a step (4.1.4), = 15625 / 2^8 Hz
        steps = ((freq_hz // 15625) << 8) + (((freq_hz % 15625) << 8) + 7812) // 15625
        self._transfer(_FRF | 0x80, bytes((steps >> 16, steps >> 8 & 0xFF, steps & 0xFF)))
        wide = bw_khz == 500
        # errata 2.1: sensitivity with 500 kHz; otherwise the chip chooses the second register itself
        self._set(_HIGH_BW_1, 0x02 if wide else 0x03)
        if wide:
            self._set(_HIGH_BW_2, 0x64)
        # errata 2.3: spurious reception: the intermediate frequency by hand, but not with 500 kHz
        self._set(_DETECT_OPTIMIZE, self._get(_DETECT_OPTIMIZE) & 0x78 | (0x83 if wide else 0x03))
        if not wide:
            self._transfer(_IF_FREQ2 | 0x80, b"\x40\x00")

    def _modulate(self, sf: int, bw_khz: int, more: int) -> None:
        slow = (1 << sf) * 1000 // bw_khz >= _LDRO_FROM_US
        self._set(_MODEM_CONFIG1, _BANDWIDTHS[bw_khz] << 4 | 0x02)
        self._set(_MODEM_CONFIG2, sf << 4 | more)
        self._set(_MODEM_CONFIG3, 0x0C if slow else 0x04)  # LowDataRateOptimize, AgcAutoOn

    def _invert(self, on: bool) -> None:
        # bit 0 says the opposite of what the datasheet does: 1 = transmit normally (LoRaMac-node)
        self._set(_INVERT_IQ, 0x67 if on else 0x27)
        self._set(_INVERT_IQ2, 0x19 if on else 0x1D)

    def _amplify(self, dbm: int) -> None:
        loud = self._boost and dbm > 17
        if self._boost:
            config = 0xF0 | (dbm - 5 if loud else dbm - 2)
        elif dbm > 0:
            config = 0x70 | dbm  # 15 dBm - (15 - n)
        else:
            config = dbm + 4  # 10.8 dBm - (15 - n)
        self._set(_PA_CONFIG, config)
        self._set(_PA_DAC, _PA_DAC_20_DBM if loud else _PA_DAC_NORMAL)
        self._set(_OCP, _OCP_140_MA if loud else _OCP_100_MA)

    def _await_done(self, timeout_ms: int) -> None:
        while self._done_us == _NEVER and timeout_ms > 0:
            time.sleep_ms(_POLL_MS)
            timeout_ms -= _POLL_MS
            # an interrupt may be lost: its queue is short
            if self._done_us == _NEVER and (self._dio0.value() or self._dio1.value()):
                self._done_us = time.ticks_us()  # type: ignore[assignment]

    def _finish(self) -> int:
        """Return what happened, and stand by."""
        flags = self._get(_IRQ_FLAGS)
        self._set(_OP_MODE, _LORA_STANDBY)
        self._set(_IRQ_FLAGS, 0xFF)
        return flags

    def _get(self, register: int) -> int:
        return self._transfer(register, b"\x00")[0]

    def _set(self, register: int, value: int) -> None:
        self._transfer(register | 0x80, bytes((value,)))

    def _transfer(self, register: int, data: bytes) -> memoryview:
        """Exchange bytes with a register and those after it; return what came back."""
        view = self._buffer[: 1 + len(data)]
        view[0] = register
        view[1:] = data
        self._nss.value(0)
        self._spi.write_readinto(view, view)
        self._nss.value(1)
        return view[1:]
