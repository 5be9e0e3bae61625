"""LilyGO T3-S3 V1.2 with SX1262: ESP32-S3, native USB; IIS2MDC on the Qwiic socket; Li-ion on its charger socket.

Wiring, jumper by jumper (header names as printed on the board):
    IIS2MDC breakout   Qwiic cable (VDD, GND, SDA-10, SCL-21)   INT-12

GPIO35 of V1.2 may switch the radio's supply off by a solder pad (LilyGo-LoRa-Series issue 273): leave it open.

Sources: [P] Espressif arduino-esp32, variants/lilygo_t3_s3_sx1262/pins_arduino.h (the maker's pin table);
[M] Meshtastic firmware, variants/esp32s3/tlora_t3s3_v1/variant.h; [I] ESP-IDF, GPIO summary of the ESP32-S3.
"""

import time

import esp32
import machine
import network
from machine import ADC, I2C, RTC, SPI, UART, WDT, Pin

NAME = "LILYGO_T3_S3"
SOC = "esp32s3"
POWER = "battery"
MAGNETOMETER = "iis2mdc"
MAGNETOMETER_ADDRESS = 0x1E
RANGE = None
RADIO = "sx126x"
HAS_WIFI = True
MIN_MICROPYTHON = (1, 27)

PIN_SDA = 10  # Qwiic socket, SDA1 of [P]
PIN_SCL = 21  # Qwiic socket, SCL1 of [P]
PIN_DEVIATION = 12  # header P2 of [P]; RTC GPIO, no strapping pin [I], free of on-board parts [P]
PIN_SERVICE = 0  # BOOT button to ground, BUTTON_1 of [P]; strapping: only sampled at reset, so no harm while running
PIN_LED = 37  # green LED, LED_BUILTIN of [P]
PIN_BATTERY = 1  # BAT_VOLT of [P], divider 100k/100k [M]; ADC1_CH0 [I]
PIN_RADIO_NSS = 7  # LORA_CS of [P] [M]
PIN_RADIO_SCK = 5  # [P] [M]
PIN_RADIO_MOSI = 6  # [P] [M]
PIN_RADIO_MISO = 3  # [P] [M]; strapping [I]: chooses the JTAG port, and only after an eFuse was burnt
PIN_RADIO_RESET = 8  # LORA_RST of [P] [M]
PIN_RADIO_BUSY = 34  # [P] [M]
PIN_RADIO_DIO1 = 33  # [P] [M]

# DIO3 feeds the TCXO with 1.8 V, DIO2 is the antenna switch [M]; the TCXO's start is on the safe side, as RadioLib's
# 5 ms; the DC-DC converter is what RadioLib, and so the maker's examples, switch on (from memory).
RADIO_FACTS = {"tcxo_mv": 1800, "tcxo_us": 5000, "dio2_switch": True, "dcdc": True, "max_dbm": 22}

CUTOFF_MV = 3300  # below it no radio: as cutoff_mv of board.json
DEVIATION_LEVEL = 1
SERVICE_LEVEL = 0

# A floating chip-select costs 1.6 mA against 11-14 µA (SX126x-Arduino issue 13). Lines that something outside
# drives or pulls may float; the deviation pin is pulled down so that a torn-off sensor is no wake storm.
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
    (PIN_RADIO_BUSY, "float"),  # driven by the radio, also asleep
    (PIN_RADIO_DIO1, "float"),  # driven by the radio
)
_WAKE_PINS = (PIN_DEVIATION, PIN_SERVICE)  # a held pad would not follow its input
_PULLS = {"pull_up": Pin.PULL_UP, "pull_down": Pin.PULL_DOWN, "float": None}

_BATTERY_SAMPLES = 8
_RADIO_START_MS = 20  # 3.5 ms (datasheet 8.1, from memory), up to 18 ms measured for a calibration

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
    # the SX1262 takes 16 MHz, datasheet 8.2
    return SPI(1, 8_000_000, sck=Pin(PIN_RADIO_SCK), mosi=Pin(PIN_RADIO_MOSI), miso=Pin(PIN_RADIO_MISO))


def radio_pins() -> tuple[Pin, ...]:
    """Return NSS, RESET, BUSY and DIO1; the pulls give a missing radio levels that tell."""
    return (
        Pin(PIN_RADIO_NSS, Pin.OUT, value=1),
        Pin(PIN_RADIO_RESET, Pin.OUT, value=1),
        Pin(PIN_RADIO_BUSY, Pin.IN, Pin.PULL_DOWN),
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
    """Reset the radio, whatever it was at, and SetSleep: else it stands by with 600 µA (datasheet 9.1, 13.1.1)."""
    select, reset, busy, _ = radio_pins()
    bus = radio_bus()
    reset.value(0)
    time.sleep_ms(1)
    reset.value(1)
    for _ in range(_RADIO_START_MS):
        time.sleep_ms(1)
        if not busy.value():
            break
    select.value(0)
    bus.write(b"\x84\x00")
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
