"""IIS2MDC and its twin LIS2MDL: register-level model of ST's magnetometer with the threshold pin.

Registers: ST iis2mdc_reg.h (STMems_Standard_C_drivers), reset values from ST iis2mdc-rs src/register/main.rs.
Not modelled: the lag of the low-pass filter, SPI, the tolerance of the output data rate. Low-power mode
samples and compares as high resolution does. That its interrupt works is unverified: ST does not say so, one
user ran it (CFG_REG_A 0x90, https://community.st.com/t5/mems-sensors/lis2mdl-false-pulse-generation/td-p/891486).
"""

from baysense_host.virtual.chips.chip import ChipContext
from baysense_host.virtual.chips.iis2mdc_interrupt import ThresholdGenerator
from baysense_host.virtual.chips.magnetometer import Magnetometer, saturated, signed
from baysense_host.virtual.chips.noise import SensorErrors

_OFFSET_X_L, _OFFSET_Z_H = 0x45, 0x4A
_WHO_AM_I, _ID = 0x4F, 0x40
_CFG_A, _CFG_B, _CFG_C = 0x60, 0x61, 0x62
_INT_CTRL, _INT_SOURCE, _INT_THS_L, _INT_THS_H = 0x63, 0x64, 0x65, 0x66
_STATUS, _OUT_X_L, _OUT_Z_H, _TEMP_L, _TEMP_H = 0x67, 0x68, 0x6D, 0x6E, 0x6F

_COMP_TEMP_EN, _REBOOT, _SOFT_RST, _LP = 0x80, 0x40, 0x20, 0x10  # CFG_REG_A
_MODE, _CONTINUOUS, _SINGLE, _IDLE = 0x03, 0x00, 0x01, 0x03
_OFF_CANC, _LPF, _INT_ON_DATAOFF = 0x02, 0x01, 0x08  # CFG_REG_B
_INT_ON_PIN, _I2C_DIS, _BDU, _BLE, _SELF_TEST, _DRDY_ON_PIN = 0x40, 0x20, 0x10, 0x08, 0x02, 0x01  # CFG_REG_C

_RESET = {_WHO_AM_I: _ID, _CFG_A: 0x03, _INT_CTRL: 0xE0}
_WRITABLE = {_CFG_A: 0xFF, _CFG_B: 0x1F, _CFG_C: 0x7F, _INT_CTRL: 0xE7, _INT_THS_L: 0xFF, _INT_THS_H: 0xFF}
_WRITABLE |= dict.fromkeys(range(_OFFSET_X_L, _OFFSET_Z_H + 1), 0xFF)

_PERIOD_US = (100_000, 50_000, 20_000, 10_000)  # ODR bits: 10, 20, 50, 100 Hz
_LSB_PER_UT = 1 / 0.15  # 1.5 mgauss/LSB, iis2mdc_from_lsb_to_mgauss; full scale 32768 LSB = 49.152 gauss
_TURN_ON_US = 9_400  # "9.4 ms + 1/ODR" with offset cancellation, datasheet as cited in Zephyr's lis2mdl.c
_BOOT_US = 20_000  # loading the trimming, ST community thread 881029; that it NACKs meanwhile is assumed
_SINGLE_US = 20_000  # assumed: turn-on plus one 100 Hz period

_NOISE_UT = 0.45  # 4.5 mgauss without filter [from memory of the datasheet]
_NOISE_LPF_UT = 0.3  # offset cancellation and low-pass filter, reference/detection.md 4.3
_LP_NOISE_GAIN = 2.0  # assumed: a quarter of the current is a quarter of the averaging
_OFFSET_UT = 6.0  # ±60 mgauss with offset cancellation [from memory of the datasheet]
_DRIFT_UT_PER_C = 0.03  # reference/detection.md 4.3
_SCALE = 0.07  # ±7 % sensitivity [from memory of the datasheet]
_UNTRIMMED_GAIN = 10.0  # assumed: COMP_TEMP_EN "must be 1 for correct operation"
_SELF_TEST_LSB = 67  # 100 mgauss; ST's self-test example accepts 15 to 500

# Supply current [µA] at 10, 20, 50, 100 Hz by (LP, OFF_CANC). 25/100 at 10 Hz: ST community thread 881029
# citing the datasheet; 50/200 at 20 Hz: AN5069; the rest from memory of the datasheet.
_CONTINUOUS_UA = {
    (True, False): (25.0, 50.0, 125.0, 250.0),
    (False, False): (100.0, 200.0, 475.0, 950.0),
    (True, True): (50.0, 100.0, 235.0, 460.0),
    (False, True): (120.0, 235.0, 575.0, 1130.0),
}
_IDLE_UA = 1.5  # datasheet, cited in the same thread, whose author measured 450

_DRIFT_CHECK_US = 60_000_000  # while nothing moves the field changes only with temperature
_NEAR_SIGMAS = 3.0  # nearer to the threshold than this, noise alone crosses it within minutes


class IIS2MDC(Magnetometer):
    """One IIS2MDC. Wires: `int` (INT/DRDY, push-pull once enabled, else let go of)."""

    current_source = "10 and 20 Hz: ST community thread 881029, AN5069; the rest of the datasheet's table from memory"

    def __init__(self, context: ChipContext, address: int = 0x1E) -> None:
        errors = SensorErrors.drawn(context.seed, _OFFSET_UT, _DRIFT_UT_PER_C, _SCALE)
        super().__init__(context, address, errors)
        self._token: object | None = None
        self._ready_us = 0
        self._driven: int | None = None
        self._reset()

    def power(self, on: bool) -> None:
        """Switch the supply; after power-on the chip boots for 20 ms and stays idle."""
        super().power(on)
        self._i2c_off = False
        self._ready_us = self.context.now_us() + _BOOT_US
        self._reset()

    def answers(self) -> bool:
        """Tell whether the chip ACKs its address now."""
        return super().answers() and not self._i2c_off and self.context.now_us() >= self._ready_us

    def _reset(self) -> None:
        self._registers = bytearray(128)
        for register, value in _RESET.items():
            self._registers[register] = value
        self._i2c_off = False
        self._clock.stop()
        self._taken = 0
        self._out = [0, 0, 0]
        self._held: list[int | None] = [None, None, None]
        self._temperature_lsb = 0
        self._fresh = [False, False, False]
        self._overrun = [False, False, False]
        self._generator = ThresholdGenerator()
        self._generator.set_control(self._registers[_INT_CTRL])
        self._single_end_us: int | None = None
        self._soon = True  # the very next sample must be compared
        self._apply()

    def register_address(self, sub_address: int) -> int:
        """Return the register: seven bits, the MSb has no meaning."""
        return sub_address & 0x7F

    def after_read(self, register: int) -> int:
        """Return the next register; a read wraps inside OUTX..OUTZ and never reaches the temperature.

        Measured, with and without the MSb: https://github.com/PX4/PX4-Autopilot/pull/28336
        """
        return _OUT_X_L if register == _OUT_Z_H else self.register_address(register + 1)

    def read(self, n: int) -> bytes | None:
        """Take a read transfer of n bytes; all come from the sample that is newest now."""
        self._advance()
        return super().read(n)

    def read_register(self, register: int) -> int:
        """Return one register, with the effects that reading it has."""
        if _OUT_X_L <= register <= _OUT_Z_H:
            return self._read_output(register - _OUT_X_L)
        if register == _INT_SOURCE:
            return self._read_source()
        if register == _STATUS:
            return self._status()
        if register in (_TEMP_L, _TEMP_H):
            return self._temperature_lsb >> (8 * (register - _TEMP_L)) & 0xFF
        return self._registers[register]

    def write_register(self, register: int, value: int) -> None:
        """Write one register; read-only and reserved ones stay as they are."""
        if register not in _WRITABLE:
            return
        self._advance()
        if register == _CFG_A and value & (_SOFT_RST | _REBOOT):
            self._restart(value)
            return
        before = self._registers[register]
        self._registers[register] = value & _WRITABLE[register]
        if register == _CFG_A:
            self._set_mode(before)
        self._generator.set_control(self._registers[_INT_CTRL])
        self._generator.threshold_lsb = self._registers[_INT_THS_L] | self._registers[_INT_THS_H] << 8
        self._i2c_off = bool(self._registers[_CFG_C] & _I2C_DIS)
        self._soon = True
        self._apply()

    def _restart(self, value: int) -> None:
        if value & _REBOOT:
            self._ready_us = self.context.now_us() + _BOOT_US
        if value & _SOFT_RST:
            self._reset()

    def _read_output(self, place: int) -> int:
        axis, high = divmod(place, 2)
        held = self._held[axis]
        value = self._out[axis] if held is None else held
        if high:
            self._held[axis] = None
            self._fresh[axis] = self._overrun[axis] = False
            if self._registers[_CFG_C] & _DRDY_ON_PIN:
                self._drive()
                self._plan()
        elif self._registers[_CFG_C] & _BDU:
            self._held[axis] = value
        upper = bool(high) != bool(self._registers[_CFG_C] & _BLE)
        return value >> 8 & 0xFF if upper else value & 0xFF

    def _read_source(self) -> int:
        value = self._generator.read_source()
        self._soon = True
        self._drive()
        self._plan()
        return value

    def _status(self) -> int:
        ready = sum(1 << axis for axis in range(3) if self._fresh[axis])
        overrun = sum(1 << axis for axis in range(3) if self._overrun[axis])
        return ready | (8 if ready == 7 else 0) | overrun << 4 | (0x80 if overrun == 7 else 0)

    def _set_mode(self, before: int) -> None:
        config = self._registers[_CFG_A]
        mode = config & _MODE
        now_us = self.context.now_us()
        if mode == _CONTINUOUS and (before ^ config) & 0x0F:
            self._taken = 0
            self._clock.start(now_us, _TURN_ON_US, _PERIOD_US[config >> 2 & 3])
        elif mode != _CONTINUOUS:
            self._clock.stop()
        self._single_end_us = now_us + _SINGLE_US if mode == _SINGLE else None

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
        trimmed = bool(self._registers[_CFG_A] & _COMP_TEMP_EN)
        self._measure(t_us, _LSB_PER_UT, self._noise_ut(), 1.0 if trimmed else _UNTRIMMED_GAIN)
        shift_lsb = _SELF_TEST_LSB if self._registers[_CFG_C] & _SELF_TEST else 0
        before = [saturated(raw + shift_lsb) for raw in self._raw]
        self._out = [saturated(before[axis] - self._offset(axis)) for axis in range(3)]
        self._overrun = [skipped or self._fresh[axis] or self._overrun[axis] for axis in range(3)]
        self._fresh = [True, True, True]
        if trimmed:  # assumed: the temperature sensor runs for the compensation only
            above_c = self.context.environment.temperature_c(t_us) - 25.0  # 0 = 25 °C, 8 LSB/°C
            self._temperature_lsb = max(-2048, min(2047, round(above_c * 8)))
        corrected = self._registers[_CFG_B] & _INT_ON_DATAOFF
        self._generator.compare(self._out if corrected else before, self._overflow)
        self._soon = False
        self._drive()

    def _noise_ut(self) -> float:
        noise_ut = _NOISE_LPF_UT if self._registers[_CFG_B] & _LPF else _NOISE_UT
        return noise_ut * (_LP_NOISE_GAIN if self._registers[_CFG_A] & _LP else 1.0)

    def _offset(self, axis: int) -> int:
        low = _OFFSET_X_L + 2 * axis
        return signed(self._registers[low], self._registers[low + 1])

    def _finish_single(self) -> None:
        self._single_end_us = None
        self._registers[_CFG_A] |= _IDLE
        self._take(self.context.now_us(), skipped=False)
        self._apply()

    def _drive(self) -> None:
        config = self._registers[_CFG_C]
        level: int | None = None
        if config & (_INT_ON_PIN | _DRDY_ON_PIN) and self.powered:
            level = self._generator.int_bit() if config & _INT_ON_PIN else 0
            level |= int(bool(config & _DRDY_ON_PIN) and all(self._fresh))
        if level != self._driven:
            self._driven = level
            self.context.drive("int", level)

    def glitch(self, axis: int = 0) -> None:
        """Flip the high byte of the next sample of this axis."""
        self._advance()
        super().glitch(axis)
        self._soon = True
        self._plan()

    def _apply(self) -> None:
        """Follow a change of registers: current, pin, next event."""
        self.context.draw(self._current_ua())
        self._drive()
        self._plan()

    def _current_ua(self) -> float:
        if not self.powered:
            return 0.0
        config = self._registers[_CFG_A]
        modes = _CONTINUOUS_UA[bool(config & _LP), bool(self._registers[_CFG_B] & _OFF_CANC)]
        if config & _MODE == _SINGLE:
            return modes[3]
        return modes[config >> 2 & 3] if config & _MODE == _CONTINUOUS else _IDLE_UA

    def _plan(self) -> None:
        """Ask for the next event."""
        if self._token is not None:
            self.context.cancel(self._token)
            self._token = None
        due_us = self._next_sample_us()
        if self._single_end_us is not None:
            self._token = self.context.at(self._single_end_us, self._finish_single)
        elif due_us is not None:
            self._token = self.context.at(due_us, self._sample_due)

    def _sample_due(self) -> None:
        self._token = None
        self._advance()
        self._plan()

    def _next_sample_us(self) -> int | None:
        """Return when a sample can change the pin or the interrupt source next, None = never by itself."""
        if not self._clock.running:
            return None
        next_us = self._clock.time_us(self._taken + 1)
        if self._registers[_CFG_C] & _DRDY_ON_PIN and not all(self._fresh):
            return next_us
        if not self._generator.waits():
            return None
        if self._soon or self._near_threshold():
            return next_us
        now_us = self.context.now_us()
        quiet_us = self.context.environment.quiet_until_us(now_us)
        return max(next_us, self._clock.first_from(min(quiet_us, now_us + _DRIFT_CHECK_US)))

    def _near_threshold(self) -> bool:
        sigma_lsb = self._noise_ut() * self.errors.noise_gain * _LSB_PER_UT
        return abs(self._generator.margin_lsb) < _NEAR_SIGMAS * sigma_lsb
