"""IIS2MDC and its twin LIS2MDL: magnetometer that wakes the node when the field leaves a stored vector.

Registers: ST iis2mdc_reg.h (STMems_Standard_C_drivers). The bus has the methods of machine.I2C.
"""

import struct
import time

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from machine import I2C

_OFFSET = const(0x45)  # X, Y, Z, 16 bits each, low byte first
_WHO_AM_I = const(0x4F)
_ID = const(0x40)
_CFG = const(0x60)  # CFG_REG_A, B, C and INT_CTRL_REG follow each other
_INT_CTRL = const(0x63)
_INT_SOURCE = const(0x64)
_INT_THS = const(0x65)
_STATUS = const(0x67)  # OUTX_L_REG follows
_TEMP_OUT = const(0x6E)

# CFG_REG_A: COMP_TEMP_EN, which the chip needs for correct data; high resolution, 10 Hz, continuous. Low
# power (LP) would save 70 uA, but ST does not say that its interrupt works, and its noise is not known.
_CFG_A = const(0x80)
_CFG_A_SOFT_RESET = const(0x20)
_CFG_A_IDLE = const(0x83)
# CFG_REG_B: INT_on_DataOFF, the threshold is compared after the stored vector was subtracted; OFF_CANC, set
# and reset pulses cancel the element's own offset and its drift with temperature (AN5080), for 20 uA more;
# LPF, bandwidth ODR/4, for the noise of 0.3 uT.
_CFG_B = const(0x0B)
_CFG_C = const(0x50)  # INT_on_PIN, BDU
_INT_OFF = const(0xE0)  # reset value: all axes, IEN = 0
_INT_ON = const(0xE7)  # all axes, active high (IEA), latched (IEL), IEN

_ZYXDA = const(0x08)
_NT_PER_LSB = const(150)  # 1.5 mgauss/LSB, iis2mdc_from_lsb_to_mgauss
_INT16_MAX = const(32767)
_TEMP_EVERY = const(10)  # samples; a die warms by hundredths of a degree in a second
_SOFT_RESET_MS = const(1)  # 5 us, application note AN5069 [from memory]
_ENODEV = const(19)

LIMIT_NT = 32767 * 150  # beyond it the reading is `saturated`


def offset_lsb(field_nt: int) -> int:
    """Return a field as the offset registers hold it, rounded and limited to 16 bits [1.5 mgauss]."""
    lsb = (abs(field_nt) + _NT_PER_LSB // 2) // _NT_PER_LSB
    return max(-_INT16_MAX, min(_INT16_MAX, lsb if field_nt >= 0 else -lsb))


class IIS2MDC:
    """One IIS2MDC or LIS2MDL on a bus."""

    can_watch = True  # it can wake the node
    absolute_temperature = True  # not only differences mean something
    period_ms = 100

    def __init__(self, i2c: "I2C", address: int = 0x1E) -> None:
        self.saturated = False  # by the last read_into()
        self._i2c = i2c
        self._address = address
        self._offset = [0, 0, 0]  # what the chip subtracts before it shows a value
        self._sample = bytearray(7)  # STATUS, X, Y, Z
        self._temp = bytearray(2)
        self._temp_age = 0  # samples until the temperature is read again

    def start(self) -> bool:
        """Check the chip and let it measure; return whether it had kept its configuration.

        False after a deep sleep means that the chip lost its supply meanwhile and was deaf.
        """
        self._check_identity()
        kept = self.configured()
        if not kept:
            self._write(_CFG, _CFG_A_SOFT_RESET)
            time.sleep_ms(_SOFT_RESET_MS)
            self._i2c.writeto_mem(self._address, _CFG, bytes((_CFG_A, _CFG_B, _CFG_C, _INT_OFF)))
        stored = struct.unpack("<3h", self._i2c.readfrom_mem(self._address, _OFFSET, 6))
        for axis in range(3):
            self._offset[axis] = stored[axis]
        return kept

    def configured(self) -> bool:
        """Read the configuration back: does the chip still measure, and watch as it was told to?"""
        config = self._i2c.readfrom_mem(self._address, _CFG, 4)
        return config[:3] == bytes((_CFG_A, _CFG_B, _CFG_C)) and config[3] in (_INT_OFF, _INT_ON)

    def read_into(self, sample: "array[int]") -> bool:
        """Fill x, y, z [nT] and the die's temperature [0.01 °C, once a second] of a new sample; False = none yet.

        Allocates nothing. The temperature needs a transfer of its own: a longer read wraps from OUTZ to OUTX
        (measured, https://github.com/PX4/PX4-Autopilot/pull/28336).
        """
        raw = self._sample
        self._i2c.readfrom_mem_into(self._address, _STATUS, raw)
        if not raw[0] & _ZYXDA:
            return False
        self.saturated = False
        for axis in range(3):
            shown = _signed(raw[2 * axis + 1], raw[2 * axis + 2])
            field = shown + self._offset[axis]
            # the chip limits twice: what it measures, and what is left after the subtraction
            if not (-_INT16_MAX <= shown < _INT16_MAX and -_INT16_MAX <= field < _INT16_MAX):
                self.saturated = True
            sample[axis] = field * _NT_PER_LSB
        if self._temp_age == 0:
            self._i2c.readfrom_mem_into(self._address, _TEMP_OUT, self._temp)
            self._temp_age = _TEMP_EVERY
        self._temp_age -= 1
        sample[3] = 2500 + _signed(self._temp[0], self._temp[1]) * 25 // 2  # 8 LSB/°C, 0 = 25 °C
        return True

    def away_nt(self, sample: "array[int]") -> int:
        """Return how far a sample lies from the vector being watched, on the axis where it is farthest [nT]."""
        most = 0
        for axis in range(3):
            away = sample[axis] - self._offset[axis] * _NT_PER_LSB
            most = max(most, away, -away)
        return most

    def watch(self, x_nt: int, y_nt: int, z_nt: int, threshold_nt: int) -> None:
        """Raise the pin when any axis leaves this vector by more than the threshold, until clear().

        The first sample after the call decides: wait `period_ms`, clear(), then look at the pin.
        """
        self._write(_INT_CTRL, _INT_OFF)
        offset = self._offset
        offset[0], offset[1], offset[2] = offset_lsb(x_nt), offset_lsb(y_nt), offset_lsb(z_nt)
        self._i2c.writeto_mem(self._address, _OFFSET, struct.pack("<3h", offset[0], offset[1], offset[2]))
        self._i2c.writeto_mem(self._address, _INT_THS, struct.pack("<h", offset_lsb(threshold_nt)))
        self._i2c.readfrom_mem_into(self._address, _STATUS, self._sample)  # it still has the old vector in it
        self._write(_INT_CTRL, _INT_ON)

    def clear(self) -> int:
        """Read INT_SOURCE_REG, which releases the pin; return it (0 = nothing had happened)."""
        return self._i2c.readfrom_mem(self._address, _INT_SOURCE, 1)[0]

    def rest(self) -> None:
        """Stop measuring until start(); the pin goes idle."""
        self._write(_INT_CTRL, _INT_OFF)
        self._write(_CFG, _CFG_A_IDLE)

    def _check_identity(self) -> None:
        try:
            found = self._i2c.readfrom_mem(self._address, _WHO_AM_I, 1)[0]
        except OSError as error:
            found = -error.args[0]
        if found < 0:
            text = "no IIS2MDC answers at address 0x%02x (error %d): check its supply, SDA and SCL"
            raise OSError(_ENODEV, text % (self._address, -found))
        if found != _ID:
            text = "the chip at address 0x%02x says 0x%02x, an IIS2MDC says 0x40: check parts and wiring"
            raise OSError(_ENODEV, text % (self._address, found))

    def _write(self, register: int, value: int) -> None:
        self._i2c.writeto_mem(self._address, register, bytes((value,)))


def _signed(low: int, high: int) -> int:
    value = low | high << 8
    return value - 0x10000 if value & 0x8000 else value
