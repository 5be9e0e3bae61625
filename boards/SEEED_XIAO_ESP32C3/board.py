"""Seeed Studio XIAO ESP32C3: native USB; IIS2MDC, reed switch, divider on header pins; Li-ion on BAT pads.

Wiring, jumper by jumper (header names as printed on the board):
    IIS2MDC breakout   VDD-3V3  GND-GND  SDA-D4  SCL-D5  INT-D3
    reed switch        between 3V3 and D1
    divider            BAT+ - 220k - D2 - 220k - GND

Sources: [P] Espressif arduino-esp32, variants/XIAO_ESP32C3/pins_arduino.h (the maker's pin table);
[I] ESP-IDF, GPIO summary of the ESP32-C3; [F] Seeed forum topic 267535: BAT reaches no pin, a divider helps.
"""

import time

import esp32
import machine
import network
from machine import ADC, I2C, RTC, SPI, UART, WDT, Pin

NAME = "SEEED_XIAO_ESP32C3"
SOC = "esp32c3"
POWER = "battery"
MAGNETOMETER = "iis2mdc"
MAGNETOMETER_ADDRESS = 0x1E
RANGE = None
RADIO = None
RADIO_FACTS = None
HAS_WIFI = True
MIN_MICROPYTHON = (
    1,
    28,
)  # wake_on_gpio is in 1.27; wake_pins (PR 17542) was reviewed days before 1.27 came out

PIN_SDA = 6  # D4, SDA of [P]
PIN_SCL = 7  # D5, SCL of [P]
PIN_DEVIATION = 5  # D3; wakes from deep sleep (GPIO0-5), no strapping pin [I]
PIN_SERVICE = 3  # D1; wakes from deep sleep; the BOOT button on GPIO9 cannot
PIN_LED = None  # the board has a charge LED only
PIN_BATTERY = 4  # D2, ADC1_CH4 [I]; D0 of [F] is a strapping pin

# All wake pins of a C3 share one level: the reed switch closes to 3V3.
CUTOFF_MV = 3300  # below it no radio: as cutoff_mv of board.json
DEVIATION_LEVEL = 1
SERVICE_LEVEL = 1

SLEEP_PINS = (
    (PIN_SDA, "pull_up"),
    (PIN_SCL, "pull_up"),
    (PIN_DEVIATION, "pull_down"),
    (PIN_SERVICE, "pull_down"),
    (PIN_BATTERY, "float"),
)
_WAKE_PINS = (PIN_DEVIATION, PIN_SERVICE)  # a held pad would not wake (esphome PR 12803)
_PULLS = {"pull_up": Pin.PULL_UP, "pull_down": Pin.PULL_DOWN, "float": None}

_BATTERY_SAMPLES = 16  # spikes while the radio works [F]

_RESETS = {
    machine.PWRON_RESET: "power",  # also what MicroPython reports after a brown-out
    machine.HARD_RESET: "reset",  # also machine.reset() and a panic
    machine.WDT_RESET: "watchdog",
    machine.SOFT_RESET: "soft",
}
_GPIO_WAKE = 7  # ESP_SLEEP_WAKEUP_GPIO; MicroPython passes it on without a name for it


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
    """Return the voltage of the cell [mV]."""
    adc = ADC(Pin(PIN_BATTERY), atten=ADC.ATTN_11DB)  # 4.2 V arrive as 2100 mV, full scale is 2500 mV
    total_uv = 0
    for _ in range(_BATTERY_SAMPLES):
        total_uv += adc.read_uv()
    return total_uv // _BATTERY_SAMPLES // 500  # (220k + 220k) / 220k


def led(on: bool) -> None:
    """Do nothing: this board has no LED of its own to switch."""


def service_pressed() -> bool:
    """Return True while the magnet is at the reed switch."""
    return Pin(PIN_SERVICE, Pin.IN, Pin.PULL_DOWN).value() == SERVICE_LEVEL


def deviation_active() -> bool:
    """Return True while the magnetometer signals a deviation."""
    return Pin(PIN_DEVIATION, Pin.IN, Pin.PULL_DOWN).value() == DEVIATION_LEVEL


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
    """Return why the program started: power, reset, watchdog, soft, timer, deviation or service."""
    reset = machine.reset_cause()
    if reset != machine.DEEPSLEEP_RESET:
        return _RESETS.get(reset, "reset")
    if machine.wake_reason() != _GPIO_WAKE:
        return "timer"
    return "deviation" if PIN_DEVIATION in machine.wake_pins() else "service"


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
    """Sleep until the timer [ms], the service switch or, if watched, the deviation pin; then start anew."""
    prepare_sleep()
    pins = []
    if not service_pressed():  # wake is by level: a magnet left in place would end every sleep at once
        pins.append(Pin(PIN_SERVICE))
    if watch_deviation:
        pins.append(Pin(PIN_DEVIATION))
    if pins:
        esp32.wake_on_gpio(pins, esp32.WAKEUP_ANY_HIGH)
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
