"""The contract of boards/README.md as rules; each returns what is wrong, nothing when all is well."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from baysense_host.soc import SOCS, Soc
from board_source import BoardSource

# name -> (arguments, result), as node.py calls them
FUNCTIONS = {
    "field_bus": ("", "I2C"),
    "range_uart": ("", "UART"),
    "range_power": ("on: bool", "None"),
    "radio_bus": ("", "SPI"),
    "radio_pins": ("", "tuple[Pin, ...]"),
    "battery_mv": ("", "int"),
    "led": ("on: bool", "None"),
    "service_pressed": ("", "bool"),
    "deviation_active": ("", "bool"),
    "retained": ("", "bytes"),
    "retain": ("data: bytes", "None"),
    "nvs": ("namespace: str", "esp32.NVS"),
    "unique_id": ("", "bytes"),
    "set_time": ("time_s: int, us: int", "None"),
    "wifi": ("", "network.WLAN"),
    "wake_cause": ("", "str"),
    "watchdog": ("timeout_ms: int", "WDT"),
    "light_sleep": ("ms: int", "None"),
    "prepare_sleep": ("", "None"),
    "after_wake": ("", "None"),
    "deep_sleep": ("ms: int, watch_deviation: bool", "None"),
    "start_over": ("", "None"),
    "restart": ("", "None"),
}
CONSTANTS = {
    "NAME", "SOC", "POWER", "MAGNETOMETER", "MAGNETOMETER_ADDRESS", "RANGE", "HAS_WIFI", "MIN_MICROPYTHON",
    "RADIO", "RADIO_FACTS",
    "PIN_SDA", "PIN_SCL", "PIN_DEVIATION", "PIN_SERVICE", "PIN_LED", "PIN_BATTERY",
    "DEVIATION_LEVEL", "SERVICE_LEVEL", "SLEEP_PINS",
}  # fmt: skip
FACTS = {
    "name", "vendor", "url", "sources", "soc", "flash_mib", "psram_mib", "usb", "usb_vid_pid", "power",
    "battery_chemistry", "charger", "supply_pin", "cutoff_mv", "capacity_mah", "strapping_ok", "rails",
    "currents_ua", "parts",
}  # fmt: skip
STATES = {"deep_sleep", "light_sleep", "active", "wifi_tx", "wifi_rx"}
RECHARGEABLE = {"li-ion", "lifepo4"}
PRIMARY = {"li-socl2", "li-fes2", "alkaline"}
ASLEEP = {"high", "low", "pull_up", "pull_down", "float"}
MAGNETOMETERS_WITH_WATCH = {"iis2mdc"}
RADIO_WIRES = ("sck", "mosi", "miso")


@dataclass(frozen=True)
class Radio:
    """What a driver of a radio takes."""

    chip: str  # as board.json calls it
    pins: tuple[str, ...]  # roles, in the order of the constructor
    facts: frozenset[str]  # of its wiring: in board.json too
    told: frozenset[str]  # in RADIO_FACTS only
    most_dbm: int


RADIOS = {
    "sx126x": Radio(
        "sx1262",
        ("nss", "reset", "busy", "dio1"),
        frozenset({"tcxo_mv", "dio2_switch", "dcdc"}),
        frozenset({"tcxo_us", "max_dbm"}),
        22,
    ),
    "sx127x": Radio("sx1276", ("nss", "reset", "dio0", "dio1"), frozenset({"pa_boost"}), frozenset({"max_dbm"}), 20),
}

Problems = Iterator[str]


def complete(board: BoardSource) -> Problems:
    """Every constant, factory and fact is there, with the agreed signature."""
    yield from (f"board.py lacks {name}" for name in sorted(CONSTANTS - set(board.constants)))
    yield from (f"board.json lacks {name}" for name in sorted(FACTS ^ set(board.facts)))
    for name, wanted in FUNCTIONS.items():
        node = board.functions.get(name)
        if node is None:
            yield f"board.py lacks {name}()"
        elif (ast.unparse(node.args), ast.unparse(node.returns or ast.Constant(None))) != wanted:
            yield f"{name}() is not ({wanted[0]}) -> {wanted[1]}"


def pins_legal(board: BoardSource) -> Problems:
    """Every pin exists and may be used for what it is used for."""
    soc = SOCS[board.constants["SOC"]]
    for name, pin in board.pins.items():
        if pin not in soc.pins:
            yield f"{name}: the {soc.name} has no GPIO{pin}"
        if pin in soc.flash:
            yield f"{name}: GPIO{pin} belongs to the flash"
        if pin in (soc.usb if board.facts["usb"] == "native" else soc.console):
            yield f"{name}: GPIO{pin} is the console"
        if pin in soc.strapping and not board.facts["strapping_ok"].get(str(pin)):
            yield f"{name}: GPIO{pin} is a strapping pin, board.json gives no reason in strapping_ok"
    yield from _inputs_and_outputs(board, soc)


def _inputs_and_outputs(board: BoardSource, soc: Soc) -> Problems:
    inputs = {"PIN_DEVIATION", "PIN_SERVICE", "PIN_BATTERY", "PIN_RANGE_RX", "PIN_RADIO_MISO"}
    inputs |= {"PIN_RADIO_BUSY", "PIN_RADIO_DIO0", "PIN_RADIO_DIO1"}
    for name, pin in board.pins.items():
        if name not in inputs and pin in soc.input_only:
            yield f"{name}: GPIO{pin} can only be input"
    battery = board.constants["PIN_BATTERY"]
    if battery is not None and battery not in soc.adc1:
        yield f"PIN_BATTERY: GPIO{battery} has no ADC that works beside Wi-Fi"


def wake_pins(board: BoardSource) -> Problems:
    """The pins that shall wake the chip can, by calls the chip has, with levels it can tell apart."""
    soc = SOCS[board.constants["SOC"]]
    woken_by = {name: board.constants[name] for name in ("PIN_DEVIATION", "PIN_SERVICE")}
    for name, pin in woken_by.items():
        if pin is not None and pin not in soc.wake:
            yield f"{name}: GPIO{pin} cannot wake the {soc.name} from deep sleep"
    if set(board.constants["_WAKE_PINS"]) != {pin for pin in woken_by.values() if pin is not None}:
        yield "_WAKE_PINS are not the deviation and the service pin"
    calls = {call for call in _calls(board) if call.startswith("wake_on_")}
    yield from (f"the {soc.name} has no esp32.{call}" for call in sorted(calls - soc.wake_calls))
    levels = (board.constants["DEVIATION_LEVEL"], board.constants["SERVICE_LEVEL"])
    if calls == {"wake_on_gpio"} and levels[0] != levels[1]:
        yield "wake_on_gpio has one level for all pins"


def _calls(board: BoardSource) -> set[str]:
    nodes = (node for function in board.functions.values() for node in ast.walk(function))
    return {node.func.attr for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}


def used_once(board: BoardSource) -> Problems:
    """No pin has two jobs."""
    owners: dict[int, str] = {}
    for name, pin in board.pins.items():
        if pin in owners:
            yield f"GPIO{pin} is {owners[pin]} and {name}"
        owners[pin] = name


def sleep_complete(board: BoardSource) -> Problems:
    """Every pin has one state for deep sleep, and one it can hold."""
    soc = SOCS[board.constants["SOC"]]
    listed = [pin for pin, _ in board.constants["SLEEP_PINS"]]
    for name, pin in board.pins.items():
        if listed.count(pin) != 1:
            yield f"{name}: GPIO{pin} stands {listed.count(pin)} times in SLEEP_PINS"
    yield from (
        f"SLEEP_PINS has GPIO{pin}, which the board does not use"
        for pin in sorted({*listed} - {*board.pins.values()})
    )
    for pin, state in board.constants["SLEEP_PINS"]:
        if state not in ASLEEP:
            yield f"SLEEP_PINS: GPIO{pin} has no state {state}"
        if state != "float" and pin in soc.input_only:
            yield f"SLEEP_PINS: GPIO{pin} has neither driver nor pull"
    select = board.pins.get("PIN_RADIO_NSS")
    if select is not None and (select, "high") not in board.constants["SLEEP_PINS"]:
        yield "PIN_RADIO_NSS must sleep high: a floating chip-select costs a hundred times the sleep current"


def battery_safe(board: BoardSource) -> Problems:
    """Nothing explodes, nothing is drained to death."""
    facts = board.facts
    chemistry = facts["battery_chemistry"]
    if board.constants["POWER"] == "mains":
        yield from (f"mains, but {key}" for key in ("battery_chemistry", "cutoff_mv", "capacity_mah") if facts[key])
        return
    if chemistry not in RECHARGEABLE | PRIMARY:
        yield f"battery chemistry {chemistry} is unknown"
    if chemistry in PRIMARY and facts["charger"]:
        yield "a primary cell on a charger socket"
    if chemistry in PRIMARY and board.constants["HAS_WIFI"]:
        yield "Wi-Fi on a primary cell"
    if not facts["cutoff_mv"] or not facts["capacity_mah"]:
        yield "a battery needs cutoff_mv and capacity_mah"
    if board.constants.get("CUTOFF_MV") != facts["cutoff_mv"]:
        yield "CUTOFF_MV of board.py is not cutoff_mv of board.json"
    if not facts["supply_pin"]:
        yield "board.json does not say where the battery goes"
    if board.constants["PIN_BATTERY"] is None:
        yield "a battery nobody measures has no low-voltage cut-off"
    if board.constants["PIN_DEVIATION"] is None or board.constants["MAGNETOMETER"] not in MAGNETOMETERS_WITH_WATCH:
        yield "without a deviation pin a board is for mains"


def agrees(board: BoardSource) -> Problems:
    """board.py is wired as board.json says."""
    facts, constants = board.facts, board.constants
    for key in ("name", "soc", "power"):
        if facts[key] != constants[key.upper()]:
            yield f"{key}: {facts[key]} in board.json, {constants[key.upper()]} in board.py"
    if facts["name"] != board.name:
        yield f"the folder is called {board.name}"
    wired = {name: pin for name, pin in _wired(board).items() if pin is not None}
    for name in sorted(set(wired) | set(board.pins)):
        if wired.get(name) != board.pins.get(name):
            yield f"{name}: {wired.get(name)} in board.json, {board.pins.get(name)} in board.py"
    magnetometer = board.part(constants["MAGNETOMETER"])
    if magnetometer is None or magnetometer["address"] != constants["MAGNETOMETER_ADDRESS"]:
        yield "MAGNETOMETER or its address is not that of board.json"
    if (constants["RANGE"] is None) != (board.part("a02yyuw") is None):
        yield "RANGE is not that of board.json"
    button = board.part("button")
    if button is None or button["active"] != constants["SERVICE_LEVEL"]:
        yield "SERVICE_LEVEL is not the button's of board.json"


def _wired(board: BoardSource) -> dict[str, Any]:
    """Return what the pin constants should be, from board.json alone."""

    def of(chip: str) -> dict[str, Any]:
        part = board.part(chip) or {}
        return {**part, **part.get("pins", {})}

    field, ranger, battery = of(board.constants["MAGNETOMETER"]), of("a02yyuw"), of("battery")
    driver = RADIOS.get(board.constants["RADIO"])
    radio, roles = (of(driver.chip), driver.pins) if driver else ({}, ())
    rail = board.facts["rails"].get(ranger.get("rail", ""), {})
    return {
        "PIN_SDA": field.get("sda"),
        "PIN_SCL": field.get("scl"),
        "PIN_DEVIATION": field.get("int"),
        "PIN_SERVICE": of("button").get("out"),
        "PIN_LED": of("led").get("in"),
        "PIN_BATTERY": battery.get("out"),
        "PIN_BATTERY_ENABLE": battery.get("enable"),
        "PIN_RANGE_RX": ranger.get("rx"),
        "PIN_RANGE_TX": ranger.get("tx"),
        "PIN_RANGE_POWER": rail.get("pin"),
        **{f"PIN_RADIO_{role.upper()}": radio.get(role) for role in (*RADIO_WIRES, *roles)},
    }


def radio_told(board: BoardSource) -> Problems:
    """The driver of the radio gets its pins in order, and the facts that board.json knows; the radio can rest."""
    constants = board.constants
    fitted = {radio.chip for radio in RADIOS.values() if board.part(radio.chip)}
    driver = RADIOS.get(constants["RADIO"])
    if fitted != ({driver.chip} if driver else set()):
        yield "RADIO is not that of board.json"
    if driver is None:
        return
    facts, part = constants["RADIO_FACTS"], board.part(driver.chip) or {}
    for key in sorted(set(facts) ^ (driver.facts | driver.told)):
        yield f"RADIO_FACTS lacks {key}, or needs none"
    for key in sorted(driver.facts):
        if key not in part or facts.get(key) != part[key]:
            yield f"RADIO_FACTS: {key} is not that of board.json"
    if facts.get("max_dbm", 0) > driver.most_dbm:
        yield f"RADIO_FACTS: the {driver.chip} gives {driver.most_dbm} dBm at most"
    wanted = [f"PIN_RADIO_{role.upper()}" for role in driver.pins]
    if _names(board, "radio_pins", "PIN_") != wanted:
        yield f"radio_pins() is not {', '.join(wanted)}"
    if _names(board, "after_wake", "_rest_radio") != ["_rest_radio"]:
        yield "after_wake() leaves the radio awake"


def _names(board: BoardSource, function: str, prefix: str) -> list[str]:
    """Return the names beginning so that a function uses, in order."""
    nodes = (node for node in ast.walk(board.functions[function]) if isinstance(node, ast.Name))
    used = sorted(nodes, key=lambda node: (node.lineno, node.col_offset))
    return [node.id for node in used if node.id.startswith(prefix)]


def sourced(board: BoardSource) -> Problems:
    """Every pin and every current says where it comes from."""
    yield from (f"{name} names no source" for name in board.pins if not board.comments[name])
    if not board.facts["url"].startswith("https://") or not board.facts["sources"]:
        yield "board.json names no document of the maker"
    currents = board.facts["currents_ua"]
    yield from (f"currents_ua lacks {state}" for state in sorted(STATES ^ set(currents)))
    for state, current in currents.items():
        low, high = current["range"]
        if not 0 < low <= high or not current["source"]:
            yield f"currents_ua: {state} is no range with a source"


RULES: tuple[Callable[[BoardSource], Problems], ...] = (
    complete, pins_legal, wake_pins, used_once, sleep_complete, battery_safe, agrees, radio_told,
    sourced,
)  # fmt: skip
