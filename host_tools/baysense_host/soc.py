"""Pin tables of the ESP32 chips: what each pin can and must not be. Pure data.

Source: ESP-IDF programming guide, "GPIO & RTC GPIO", GPIO summary of each chip; wake rules from "Sleep Modes"
there and MicroPython's ports/esp32/machine_rtc.h; buses from soc_caps.h.
"""

from dataclasses import dataclass


def _pins(*parts: int | range) -> frozenset[int]:
    found: set[int] = set()
    for part in parts:
        found.update([part] if isinstance(part, int) else part)
    return frozenset(found)


@dataclass(frozen=True)
class Soc:
    """One chip; sets of GPIO numbers, then what its wake-up can do and what it has."""

    name: str
    pins: frozenset[int]
    input_only: frozenset[int]  # no output driver, no internal pull
    flash: frozenset[int]  # wired to the flash chip
    strapping: frozenset[int]  # sampled at reset
    wake: frozenset[int]  # can end deep sleep
    adc1: frozenset[int]  # converter that also works beside Wi-Fi
    adc2: frozenset[int]  # converter that Wi-Fi takes for itself
    usb: frozenset[int]  # native USB
    console: frozenset[int]  # UART0, the console of boards with a USB bridge
    wake_calls: frozenset[str]  # of module esp32: wake_on_ext0, wake_on_ext1, wake_on_gpio
    ext1_low_means_all: bool  # WAKEUP_ALL_LOW waits for all pins low; on newer chips any low one wakes
    i2c_buses: int  # hardware buses, from 0
    spi_buses: frozenset[int]  # as MicroPython numbers them; 0 belongs to the flash
    uarts: int

    @property
    def adc(self) -> frozenset[int]:
        """Every pin with a converter behind it."""
        return self.adc1 | self.adc2


_EXT = frozenset({"wake_on_ext0", "wake_on_ext1"})

SOCS = {
    soc.name: soc
    for soc in (
        Soc(
            name="esp32",
            pins=_pins(range(0, 20), range(21, 24), range(25, 28), range(32, 40)),
            input_only=_pins(range(34, 40)),
            flash=_pins(range(6, 12)),
            strapping=_pins(0, 2, 5, 12, 15),
            wake=_pins(0, 2, 4, range(12, 16), range(25, 28), range(32, 40)),
            adc1=_pins(range(32, 40)),
            adc2=_pins(0, 2, 4, range(12, 16), range(25, 28)),
            usb=_pins(),
            console=_pins(1, 3),
            wake_calls=_EXT,
            ext1_low_means_all=True,
            i2c_buses=2,
            spi_buses=_pins(1, 2),
            uarts=3,
        ),
        Soc(
            name="esp32s3",
            pins=_pins(range(0, 22), range(26, 49)),
            input_only=_pins(),
            flash=_pins(range(26, 33)),  # 33-37 too with octal flash or PSRAM, which no board here has
            strapping=_pins(0, 3, 45, 46),
            wake=_pins(range(0, 22)),
            adc1=_pins(range(1, 11)),
            adc2=_pins(range(11, 21)),
            usb=_pins(19, 20),
            console=_pins(43, 44),
            wake_calls=_EXT,
            ext1_low_means_all=False,
            i2c_buses=2,
            spi_buses=_pins(1, 2),
            uarts=3,
        ),
        Soc(
            name="esp32c3",
            pins=_pins(range(0, 22)),
            input_only=_pins(),
            flash=_pins(range(11, 18)),  # 11 is VDD_SPI, the flash chip's supply
            strapping=_pins(2, 8, 9),
            wake=_pins(range(0, 6)),
            adc1=_pins(range(0, 5)),
            adc2=_pins(5),
            usb=_pins(18, 19),
            console=_pins(20, 21),
            wake_calls=frozenset({"wake_on_gpio"}),
            ext1_low_means_all=False,
            i2c_buses=1,
            spi_buses=_pins(1),
            uarts=2,
        ),
    )
}
