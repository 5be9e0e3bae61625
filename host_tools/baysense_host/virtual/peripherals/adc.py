"""ADC: the voltage a part puts on a pin, quantised and limited as by the chip's converter."""

from collections.abc import Callable

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.peripherals.host import Host

# Full scale by attenuation [mV], ESP-IDF ADC calibration documentation; outside it the reading saturates.
FULL_SCALE_MV = {0: 950, 1: 1250, 2: 1750, 3: 3100}
_CONVERSION_US = 40  # one-shot driver incl. its lock [assumed]


class Adc:
    """All analog inputs of one chip."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._sources: dict[int, Callable[[], int]] = {}
        host.register("adc.open", self.open)
        host.register("adc.read_uv", self.read_uv)

    def attach(self, pin: int, millivolts: Callable[[], int]) -> None:
        """Wire a voltage to a pin."""
        self._sources[pin] = millivolts

    def open(self, pin: int) -> None:
        """Check that the pin has a converter."""
        if pin not in self._host.soc.adc1 | self._host.soc.adc2:
            raise DeviceError("ValueError", "invalid pin")

    def read_uv(self, pin: int, attenuation: int) -> int:
        """Return the calibrated voltage [µV], in steps of the 12-bit converter."""
        self.open(pin)
        source = self._sources.get(pin)
        full_mv = FULL_SCALE_MV[attenuation]
        millivolts = min(max(source() if source else 0, 0), full_mv)
        raw = millivolts * 4095 // full_mv
        return raw * full_mv * 1000 // 4095
