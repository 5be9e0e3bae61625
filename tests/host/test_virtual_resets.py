"""What survives each way to start anew, and what MicroPython says of it, blind spots included."""

from collections.abc import Callable
from pathlib import Path

import pytest

from baysense_host.virtual.board import VirtualBoard
from small_board import SmallBoard, run_program, small_board

# ports/esp32/modmachine.c: machine.PWRON_RESET ... SOFT_RESET, TIMER_WAKE
POWER, HARD, WATCHDOG, DEEPSLEEP, SOFT = 1, 2, 3, 4, 5
NO_WAKE, TIMER_WAKE = 0, 4

# Leaves its mark everywhere at its first start, tells what is left of it at the next; then does ACT.
PROGRAM = """
import esp32, machine, sys, time
rtc, nvs = machine.RTC(), esp32.NVS("test")
try:
    with open("/data/mark") as file:
        file = file.read()
    first = False
except OSError:
    file, first = None, True
try:
    number = nvs.get_i32("mark")
except OSError:
    number = None
print(machine.reset_cause(), machine.wake_reason(), file, number, rtc.memory(), time.gmtime()[0])
if first:
    with open("/data/mark", "w") as file:
        file.write("flash")
    nvs.set_i32("mark", 7)
    nvs.commit()
    nvs.set_i32("mark", 8)
    rtc.memory(b"rtc")
    rtc.datetime((2026, 11, 23, 0, 12, 0, 0, 0))
    ACT
time.sleep(1000)
"""


def second_start(folder: Path, firmware_act: str, act: Callable[[VirtualBoard], None] = lambda board: None) -> str:
    """Return what the second start prints, after an act of the firmware or of the world."""
    with small_board(folder, PROGRAM.replace("ACT", firmware_act)) as board:
        board.run(30)
        act(board.board)
        lines = [line for line in board.run(30) if line[:1].isdigit()]
    assert lines[0] == f"{POWER} {NO_WAKE} None None b'' 2000"
    assert len(lines) == 2, lines
    return lines[1]


@pytest.mark.parametrize(
    ("firmware_act", "cause", "wake"),
    [
        ("machine.reset()", HARD, NO_WAKE),
        ("machine.WDT(timeout=2000); time.sleep(9)", WATCHDOG, NO_WAKE),
        ("machine.deepsleep(5000)", DEEPSLEEP, TIMER_WAKE),
    ],
)
def test_everything_survives_but_the_program(tmp_path: Path, firmware_act: str, cause: int, wake: int) -> None:
    assert second_start(tmp_path, firmware_act) == f"{cause} {wake} flash 7 b'rtc' 2026"


@pytest.mark.parametrize("firmware_act", ["sys.exit()", "machine.soft_reset()"])
def test_soft_reset_leaves_the_chip_alone(tmp_path: Path, firmware_act: str) -> None:
    # IDF's NVS cache is on the chip's side: what is not committed yet is not lost either
    assert second_start(tmp_path, firmware_act) == f"{SOFT} {NO_WAKE} flash 8 b'rtc' 2026"


def test_soft_reset_closes_sockets_and_nothing_else(tmp_path: Path) -> None:
    program = "import machine, sys\nif machine.reset_cause() == 1: sys.exit()"
    with small_board(tmp_path, program) as board:
        told: list[str] = []
        board.board.on_soft_reset = lambda: told.append("soft")
        board.board.on_restart = lambda: told.append("restart")
        board.run(5)
        assert told == ["soft"]
        board.board.hard_reset()
        assert told == ["soft", "restart"]


def test_brown_out_reads_as_power_on_but_keeps_rtc_memory(tmp_path: Path) -> None:
    after = second_start(tmp_path, "", lambda board: board.brown_out())
    assert after == f"{POWER} {NO_WAKE} flash 7 b'rtc' 2026"


def test_power_cut_leaves_only_flash(tmp_path: Path) -> None:
    def cut(board: VirtualBoard) -> None:
        board.power_cut()
        board.power_on()

    assert second_start(tmp_path, "", cut) == f"{POWER} {NO_WAKE} flash 7 b'' 2000"


def test_crash_of_the_interpreter_is_a_panic_and_reads_as_hard_reset(tmp_path: Path) -> None:
    with small_board(tmp_path, PROGRAM.replace("ACT", "")) as board:
        board.run(10)
        board.board.exited(board.board.interpreter.pid, -11)
        assert board.run(10)[-1].startswith(f"{HARD} {NO_WAKE} flash 7")


@pytest.mark.parametrize("act", ["machine.reset()", "machine.deepsleep(1000)"])
def test_firmware_cannot_catch_its_own_end(tmp_path: Path, act: str) -> None:
    program = f"""
    import machine
    if machine.reset_cause() == 1:
        try:
            {act}
        except BaseException as error:
            print("caught", error)
        finally:
            print("finally")
    print("started", machine.reset_cause())
    """
    assert [line[:7] for line in run_program(tmp_path, program)] == ["started"]


def test_time_goes_on_through_resets_and_sleep(tmp_path: Path) -> None:
    program = """
    import machine, time
    print(time.time_ns() // 1000000)
    time.sleep(5)
    {1: machine.reset, 2: lambda: machine.deepsleep(60000), 4: lambda: None}[machine.reset_cause()]()
    """
    begun_ms, reset_ms, woken_ms = (int(line) for line in run_program(tmp_path, program))
    assert 5500 < reset_ms - begun_ms < 6500  # and the boot in between
    assert 65_300 < woken_ms - reset_ms < 66_500


def test_watchdog_cannot_be_stopped_but_fed(tmp_path: Path) -> None:
    program = """
    import machine, time
    if machine.reset_cause() == machine.WDT_RESET:
        print("bitten")
    else:
        wdt = machine.WDT(timeout=3000)
        print(hasattr(wdt, "stop"), hasattr(wdt, "deinit"))
        for _ in range(10):
            time.sleep(2)
            wdt.feed()
        print("fed")
        del wdt
        time.sleep(10)
        print("never")
    """
    assert run_program(tmp_path, program) == ["False False", "fed", "bitten"]


def test_watchdog_does_not_outlive_deep_sleep(tmp_path: Path) -> None:
    program = """
    import machine, time
    print(machine.reset_cause())
    if machine.reset_cause() == machine.PWRON_RESET:
        machine.WDT(timeout=3000)
        machine.deepsleep(10000)
    time.sleep(10)
    """
    assert run_program(tmp_path, program) == [str(POWER), str(DEEPSLEEP)]


def test_busy_loop_is_bitten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baysense_host.virtual.simulation._STALL_S", 0.3)
    program = """
    import machine
    print(machine.reset_cause())
    if machine.reset_cause() == machine.PWRON_RESET:
        machine.WDT(timeout=1000)
        while True:
            pass
    """
    assert run_program(tmp_path, program) == [str(POWER), str(WATCHDOG)]


def test_factory_values_are_the_boards_own(tmp_path: Path) -> None:
    program = "import machine; print(machine.unique_id().hex(), machine.freq())"
    (tmp_path / "b").mkdir()
    first, second = run_program(tmp_path, program, seed=1), run_program(tmp_path / "b", program, seed=2)
    assert first == ["240ac4000001 160000000"]
    assert first != second


def _boots(board: SmallBoard) -> int:
    return sum(board.board.wakes.values())


def test_nothing_runs_while_the_power_is_off(tmp_path: Path) -> None:
    program = "import time\nwhile True:\n  print('tick')\n  time.sleep(1)"
    with small_board(tmp_path, program, power_on=False) as board:
        assert board.run(10) == []
        board.board.power_on()
        board.run(10)
        board.board.power_cut()
        ticks = len(board.lines)
        assert ticks >= 9
        assert len(board.run(10)) == ticks
        assert _boots(board) == 1
