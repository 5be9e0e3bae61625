"""A virtual board's SX1262 on the air: SPI in pieces, BUSY, DIO1, the board's name and the vehicle above it."""

import json
from pathlib import Path

from baysense_host.paths import boards_dir
from baysense_host.virtual import image
from baysense_host.virtual.air import Air, Gateway, Uplink
from baysense_host.virtual.air.airtime import airtime_us
from baysense_host.virtual.board_options import BoardOptions
from baysense_host.virtual.eventlog import EventLog
from baysense_host.virtual.simulation import Simulation
from small_board import HEAP_KIB, S3, SmallBoard, Surroundings, build_flash

PROGRAM = """
import time
from machine import SPI, Pin
nss, reset, busy, dio1 = Pin(8, Pin.OUT, value=1), Pin(12, Pin.OUT, value=1), Pin(13, Pin.IN), Pin(14, Pin.IN)
bus = SPI(1, 8_000_000, sck=Pin(9), mosi=Pin(10), miso=Pin(11))
ends = []
dio1.irq(lambda pin: ends.append(time.ticks_us()), Pin.IRQ_RISING)

def command(data, count=0):
    while busy.value():
        pass
    nss.value(0)
    bus.write(data)
    answer = bytearray(count)
    if count:
        bus.readinto(answer)
    nss.value(1)
    return answer

for data in (
    TCXO,
    b"\\x07\\0\\0", b"\\x89\\x7f", b"\\x98\\xd7\\xdb", b"\\x9d\\x01", b"\\x8a\\x01", b"\\x86\\x36\\x41\\x99\\x9a",
    b"\\x8f\\0\\0", b"\\x8b\\x09\\x04\\x01\\0", b"\\x8c\\0\\x08\\0\\x05\\x01\\0", b"\\x0d\\x07\\x40\\x34\\x44",
    b"\\x0d\\x08\\x89\\x05", b"\\x0d\\x08\\xd8\\xfe", b"\\x95\\x02\\x02\\0\\x01", b"\\x8e\\x16\\x02",
    b"\\x08\\x02\\x63\\x02\\x63\\0\\0\\0\\0", b"\\x0e\\0hello",
):
    command(data)
print("errors", command(b"\\x17\\0", 2))
begin = time.ticks_us()
command(b"\\x83\\0\\0\\0")
while not ends:
    time.sleep_ms(1)
print("took", time.ticks_diff(ends[0], begin))
print("irq", command(b"\\x12\\0", 2))
"""


def test_a_board_reaches_the_gateway_and_hears_its_interrupt(tmp_path: Path) -> None:
    facts = json.loads((boards_dir() / S3 / "board.json").read_text())
    (radio,) = (part for part in facts["parts"] if part["chip"] == "sx1262")
    radio["tcxo_mv"], radio["dio2_switch"] = 1800, True
    program = PROGRAM.replace("TCXO", r'b"\x97\x02\0\x01\x40"')
    flash = tmp_path / "board.flash"
    blocks = build_flash(tmp_path, program, S3, flash)
    simulation = Simulation(EventLog(tmp_path / "events.jsonl"))
    air = Air(simulation.clock, 1)
    air.path.fading_db = 0.0
    uplinks: list[Uplink] = []
    gateway = Gateway(air, "gateway", simulation.clock)
    gateway.on_uplink = uplinks.append
    fates: list[dict[str, str]] = []
    air.taps.append(lambda emission, outcomes: fates.append({emission.sender: outcomes["gateway"]}))
    shims = image.compile_shims(image.cache_dir())
    options = BoardOptions("bay-1", facts, Surroundings(), 7, flash, blocks, shims, HEAP_KIB, air=air)
    board = SmallBoard(simulation, options)
    board.board.power_on()
    lines = board.run(5)
    simulation.close()
    assert lines[0] == "errors bytearray(b'\\x00\\x00')" and lines[2] == "irq bytearray(b'\\x00\\x01')"
    (uplink,) = uplinks
    assert (uplink.data, uplink.freq_hz, uplink.sf) == (b"hello", 868_100_000, 9)
    late_us = int(lines[1].split()[1]) - airtime_us(5, 9)
    assert 5126 < late_us < 6500  # the TCXO's start and switching into TX; a few bytes of SPI and the callback
    assert fates == [{"bay-1": "received"}]
    assert "radio_misuse" not in (tmp_path / "events.jsonl").read_text()
