"""QMC5883L: magnetometer without a wake pin, for boards on mains.

Registers: QST QMC5883L datasheet 1.0, chapter 9. The bus has the methods of machine.I2C.
"""

import time

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from machine import I2C

_DATA = const(0x00)  # X, Y, Z, 16 bits each, low byte first
_STATUS = const(0x06)  # temperature follows, 16 bits
_CONTROL_1 = const(0x09)
_CONTROL_2 = const(0x0A)
_SET_PERIOD = const(0x0B)
_CHIP_ID = const(0x0D)
_ID = const(0xFF)

_MEASURE = const(0x11)  # oversampling 512, +-8 gauss, 10 Hz, continuous: a car's magnet must not saturate it
_STANDBY = const(0x00)
_SOFT_RESET = const(0x80)
_PIN_OFF = const(0x01)  # INT_ENB is active low; the data-ready pin is not wired
_SET_PERIOD_ADVISED = const(0x01)  # "it is recommended that the register 0BH is written by 0x01"

_DRDY = const(0x01)
_OVL = const(0x02)
# 3000 LSB/gauss at +-8 gauss: 100 nT are 3 LSB
_NT_NUMERATOR = const(100)
_NT_DENOMINATOR = const(3)
# Gain 100 LSB/degC = 1 LSB/0.01 degC. The offset is not calibrated; about 50 degC in robert-hh/QMC5883.
_TEMP_OFFSET_CDEG = const(5000)
_SOFT_RESET_MS = const(5)  # the datasheet gives none; POR completion takes 350 us [from memory]
_ENODEV = const(19)

LIMIT_NT = 32767 * 100 // 3  # beyond it the reading is `saturated`


class QMC5883L:
    """One QMC5883L on a bus."""

    can_watch = False  # no threshold pin: the node must stay awake and poll
    absolute_temperature = False  # only differences mean something
    period_ms = 100

    def __init__(self, i2c: "I2C", address: int = 0x0D) -> None:
        self.saturated = False  # by the last read_into()
        self._i2c = i2c
        self._address = address
        self._status = bytearray(3)  # STATUS, TEMP
        self._data = bytearray(6)

    def start(self) -> bool:
        """Check the chip and let it measure; return whether it had kept its configuration."""
        self._check_identity()
        if self.configured():
            return True
        self._write(_CONTROL_2, _SOFT_RESET)
        time.sleep_ms(_SOFT_RESET_MS)
        self._write(_SET_PERIOD, _SET_PERIOD_ADVISED)
        self._write(_CONTROL_2, _PIN_OFF)
        self._write(_CONTROL_1, _MEASURE)
        return False

    def configured(self) -> bool:
        """Read the configuration back: does the chip still measure as it was told to?"""
        config = self._i2c.readfrom_mem(self._address, _CONTROL_1, 3)
        return config == bytes((_MEASURE, _PIN_OFF, _SET_PERIOD_ADVISED))

    def read_into(self, sample: "array[int]") -> bool:
        """Fill x, y, z [nT] and the die's temperature [0.01 °C] of a new sample; False = none yet.

        Allocates nothing. The status is read first, because reading data clears it.
        """
        status, data = self._status, self._data
        self._i2c.readfrom_mem_into(self._address, _STATUS, status)
        if not status[0] & _DRDY:
            return False
        self._i2c.readfrom_mem_into(self._address, _DATA, data)
        self.saturated = bool(status[0] & _OVL)
        for axis in range(3):
            lsb = _signed(data[2 * axis], data[2 * axis + 1])
            sample[axis] = lsb * _NT_NUMERATOR // _NT_DENOMINATOR
        sample[3] = _TEMP_OFFSET_CDEG + _signed(status[1], status[2])
        return True

    def rest(self) -> None:
        """Stop measuring until start()."""
        self._write(_CONTROL_1, _STANDBY)

    def _check_identity(self) -> None:
        try:
            found = self._i2c.readfrom_mem(self._address, _CHIP_ID, 1)[0]
        except OSError as error:
            found = -error.args[0]
        if found < 0:
            text = "no QMC5883L answers at address 0x%02x (error %d): check its supply, SDA and SCL"
            raise OSError(_ENODEV, text % (self._address, -found))
        if found != _ID:
            text = "the chip at address 0x%02x says 0x%02x, a QMC5883L says 0xff: check parts and wiring"
            raise OSError(_ENODEV, text % (self._address, found))

    def _write(self, register: int, value: int) -> None:
        self._i2c.writeto_mem(self._address, register, bytes((value,)))


def _signed(low: int, high: int) -> int:
    value = low | high << 8
    return value - 0x10000 if value & 0x8000 else value
