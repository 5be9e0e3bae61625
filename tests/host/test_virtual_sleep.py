"""Deep and light sleep: the RC clock, and wake pins with each chip's rules."""

import json
from pathlib import Path
from typing import Any

import pytest

from small_board import C3, CLASSIC, S3, SmallBoard, run_program, small_board

EXT0, EXT1, TIMER, GPIO = 2, 3, 4, 7  # machine.wake_reason()

# Arms a pin and sleeps for a minute; tells at the next start what ended the sleep.
SLEEPER = """
import esp32, machine, time
from machine import Pin
if machine.reset_cause() != machine.DEEPSLEEP_RESET:
    ARM
    machine.deepsleep(60000)
print(machine.wake_reason(), machine.wake_pins(), time.time_ns() // 1000000)
"""


def sleeper(folder: Path, arm: str, make: str = S3) -> Any:
    return small_board(folder, SLEEPER.replace("ARM", arm), make)


def drive(board: SmallBoard, pin: int, level: int | None) -> None:
    board.board.gpio.drive(pin, "test", level)


def log(folder: Path, kind: str) -> list[dict[str, Any]]:
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [record for record in map(json.loads, lines) if record["kind"] == kind]


def test_timer_ends_deep_sleep(tmp_path: Path) -> None:
    with sleeper(tmp_path, "pass") as board:
        line = board.run(100)[0]
    assert line.startswith(f"{TIMER} ()")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_deep_sleep_is_as_long_as_the_rc_clock_has_it(tmp_path: Path, seed: int) -> None:
    with small_board(tmp_path, SLEEPER.replace("ARM", "pass"), seed=seed) as board:
        believed_s = int(board.run(100)[0].split()[-1]) / 1000
        ppm = board.board.rc.ppm(15.0)
    asleep, awake = log(tmp_path, "deep_sleep")[0]["t_us"], log(tmp_path, "boot")[1]["t_us"]
    assert awake - asleep == pytest.approx(60e6 * (1 + ppm / 1e6), abs=2)
    assert 0 < abs(ppm) <= 10_000 + 150
    assert 61.0 < believed_s < 61.6  # the firmware cannot know: 60 s, and two boots


def test_crystal_times_what_is_awake(tmp_path: Path) -> None:
    deviations = {}
    for seed in (1, 2, 3):
        (folder := tmp_path / str(seed)).mkdir()
        with small_board(folder, "import time; time.sleep(100000); print('done')", seed=seed) as board:
            board.run(200_000, stop=lambda: "done" in board.lines)
            deviations[board.board.crystal.ppm] = 100_000 / (board.now_s() - 0.635) * 1e6 - 1e6
    assert len(deviations) == 3
    assert all(-40 <= ppm <= 40 for ppm in deviations)
    assert all(abs(ppm - measured) < 0.1 for ppm, measured in deviations.items())


def test_ext0_wakes_by_one_pin(tmp_path: Path) -> None:
    with sleeper(tmp_path, "esp32.wake_on_ext0(Pin(7, Pin.IN), esp32.WAKEUP_ANY_HIGH)") as board:
        drive(board, 7, 0)
        assert board.run(10) == []
        drive(board, 7, 1)
        assert board.run(5)[0].startswith(f"{EXT0} (7,)")


def test_wake_is_by_level_and_so_at_once(tmp_path: Path) -> None:
    with sleeper(tmp_path, "esp32.wake_on_ext0(Pin(7, Pin.IN), esp32.WAKEUP_ANY_HIGH)") as board:
        drive(board, 7, 1)
        assert board.run(5)[0].startswith(f"{EXT0} (7,)")
    asleep, awake = log(tmp_path, "deep_sleep")[0]["t_us"], log(tmp_path, "boot")[1]["t_us"]
    assert awake == asleep


@pytest.mark.parametrize(("make", "pins", "all_needed"), [(CLASSIC, (32, 33), True), (S3, (4, 15), False)])
def test_ext1_low_means_all_on_the_classic_chip_only(
    tmp_path: Path, make: str, pins: tuple[int, int], all_needed: bool
) -> None:
    arm = f"esp32.wake_on_ext1([Pin(p, Pin.IN) for p in {pins}], esp32.WAKEUP_ALL_LOW)"
    with sleeper(tmp_path, arm, make) as board:
        for pin in pins:
            drive(board, pin, 1)
        assert board.run(5) == []
        drive(board, pins[0], 0)
        woken = bool(board.run(5))
        assert woken is not all_needed
        drive(board, pins[1], 0)
        assert board.run(5)[0].split()[0] == str(EXT1)


def test_ext1_high_means_any(tmp_path: Path) -> None:
    arm = "esp32.wake_on_ext1([Pin(32, Pin.IN), Pin(33, Pin.IN)], esp32.WAKEUP_ANY_HIGH)"
    with sleeper(tmp_path, arm, CLASSIC) as board:
        board.run(5)
        drive(board, 33, 1)
        assert board.run(5)[0].startswith(f"{EXT1} (33,)")


def test_c3_wakes_by_gpio_only(tmp_path: Path) -> None:
    arm = "print(hasattr(esp32, 'wake_on_ext0')); esp32.wake_on_gpio([Pin(2, Pin.IN)], esp32.WAKEUP_ANY_HIGH)"
    with sleeper(tmp_path, arm, C3) as board:
        assert board.run(5) == ["False"]
        drive(board, 2, 1)
        assert board.run(5)[1].startswith(f"{GPIO} (2,)")


@pytest.mark.parametrize(
    ("make", "call"),
    [
        (S3, "esp32.wake_on_ext0(Pin(45), True)"),
        (S3, "esp32.wake_on_ext1((Pin(4), Pin(38)), True)"),
        (CLASSIC, "esp32.wake_on_ext0(Pin(5), True)"),
        (C3, "esp32.wake_on_gpio((Pin(8),), True)"),
    ],
)
def test_pin_that_cannot_wake_is_refused(tmp_path: Path, make: str, call: str) -> None:
    program = f"""
    import esp32
    from machine import Pin
    try:
        {call}
    except ValueError as error:
        print("refused", error)
    """
    assert run_program(tmp_path, program, make) == ["refused invalid pin"]


def test_light_sleep_keeps_the_program_and_ends_at_a_wake_pin(tmp_path: Path) -> None:
    program = """
    import esp32, machine, time
    from machine import Pin
    esp32.wake_on_ext0(Pin(7, Pin.IN, Pin.PULL_DOWN), esp32.WAKEUP_ANY_HIGH)
    for ms in (2000, 60000):
        begun = time.ticks_ms()
        machine.lightsleep(ms)
        print(time.ticks_diff(time.ticks_ms(), begun) // 100)
    """
    with small_board(tmp_path, program) as board:
        board.run(5)
        drive(board, 7, 1)
        lines = board.run(5)
    assert lines[0] == "20"
    assert 20 <= int(lines[1]) <= 40


def test_light_sleep_is_charged_as_such(tmp_path: Path) -> None:
    with small_board(tmp_path, "import machine; machine.lightsleep(100000)") as board:
        board.run(50)
        charges = board.board.ledger.charges()
    assert charges["light sleep"][0] > 0
    assert charges["light sleep"][1] < charges["mcu"][1]  # 50 s asleep against a second awake


def test_pins_float_in_deep_sleep_unless_held(tmp_path: Path) -> None:
    program = """
    import machine
    from machine import Pin
    if machine.reset_cause() == machine.PWRON_RESET:
        Pin(4, Pin.OUT, value=1, hold=True)
        Pin(15, Pin.OUT, value=1)
        machine.deepsleep(10000)
    Pin(4, Pin.OUT, value=0)
    print(Pin(4).value())
    Pin(4, hold=False)
    print(Pin(4).value(), Pin(15, Pin.IN).value(), Pin(15, Pin.OUT, value=1).value())
    """
    with small_board(tmp_path, program) as board:
        board.run(5)
        assert board.board.state == "deep sleep"
        assert (board.board.gpio.wire(4), board.board.gpio.wire(15)) == (1, None)
        lines = board.run(20)
    assert lines[:2] == ["1", "0 0 1"]


def test_power_cut_ends_sleep_and_hold(tmp_path: Path) -> None:
    program = """
    import machine
    from machine import Pin
    print(Pin(4, Pin.IN).value(), Pin(4, Pin.OUT, value=1, hold=True).value())
    machine.deepsleep(10000)
    """
    with small_board(tmp_path, program) as board:
        board.run(5)
        board.board.power_cut()
        assert board.board.gpio.wire(4) is None
        board.board.power_on()
        board.run(5)
        assert board.lines == ["0 1", "0 1"]


@pytest.mark.parametrize(("make", "drops"), [(C3, True), (S3, False)])
def test_native_usb_port_is_gone_while_asleep(tmp_path: Path, make: str, drops: bool) -> None:
    port = tmp_path / "port"
    with small_board(tmp_path, SLEEPER.replace("ARM", "pass"), make, link=port) as board:
        assert port.exists()
        board.run(10)
        assert board.board.state == "deep sleep"
        assert port.exists() is not drops
        board.run(60)
        assert port.exists()
