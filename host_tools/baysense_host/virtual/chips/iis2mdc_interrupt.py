"""The interrupt generator of the IIS2MDC: threshold on each axis, latched or pulsed, either polarity."""

from collections.abc import Sequence

# INT_CTRL_REG; the enable bits of x, y, z are 0x80, 0x40, 0x20
IEA, IEL, IEN = 0x04, 0x02, 0x01
_X_ENABLE, _X_ABOVE, _X_BELOW, _MROI = 0x80, 0x80, 0x10, 0x02  # INT_CTRL_REG; INT_SOURCE_REG


class ThresholdGenerator:
    """Compare each sample with the threshold; hold INT_SOURCE_REG and the INT signal."""

    def __init__(self) -> None:
        self.control = 0
        self.threshold_lsb = 0
        self.active = False
        self.margin_lsb = 0  # from the last sample's largest axis to the threshold
        self._source = 0

    def set_control(self, control: int) -> None:
        """Take INT_CTRL_REG; disabling forgets what was latched."""
        self.control = control
        if not control & IEN:
            self._source, self.active = 0, False

    def compare(self, data_lsb: Sequence[int], overflow: bool) -> None:
        """Run on one sample; a range overflow sets MROI, which does not reach the pin."""
        if not self.control & IEN:
            return
        axes = [axis for axis in range(3) if self.control & _X_ENABLE >> axis]
        flags = sum(_X_ABOVE >> axis for axis in axes if data_lsb[axis] > self.threshold_lsb)
        flags |= sum(_X_BELOW >> axis for axis in axes if data_lsb[axis] < -self.threshold_lsb)
        self.margin_lsb = self.threshold_lsb - max((abs(data_lsb[axis]) for axis in axes), default=0)
        kept = self._source if self.control & IEL else self._source & _MROI
        self._source = kept | flags | (_MROI if overflow else 0)
        self.active = bool(flags) or (self.latched and self.active)

    @property
    def latched(self) -> bool:
        """Tell whether an interrupt stays until INT_SOURCE_REG is read."""
        return bool(self.control & IEL)

    def int_bit(self) -> int:
        """Return the INT signal: IEA says which level means an interrupt."""
        return int(bool(self.control & IEN) and self.active == bool(self.control & IEA))

    def waits(self) -> bool:
        """Tell whether the next sample can change anything."""
        return bool(self.control & IEN) and not (self.latched and self.active)

    def read_source(self) -> int:
        """Return INT_SOURCE_REG; reading clears MROI, and everything when latched."""
        value = self._source | self.int_bit()
        self._source &= ~_MROI
        if self.latched:
            self._source, self.active = 0, False
        return value
