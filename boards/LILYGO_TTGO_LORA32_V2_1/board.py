"""LilyGO TTGO LoRa32 V2.1 (printed T3_V1.6): ESP32, SX1276; IIS2MDC on header pins; Li-ion on its charger socket.

Wiring, jumper by jumper (header names as printed on the board):
    IIS2MDC breakout   VDD-3V3  GND-GND  SDA-21  SCL-22  INT-4
    service button     between 0 and GND: the board has none but RST

The version with a TCXO (T3_V1.6.1 TCXO) switches it on by GPIO33, which is DIO1 here [M]: another board.

Sources: [P] Espressif arduino-esp32, variants/ttgo-lora32-v21new/pins_arduino.h (the maker's pin table);
[M] Meshtastic firmware, variants/esp32/tlora_v2_1_16/variant.h; [I] ESP-IDF, GPIO summary of the ESP32.
"""

import time

import esp32
import machine
import network
from machine import ADC, I2C, RTC, SPI, UART, WDT, Pin

NAME = "LILYGO_TTGO_LORA32_V2_1"
SOC = "esp32"
POWER = "battery"
MAGNETOMETER = "iis2mdc"
MAGNETOMETER_ADDRESS = 0x1E
RANGE = None
RADIO = "sx127x"
HAS_WIFI = True
MIN_MICROPYTHON = (1, 27)

PIN_SDA = 21  # SDA of [P], shared with the display, which answers at another address
PIN_SCL = 22  # SCL of [P]
PIN_DEVIATION = 4  # T0 of [P], free of on-board parts; RTC GPIO, no strapping pin [I]
PIN_SERVICE = 0  # KEY_BUILTIN of [P]; strapping [I]: only sampled at reset, so no harm while running
PIN_LED = 25  # green LED, LED_BUILTIN of [P]
PIN_BATTERY = 35  # divider 100k/100k [M]; ADC1_CH7, input only [I]
PIN_RADIO_NSS = 18  # LORA_CS of [P]
PIN_RADIO_SCK = 5  # [P]; strapping [I]: timing of the SDIO slave, which nobody uses
PIN_RADIO_MOSI = 27  # [P]
PIN_RADIO_MISO = 19  # [P]
PIN_RADIO_RESET = 23  # LORA_RST of [P] [M]
PIN_RADIO_DIO0 = 26  # LORA_IRQ of [P] [M]
PIN_RADIO_DIO1 = 33  # LORA_D1 of [P] [M]

# The antenna is at PA_BOOST, as on every module of this kind (from memory); 20 dBm is the chip's limit (3.4.3).
RADIO_FACTS = {"pa_boost": True, "max_dbm": 20}

CUTOFF_MV = 3300  # below it no radio: as cutoff_mv of board.json
DEVIATION_LEVEL = 1
SERVICE_LEVEL = 0

# A floating chip-select cost 1.6 mA instead of 11-14 µA with another radio (SX126x-Arduino issue 13). Lines that
# something outside drives or pulls may float; the deviation pin is pulled down so that a torn-off sensor is no wake
# storm.
SLEEP_PINS = (
    (PIN_SDA, "pull_up"),
    (PIN_SCL, "pull_up"),
    (PIN_DEVIATION, "pull_down"),
    (PIN_SERVICE, "pull_up"),
    (PIN_LED, "low"),
    (PIN_BATTERY, "float"),
    (PIN_RADIO_NSS, "high"),
    (PIN_RADIO_SCK, "low"),
    (PIN_RADIO_MOSI, "low"),
    (PIN_RADIO_MISO, "pull_down"),  # the radio releases it while NSS is high
    (PIN_RADIO_RESET, "high"),
    (PIN_RADIO_DIO0, "pull_down"),  # the radio lets go of it asleep (table 18, from memory)
    (PIN_RADIO_DIO1, "pull_down"),
)
_WAKE_PINS = (PIN_DEVIATION, PIN_SERVICE)  # a held pad would not follow its input
_PULLS = {"pull_up": Pin.PULL_UP, "pull_down": Pin.PULL_DOWN, "float": None}

_BATTERY_SAMPLES = 8
_RADIO_START_MS = 6  # 5 ms, datasheet 7.2.2

_RESETS = {
    machine.PWRON_RESET: "power",  # also what MicroPython reports after a brown-out
    machine.HARD_RESET: "reset",  # also machine.reset() and a panic
    machine.WDT_RESET: "watchdog",
    machine.SOFT_RESET: "soft",
}
_WAKES = {machine.TIMER_WAKE: "timer", machine.EXT1_WAKE: "deviation", machine.EXT0_WAKE: "service"}


def field_bus() -> I2C:
    """Return the bus of the magnetometer."""
    return I2C(0, scl=Pin(PIN_SCL), sda=Pin(PIN_SDA), freq=400_000)


def range_uart() -> UART:
    """Raise OSError: this board has no range sensor."""
    raise OSError("this board has no range sensor")


def range_power(on: bool) -> None:
    """Do nothing: this board has no range sensor."""


def radio_bus() -> SPI:
    """Return the bus of the radio."""
    # the SX1276 takes 10 MHz, datasheet table 10
    return SPI(1, 8_000_000, sck=Pin(PIN_RADIO_SCK), mosi=Pin(PIN_RADIO_MOSI), miso=Pin(PIN_RADIO_MISO))


def radio_pins() -> tuple[Pin, ...]:
    """Return NSS, RESET, DIO0 and DIO1; the pulls give a missing radio levels that tell."""
    return (
        Pin(PIN_RADIO_NSS, Pin.OUT, value=1),
        Pin(PIN_RADIO_RESET, Pin.OUT, value=1),
        Pin(PIN_RADIO_DIO0, Pin.IN, Pin.PULL_DOWN),
        Pin(PIN_RADIO_DIO1, Pin.IN, Pin.PULL_DOWN),
    )


def battery_mv() -> int:
    """Return the voltage of the cell [mV]."""
    adc = ADC(Pin(PIN_BATTERY), atten=ADC.ATTN_11DB)  # 4.2 V arrive as 2100 mV
    total_uv = 0
    for _ in range(_BATTERY_SAMPLES):
        total_uv += adc.read_uv()
    return total_uv // _BATTERY_SAMPLES // 500  # (100k + 100k) / 100k


def led(on: bool) -> None:
    """Switch the LED."""
    Pin(PIN_LED, Pin.OUT, value=on)


def service_pressed() -> bool:
    """Return True while the service button is held."""
    return Pin(PIN_SERVICE, Pin.IN, Pin.PULL_UP).value() == SERVICE_LEVEL


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
    """Release the pins; also gives every pin a safe state, and the radio its rest, after power-on."""
    _hold_bank(False)
    _park(False)
    if machine.reset_cause() != machine.DEEPSLEEP_RESET:
        _rest_radio()


def deep_sleep(ms: int, watch_deviation: bool) -> None:
    """Sleep until the timer [ms], the service button or, if watched, the deviation pin; then start anew."""
    prepare_sleep()
    if not service_pressed():  # wake is by level: a stuck button would end every sleep at once
        esp32.wake_on_ext0(Pin(PIN_SERVICE), esp32.WAKEUP_ALL_LOW)
    if watch_deviation:
        esp32.wake_on_ext1((Pin(PIN_DEVIATION),), esp32.WAKEUP_ANY_HIGH)
    machine.deepsleep(ms)


def start_over() -> None:
    """Run the program anew with an empty heap; clock, RTC memory and parts stay as they are."""
    machine.soft_reset()


def restart() -> None:
    """Reset the chip."""
    machine.reset()


def _rest_radio() -> None:
    """Reset the radio, whatever it was at, and let it sleep: else it stands by with 1.6 mA (datasheet table 6)."""
    select, reset, _, _ = radio_pins()
    bus = radio_bus()
    reset.value(0)
    time.sleep_ms(1)
    reset.value(1)
    time.sleep_ms(_RADIO_START_MS)
    select.value(0)
    bus.write(b"\x81\x00")  # RegOpMode: sleep
    select.value(1)
    bus.deinit()


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
