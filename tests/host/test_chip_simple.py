"""Range sensor, battery, button and lamp."""

import json

from baysense_host.paths import boards_dir
from baysense_host.virtual.chips import CHIPS
from baysense_host.virtual.chips.a02yyuw import A02YYUW
from baysense_host.virtual.chips.battery import Battery
from baysense_host.virtual.chips.button import Button
from baysense_host.virtual.chips.led import Led
from chip_bench import Bench


def distances(data: bytes) -> list[int]:
    """Return what whole, correct frames say [mm]."""
    frames = [data[i : i + 4] for i in range(0, len(data), 4)]
    assert all(frame[0] == 0xFF and sum(frame[:3]) & 0xFF == frame[3] for frame in frames)
    return [frame[1] << 8 | frame[2] for frame in frames]


def test_range_sensor_sends_ten_frames_a_second_while_powered() -> None:
    bench = Bench()
    sensor = A02YYUW(bench)
    bench.run_ms(1000)
    assert bench.received == b""
    bench.environment.clearance = 180
    sensor.power(True)
    assert bench.current_ua == 8000
    bench.run_ms(1000)
    found = distances(bench.received)
    assert len(found) == 8, "the first processed value takes 300 ms"
    assert all(abs(distance_mm - 180) < 10 for distance_mm in found)
    sensor.power(False)
    bench.run_ms(1000)
    assert (len(distances(bench.received)), bench.current_ua) == (8, 0)


def test_range_sensor_modes_and_limits() -> None:
    for clearance, rx, expected in ((None, None, 0), (5000, 1, 0), (10, 0, 30), (4500, 0, 4500)):
        bench = Bench()
        sensor = A02YYUW(bench)
        sensor.pin("rx", rx)
        bench.environment.clearance = clearance
        sensor.power(True)
        bench.run_ms(100)
        assert (len(bench.received) == 4) is (rx == 0), "low on RX asks for real-time values"
        bench.run_ms(200)
        assert abs(distances(bench.received)[0] - expected) < 15


def test_range_sensor_faults() -> None:
    bench = Bench()
    bench.environment.clearance = 200
    sensor = A02YYUW(bench)
    sensor.blocked = True
    sensor.power(True)
    bench.run_ms(300)
    assert distances(bench.received) == [30]
    sensor.garbage = True
    bench.run_ms(200)
    assert len(bench.received) == 4 + 2 * 7
    sensor.absent = True
    bench.run_ms(500)
    assert len(bench.received) == 18


def test_battery_divider() -> None:
    bench = Bench()
    battery = Battery(bench, divider=(390, 100), enable_level=0)
    battery.mv = 3675
    battery.power(True)
    assert (battery.analog_mv(), bench.current_ua) == (0, 0)
    battery.pin("enable", 0)
    assert battery.analog_mv() == 750
    assert bench.current_ua == 7.5
    battery.pin("enable", None)
    assert (battery.analog_mv(), bench.current_ua) == (0, 0)


def test_battery_without_a_switch_is_always_connected() -> None:
    bench = Bench()
    battery = Battery(bench, divider=(100, 100))
    battery.mv = 4000
    battery.power(True)
    battery.pin("enable", 0)
    assert (battery.analog_mv(), bench.current_ua) == (2000, 20)


def test_button_closes_to_its_rail_and_lets_go() -> None:
    bench = Bench()
    button = Button(bench, active=0)
    button.press()
    button.press()
    assert bench.levels["out"] == 0
    button.release()
    assert bench.levels["out"] is None
    assert bench.lines == [{"kind": "button", "pressed": True}, {"kind": "button", "pressed": False}]


def test_led_records_its_changes() -> None:
    bench = Bench()
    led = Led(bench, active=0)
    for level in (1, 0, 0, None, 1):
        led.pin("in", level)
    assert bench.lines == [{"kind": "led", "on": True}, {"kind": "led", "on": False}]
    assert bench.current_ua == 0


def test_registry_has_every_part_of_every_board() -> None:
    for file in boards_dir().glob("*/board.json"):
        parts = json.loads(file.read_text(encoding="utf-8"))["parts"]
        assert {part["chip"] for part in parts} <= set(CHIPS), file
