"""What both magnetometer models share: sampling of the field, sensor errors, and faults a test can inject."""

from baysense_host.virtual.chips.chip import ChipContext, I2cChip
from baysense_host.virtual.chips.noise import SensorErrors, gaussian
from baysense_host.virtual.chips.sampling import SampleClock

_INT16_MAX = 32767
_INT16_MIN = -32768


def saturated(value: int) -> int:
    """Return the value limited to what 16 bits hold."""
    return max(_INT16_MIN, min(_INT16_MAX, value))


def signed(low: int, high: int) -> int:
    """Return the 16-bit two's complement number of two bytes."""
    value = low | high << 8
    return value - 0x10000 if value & 0x8000 else value


class Magnetometer(I2cChip):
    """A three-axis magnetometer on I2C.

    Faults to inject: `absent`, `stuck_axis` (0..2, repeats its last value), `glitch(axis)`, `brown_out()`.
    `errors` may be replaced, by IDEAL for a trace that carries its own sensor's errors.
    """

    def __init__(self, context: ChipContext, address: int, errors: SensorErrors) -> None:
        super().__init__(context, address)
        self.errors = errors
        self.stuck_axis: int | None = None
        self._glitch_axis: int | None = None
        self._clock = SampleClock()
        self._raw = [0, 0, 0]
        self._overflow = False

    def glitch(self, axis: int = 0) -> None:
        """Flip the high byte of the next sample of this axis.

        Seen on LIS2MDL at 10 Hz with BDU set, on the X axis nearly always, and it does trigger the interrupt:
        https://community.st.com/t5/mems-sensors/lis2mdl-false-pulse-generation/td-p/891486
        """
        self._glitch_axis = axis

    def brown_out(self) -> None:
        """Lose the supply of this chip alone for a moment: it goes deaf until it is configured again."""
        self.context.log("chip_brown_out", chip=type(self).__name__.lower())
        self.power(False)
        self.power(True)

    def _measure(self, t_us: int, lsb_per_ut: float, noise_ut: float, drift_gain: float) -> None:
        """Take the sample of this instant into `_raw` [LSB] and `_overflow`."""
        field_ut = self.context.environment.field_ut(t_us)
        temperature_c = self.context.environment.temperature_c(t_us)
        noise_ut *= self.errors.noise_gain
        self._overflow = False
        for axis in range(3):
            if axis == self.stuck_axis:
                continue
            value_ut = self.errors.applied(axis, field_ut[axis], temperature_c, drift_gain)
            value_ut += noise_ut * gaussian(self.context.seed, t_us, axis)
            value = round(value_ut * lsb_per_ut)
            self._raw[axis] = saturated(value)
            self._overflow |= value != self._raw[axis]
        self._take_glitch()

    def _take_glitch(self) -> None:
        if self._glitch_axis is not None:
            value = self._raw[self._glitch_axis] & 0xFFFF ^ 0xFF00
            self._raw[self._glitch_axis] = signed(value & 0xFF, value >> 8)
            self._glitch_axis = None
