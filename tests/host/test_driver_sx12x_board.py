"""Each LoRa board with its radio's driver in MicroPython: pins, bus, interrupt and sleep as board.py has them."""

import json
import shutil
from pathlib import Path

import pytest

from baysense_host.boards import board_names, read_board
from baysense_host.paths import firmware_dir
from radio_driver_bench import AIRTIME_SF9_US
from small_board import SmallBoard, small_board

CHIPS = {"sx1262": ("sx126x", "SX126x"), "sx1276": ("sx127x", "SX127x")}
PROGRAM = """
import sys
sys.path.insert(0, "/a")
import board
from baysense.drivers.DRIVER import CLASS
import time
board.after_wake()
radio = CLASS(board.radio_bus(), *board.radio_pins(), board.RADIO_FACTS)
def attempt(act):
    try:
        act()
        print("well")
    except OSError as error:
        print("OSError", error.args[1])
time.sleep(1)
attempt(radio.start)
for sf, symbols in ((9, 14), (7, 60)):
    radio.prepare_send(bytes(24), 868100000, sf, 125, 14)
    begin_us = radio.send()
    end_us = radio.sent(5000)
    print(end_us and time.ticks_diff(end_us, begin_us))
    radio.prepare_receive(868100000, sf, 125, symbols)
    radio.receive()
    print(radio.received(3000))
radio.sleep()
time.sleep(1)
board.deep_sleep(3600000, False)
"""

INTERRUPTED = """
import sys
sys.path.insert(0, "/a")
import board
from baysense.drivers.DRIVER import CLASS
board.after_wake()
if board.wake_cause() == "power":
    radio = CLASS(board.radio_bus(), *board.radio_pins(), board.RADIO_FACTS)
    radio.start()
    radio.prepare_send(bytes(24), 868100000, 12, 125, 14)
    radio.send()
    board.restart()
print(board.wake_cause())
board.deep_sleep(3600000, False)
"""


def lora_boards() -> list[tuple[str, str]]:
    """Return every board that has a LoRa radio, with its chip."""
    parts = {name: [part["chip"] for part in read_board(name)["parts"]] for name in board_names()}
    return [(name, chip) for name, chips in parts.items() for chip in chips if chip in CHIPS]


def program(folder: Path, chip: str, text: str = PROGRAM) -> str:
    """Put the driver beside the program, and return the program for it."""
    module, name = CHIPS[chip]
    drivers = folder / "firmware" / "baysense" / "drivers"
    drivers.mkdir(parents=True)
    shutil.copy(firmware_dir() / "baysense" / "drivers" / f"{module}.py", drivers)
    return text.replace("DRIVER", module).replace("CLASS", name)


def radio_lines(folder: Path, kind: str) -> list[dict[str, object]]:
    """Return what the radio's model wrote into the event log."""
    lines = map(json.loads, (folder / "events.jsonl").read_text().splitlines())
    return [line for line in lines if line.get("kind") == kind]


def current_ua(board: SmallBoard, chip: str) -> float:
    """Return what the radio takes in the next seconds, on average [µA]."""
    begin_mc = board.board.ledger.charges()[chip][1]
    board.run(10)
    return (board.board.ledger.charges()[chip][1] - begin_mc) * 100


@pytest.mark.parametrize(("make", "chip"), lora_boards())
def test_a_radio_works_on_its_board_and_sleeps_with_it(tmp_path: Path, make: str, chip: str) -> None:
    with small_board(tmp_path, program(tmp_path, chip), make) as board:
        board.run(20)
        said = board.said()
        assert current_ua(board, chip) < 1
    assert (said[0], said[2], said[4]) == ("well", "None", "None")
    for took_us, airtime_us in zip(said[1:4:2], (AIRTIME_SF9_US, 61_696), strict=True):
        assert abs(int(took_us) - airtime_us) <= 1000
    assert radio_lines(tmp_path, "radio_misuse") == []


@pytest.mark.parametrize(("make", "chip"), lora_boards())
def test_a_radio_that_a_reset_caught_sending_sleeps_again(tmp_path: Path, make: str, chip: str) -> None:
    with small_board(tmp_path, program(tmp_path, chip, INTERRUPTED), make) as board:
        board.run(20)
        assert board.said() == ["reset"]
        assert current_ua(board, chip) < 1
    assert radio_lines(tmp_path, "radio_misuse") == []


@pytest.mark.parametrize(("make", "chip"), lora_boards())
def test_a_board_without_its_radio_says_so(tmp_path: Path, make: str, chip: str) -> None:
    with small_board(tmp_path, program(tmp_path, chip), make, power_on=False) as board:
        board.chip(chip).absent = True
        board.board.power_on()
        board.run(5)
        assert board.said()[0].startswith("OSError radio does not answer")
