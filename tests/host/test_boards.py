"""Every board keeps the contract of boards/README.md; and the rules notice when one does not."""

import copy
import re
from typing import Any

import pytest

from baysense_host.paths import boards_dir
from baysense_host.soc import SOCS
from board_rules import FUNCTIONS, RADIOS, RULES
from board_source import BoardSource, parse, read

NAMES = sorted(path.parent.name for path in boards_dir().glob("*/board.py"))
REFERENCE = "HELTEC_WIFI_LORA_32_V3"
C3 = "SEEED_XIAO_ESP32C3"
SX1276 = "LILYGO_TTGO_LORA32_V2_1"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_contract(name: str, rule: Any) -> None:
    assert not list(rule(read(name)))


def test_boards_differ_where_it_matters() -> None:
    boards = [read(name) for name in NAMES]
    assert {board.constants["SOC"] for board in boards} == set(SOCS)
    assert {board.constants["POWER"] for board in boards} == {"battery", "mains"}
    assert {board.facts["usb"] for board in boards} == {"native", "bridge"}
    assert {board.constants["RADIO"] for board in boards} == {"sx126x", "sx127x", None}


def test_readme_states_the_whole_contract() -> None:
    text = (boards_dir() / "README.md").read_text("utf-8")
    assert [name for name in FUNCTIONS if f"`{name}(" not in text] == []
    assert [name for name in NAMES if name not in text] == []
    facts = {fact for radio in RADIOS.values() for fact in radio.facts | radio.told}
    assert [fact for fact in sorted(facts) if f"`{fact}`" not in text] == []
    first = next(line for line in text.splitlines() if line.startswith("## "))
    assert "attery" in first, "battery safety comes first"


# (board, pattern in board.py, replacement, what a rule must say)
PLANTED_IN_CODE = (
    (REFERENCE, r"def retain\(", "def keep(", "lacks retain()"),
    (REFERENCE, r"def deep_sleep\(ms: int, ", "def deep_sleep(ms: int, wait: int, ", "deep_sleep() is not"),
    (REFERENCE, r"PIN_LED = 35", "PIN_LED = 24", "has no GPIO24"),
    (REFERENCE, r"PIN_LED = 35", "PIN_LED = 30", "belongs to the flash"),
    (REFERENCE, r"PIN_LED = 35", "PIN_LED = 43", "is the console"),
    (REFERENCE, r"PIN_LED = 35", "PIN_LED = 45", "strapping"),
    (REFERENCE, r"PIN_LED = 35", "PIN_LED = 41", "is PIN_SDA and PIN_LED"),
    (REFERENCE, r"PIN_LED = 35", "PIN_LED = 34", "PIN_LED: 35 in board.json, 34 in board.py"),
    (REFERENCE, r"PIN_DEVIATION = 7", "PIN_DEVIATION = 38", "cannot wake"),
    (REFERENCE, r"PIN_BATTERY = 1\b", "PIN_BATTERY = 15", "no ADC that works beside Wi-Fi"),
    (REFERENCE, r"\(PIN_RADIO_NSS, \"high\"\)", '(PIN_RADIO_NSS, "float")', "must sleep high"),
    (REFERENCE, r"    \(PIN_SDA, .*\n", "", "GPIO41 stands 0 times"),
    (REFERENCE, r"_WAKE_PINS = \(PIN_DEVIATION, ", "_WAKE_PINS = (PIN_LED, ", "_WAKE_PINS"),
    (REFERENCE, r"(PIN_LED = 35).*", r"\1", "names no source"),
    (REFERENCE, r"MAGNETOMETER_ADDRESS = 0x1E", "MAGNETOMETER_ADDRESS = 0x1D", "address"),
    (REFERENCE, r'RADIO = "sx126x"', "RADIO = None", "RADIO is not that"),
    (REFERENCE, r'"tcxo_mv": 1800', '"tcxo_mv": 3300', "tcxo_mv is not that"),
    (REFERENCE, r'"tcxo_us": 5000, ', "", "lacks tcxo_us"),
    (REFERENCE, r'"max_dbm": 22', '"max_dbm": 30', "gives 22 dBm at most"),
    (REFERENCE, r"Pin\(PIN_RADIO_BUSY, Pin.IN", "Pin(PIN_RADIO_DIO1, Pin.IN", "radio_pins() is not PIN_RADIO_NSS"),
    (REFERENCE, r"        _rest_radio\(\)", "        pass", "leaves the radio awake"),
    (SX1276, r"PIN_RADIO_DIO0 = 26", "PIN_RADIO_DIO0 = 32", "PIN_RADIO_DIO0: 26 in board.json, 32"),
    (SX1276, r"PIN_RADIO_NSS = 18", "PIN_RADIO_NSS = 36", "can only be input"),
    (C3, r"wake_on_gpio", "wake_on_ext1", "has no esp32.wake_on_ext1"),
    (C3, r"SERVICE_LEVEL = 1", "SERVICE_LEVEL = 0", "one level for all pins"),
    ("ESPRESSIF_ESP32_DEVKITC", r"PIN_SDA = 21", "PIN_SDA = 34", "can only be input"),
    ("ESPRESSIF_ESP32_DEVKITC", r'POWER = "mains"', 'POWER = "battery"', "board is for mains"),
)

# (path in board.json, value, what a rule must say)
PLANTED_IN_FACTS = (
    (("battery_chemistry",), "li-socl2", "a primary cell on a charger socket"),
    (("battery_chemistry",), "li-socl2", "Wi-Fi on a primary cell"),
    (("battery_chemistry",), "potato", "unknown"),
    (("cutoff_mv",), None, "needs cutoff_mv"),
    (("supply_pin",), "", "where the battery goes"),
    (("strapping_ok",), {}, "strapping"),
    (("rails", "vext", "pin"), 34, "PIN_RANGE_POWER"),
    (("currents_ua", "active", "source"), "", "no range with a source"),
    (("currents_ua", "active", "range"), [9, 1], "no range with a source"),
    (("soc",), "esp32", "soc: esp32 in board.json"),
)


@pytest.mark.parametrize(("name", "pattern", "replacement", "wanted"), PLANTED_IN_CODE)
def test_a_fault_in_board_py_is_found(name: str, pattern: str, replacement: str, wanted: str) -> None:
    source = (boards_dir() / name / "board.py").read_text("utf-8")
    changed = re.sub(pattern, replacement, source)
    assert changed != source
    assert wanted in _problems(parse(name, changed, read(name).facts))


@pytest.mark.parametrize(("path", "value", "wanted"), PLANTED_IN_FACTS)
def test_a_fault_in_board_json_is_found(path: tuple[str, ...], value: object, wanted: str) -> None:
    board = read(REFERENCE)
    board.facts = copy.deepcopy(board.facts)
    *way, last = path
    place = board.facts
    for key in way:
        place = place[key]
    place[last] = value
    assert wanted in _problems(board)


def _problems(board: BoardSource) -> str:
    return "\n".join(problem for rule in RULES for problem in rule(board))
