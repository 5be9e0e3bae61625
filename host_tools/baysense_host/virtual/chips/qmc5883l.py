"""QMC5883L: register-level model of QST's magnetometer, which has no threshold pin.

Registers and flags: QST QMC5883L datasheet 1.0 chapter 9, as transcribed in Tasmota's xsns_33_qmc5883l.ino.
Not modelled: the data-ready pin (no board wires it).
"""

from baysense_host.virtual.chips.chip import ChipContext
from baysense_host.virtual.chips.magnetometer import Magnetometer
from baysense_host.virtual.chips.noise import SensorErrors, uniform

_DATA_END, _STATUS, _TEMP_L, _TEMP_H = 0x05, 0x06, 0x07, 0x08
_CONTROL_1, _CONTROL_2, _SET_PERIOD, _CHIP_ID, _ID = 0x09, 0x0A, 0x0B, 0x0D, 0xFF
_DRDY, _OVL, _DOR = 0x01, 0x02, 0x04  # status
_MODE, _CONTINUOUS, _RANGE_8G = 0x03, 0x01, 0x10  # control register 1
_SOFT_RST, _ROL_PNT = 0x80, 0x40  # control register 2
_WRITABLE = {_CONTROL_1: 0xFF, _CONTROL_2: 0xC1, _SET_PERIOD: 0xFF}

_PERIOD_US = (100_000, 20_000, 10_000, 5_000)  # ODR bits: 10, 50, 100, 200 Hz
_LSB_PER_UT_2G, _LSB_PER_UT_8G = 120.0, 30.0  # 12000 and 3000 LSB/gauss
_NOISE_UT = 0.2  # at the largest oversampling, reference/detection.md 4.3
_OFFSET_UT, _SCALE = 10.0, 0.05  # assumed, the datasheet gives neither
_DRIFT_UT_PER_C = 0.1  # assumed, "not given"
_UNSET_GAIN = 10.0  # assumed: the datasheet wants 0x01 in the set/reset period register and does not say why
_ZERO_C, _ZERO_SPREAD_C = 50.0, 10.0  # at 0 LSB, uncalibrated; 50 is robert-hh/QMC5883's default
_LSB_PER_C = 100

# Average supply current [µA] at 10, 50, 100, 200 Hz for oversampling 512 and 64: the datasheet's table from
# memory; 75–100 at 10 Hz and 3 in standby as in reference/detection.md 4.3. 256 and 128 are interpolated.
_OSR_512_UA = (100.0, 250.0, 450.0, 850.0)
_OSR_64_UA = (75.0, 150.0, 250.0, 450.0)
_STANDBY_UA = 3.0


class QMC5883L(Magnetometer):
    """One QMC5883L."""

    current_source = "datasheet's table from memory"

    def __init__(self, context: ChipContext, address: int = 0x0D) -> None:
        errors = SensorErrors.drawn(context.seed, _OFFSET_UT, _DRIFT_UT_PER_C, _SCALE)
        super().__init__(context, address, errors)
        self._zero_c = _ZERO_C + _ZERO_SPREAD_C * uniform(context.seed, 110)
        self._reset()

    def power(self, on: bool) -> None:
        """Switch the supply; the chip starts in standby."""
        super().power(on)
        self._reset()

    def _reset(self) -> None:
        self._registers = bytearray(256)
        self._registers[_CHIP_ID] = _ID
        self._clock.stop()
        self._taken = 0
        self._data = bytes(_DATA_END + 1)
        self._status = 0
        self.context.draw(self._current_ua())

    def after_read(self, register: int) -> int:
        """Return the next register; with ROL_PNT the pointer rolls inside 00H..06H."""
        if self._registers[_CONTROL_2] & _ROL_PNT and register == _STATUS:
            return 0
        return self.register_address(register + 1)

    def read(self, n: int) -> bytes | None:
        """Take a read transfer of n bytes; all come from the sample that is newest now."""
        self._advance()
        return super().read(n)

    def read_register(self, register: int) -> int:
        """Return one register; reading any data register clears DRDY and DOR."""
        if register <= _DATA_END:
            self._status &= ~(_DRDY | _DOR)
            return self._data[register]
        if register == _STATUS:
            return self._status
        return self._registers[register]

    def write_register(self, register: int, value: int) -> None:
        """Write one register; read-only and reserved ones stay as they are."""
        if register not in _WRITABLE:
            return
        self._advance()
        if register == _CONTROL_2 and value & _SOFT_RST:
            self._reset()
            return
        before = self._registers[register]
        self._registers[register] = value & _WRITABLE[register]
        if register == _CONTROL_1:
            self._set_mode(before)

    def _set_mode(self, before: int) -> None:
        control = self._registers[_CONTROL_1]
        if control & _MODE != _CONTINUOUS:
            self._clock.stop()
        elif (before ^ control) & 0x0F:
            self._taken = 0
            self._clock.start(self.context.now_us(), 0, _PERIOD_US[control >> 2 & 3])
        self.context.draw(self._current_ua())

    def _current_ua(self) -> float:
        if not self.powered:
            return 0.0
        control = self._registers[_CONTROL_1]
        if control & _MODE != _CONTINUOUS:
            return _STANDBY_UA
        rate = control >> 2 & 3
        share = 1 / (1 << (control >> 6))  # 512 -> 1, 64 -> 1/8
        return _OSR_64_UA[rate] + (_OSR_512_UA[rate] - _OSR_64_UA[rate]) * (share - 0.125) / 0.875

    def _advance(self) -> None:
        """Take the newest sample that is finished by now, if it was not taken yet."""
        if not self._clock.running:
            return
        newest = self._clock.index(self.context.now_us())
        if newest > self._taken:
            skipped = newest > self._taken + 1
            self._taken = newest
            self._take(self._clock.time_us(newest), skipped)

    def _take(self, t_us: int, skipped: bool) -> None:
        control = self._registers[_CONTROL_1]
        lsb_per_ut = _LSB_PER_UT_8G if control & _RANGE_8G else _LSB_PER_UT_2G
        noise_ut = _NOISE_UT * 2.0 ** ((control >> 6) / 2)
        self._measure(t_us, lsb_per_ut, noise_ut, 1.0 if self._registers[_SET_PERIOD] == 1 else _UNSET_GAIN)
        self._data = b"".join((value & 0xFFFF).to_bytes(2, "little") for value in self._raw)
        lost = _DOR if skipped or self._status & _DRDY else self._status & _DOR
        self._status = _DRDY | (_OVL if self._overflow else 0) | lost
        temperature_c = self.context.environment.temperature_c(t_us)
        temperature = round((temperature_c - self._zero_c) * _LSB_PER_C) & 0xFFFF
        self._registers[_TEMP_L], self._registers[_TEMP_H] = temperature & 0xFF, temperature >> 8
