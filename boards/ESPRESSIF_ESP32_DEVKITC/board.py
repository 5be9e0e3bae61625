"""Espressif ESP32-DevKitC VE (ESP32-WROVER-E): mains powered, QMC5883L on header pins, always awake, Wi-Fi.

The module has PSRAM, which a node that measures and stays connected needs: use MicroPython's SPIRAM build. Its pins
16 and 17 belong to the PSRAM.

Wiring, jumper by jumper (header names as printed on the board):
    QMC5883L breakout (GY-271)   VCC-3V3  GND-GND  SDA-21  SCL-22

Sources: [G] Espressif, ESP32-DevKitC V4 getting started guide; [I] ESP-IDF, GPIO summary of the ESP32;
[P] Espressif arduino-esp32, variants/esp32/pins_arduino.h.
"""

import time

import esp32
import machine
import network
from machine import I2C, RTC, SPI, UART, WDT, Pin

NAME = "ESPRESSIF_ESP32_DEVKITC"
SOC = "esp32"
POWER = "mains"
MAGNETOMETER = "qmc5883l"
MAGNETOMETER_ADDRESS = 0x0D
RANGE = None
RADIO = None
RADIO_FACTS = None
HAS_WIFI = True
MIN_MICROPYTHON = (1, 27)

PIN_SDA = 21  # SDA of [P]
PIN_SCL = 22  # SCL of [P]
PIN_DEVIATION = None  # the QMC5883L signals data, not deviation: mains only
PIN_SERVICE = 0  # Boot button to ground [G]; strapping [I]: only sampled at reset, so no harm while running
PIN_LED = None  # the board has a power LED only [G]
PIN_BATTERY = None

DEVIATION_LEVEL = 1
SERVICE_LEVEL = 0

SLEEP_PINS = (
    (PIN_SDA, "pull_up"),
    (PIN_SCL, "pull_up"),
    (PIN_SERVICE, "pull_up"),
)
_WAKE_PINS = (PIN_SERVICE,)  # a held pad would not follow its input
_PULLS = {"pull_up": Pin.PULL_UP, "pull_down": Pin.PULL_DOWN, "float": None}

_RESETS = {
    machine.PWRON_RESET: "power",  # also what MicroPython reports after a brown-out
    machine.HARD_RESET: "reset",  # also machine.reset() and a panic
    machine.WDT_RESET: "watchdog",
    machine.SOFT_RESET: "soft",
}
_WAKES = {machine.TIMER_WAKE: "timer", machine.EXT0_WAKE: "service"}


def field_bus() -> I2C:
    """Return the bus of the magnetometer."""
    return I2C(0, scl=Pin(PIN_SCL), sda=Pin(PIN_SDA), freq=400_000)


def range_uart() -> UART:
    """Raise OSError: this board has no range sensor."""
    raise OSError("this board has no range sensor")


def range_power(on: bool) -> None:
    """Do nothing: this board has no range sensor."""


def radio_bus() -> SPI:
    """Raise OSError: this board has no LoRa radio."""
    raise OSError("this board has no LoRa radio")


def radio_pins() -> tuple[Pin, ...]:
    """Return nothing: this board has no LoRa radio."""
    return ()


def battery_mv() -> int:
    """Return 0: mains."""
    return 0


def led(on: bool) -> None:
    """Do nothing: this board has no LED of its own to switch."""


def service_pressed() -> bool:
    """Return True while the service button is held."""
    return Pin(PIN_SERVICE, Pin.IN, Pin.PULL_UP).value() == SERVICE_LEVEL


def deviation_active() -> bool:
    """Return False: no pin for it."""
    return False


def retained() -> bytes:
    """Return what was kept in RTC memory."""
    return RTC().memory()


def retain(data: bytes) -> None:
    """Keep up to 2048 bytes over every reset but a power cut."""
    RTC().memory(data)


def nvs(namespace: str) -> esp32.NVS:
    """Return a namespace of the non-volatile storage."""
    return esp32.NVS(namespace)


def unique_id() -> bytes:
    """Return the factory MAC address, 6 bytes."""
    return machine.unique_id()


def wifi() -> network.WLAN:
    """Return the Wi-Fi station."""
    return network.WLAN(network.WLAN.IF_STA)


def set_time(time_s: int, us: int) -> None:
    """Set the system clock, by which certificates are judged [s since 2000, and µs]."""
    year, month, day, hour, minute, second, weekday, _ = time.gmtime(time_s)
    RTC().datetime((year, month, day, weekday, hour, minute, second, us))


def wake_cause() -> str:
    """Return why the program started: power, reset, watchdog, soft, timer or service."""
    reset = machine.reset_cause()
    if reset != machine.DEEPSLEEP_RESET:
        return _RESETS.get(reset, "reset")
    return _WAKES.get(machine.wake_reason(), "timer")


def watchdog(timeout_ms: int) -> WDT:
    """Start the watchdog; nothing but a reset stops it."""
    return WDT(timeout=timeout_ms)


def light_sleep(ms: int) -> None:
    """Pause the processor, memory and pins kept [ms]."""
    machine.lightsleep(ms)


def prepare_sleep() -> None:
    """Bring every pin into its sleeping state and hold it there."""
    _park(True)
    _hold_bank(True)


def after_wake() -> None:
    """Release the pins; also gives every pin a safe state after power-on."""
    _hold_bank(False)
    _park(False)


def deep_sleep(ms: int, watch_deviation: bool) -> None:
    """Sleep until the timer [ms] or the service button; there is no deviation pin to watch."""
    prepare_sleep()
    if not service_pressed():  # wake is by level: a stuck button would end every sleep at once
        esp32.wake_on_ext0(Pin(PIN_SERVICE), esp32.WAKEUP_ALL_LOW)
    machine.deepsleep(ms)


def start_over() -> None:
    """Run the program anew with an empty heap; clock, RTC memory and parts stay as they are."""
    machine.soft_reset()


def restart() -> None:
    """Reset the chip."""
    machine.reset()


def _park(hold: bool) -> None:
    for pin, state in SLEEP_PINS:
        held = hold and pin not in _WAKE_PINS
        if state in _PULLS:
            Pin(pin, Pin.IN, _PULLS[state], hold=held)  # type: ignore[call-arg,arg-type]  # stubs lack hold
        else:
            Pin(pin, Pin.OUT, value=state == "high", hold=held)  # type: ignore[call-arg]


def _hold_bank(on: bool) -> None:
    # Up to MicroPython 1.28 digital pads keep their hold asleep only with this; 1.29 (IDF 5.5) holds pin by
    # pin and has no such function any more (walter-micropython issue 73).
    hold = getattr(esp32, "gpio_deep_sleep_hold", None)
    if hold:
        hold(on)
