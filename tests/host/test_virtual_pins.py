"""machine.Pin, Signal, PWM and Timer: levels, pulls, and callbacks that come as scheduled ones."""

from pathlib import Path

import pytest

from small_board import C3, CLASSIC, S3, SmallBoard, run_program, small_board


def drive_at(board: SmallBoard, seconds: float, pin: int, level: int | None) -> None:
    """Let something outside drive a pin from a virtual time on."""
    board.simulation.clock.at(int(seconds * 1e6), lambda: board.board.gpio.drive(pin, "test", level))


def test_pulls_hold_a_pin_that_nothing_drives(tmp_path: Path) -> None:
    program = """
    from machine import Pin
    print(Pin(4, Pin.IN, Pin.PULL_UP).value(), Pin(4, Pin.IN, Pin.PULL_DOWN).value(), Pin(4, Pin.IN, None).value())
    print(Pin(15, Pin.IN, Pin.PULL_UP)())
    """
    with small_board(tmp_path, program) as board:
        board.board.gpio.drive(15, "test", 0)
        assert board.run(5)[:2] == ["1 0 0", "0"]


def test_outputs_are_seen_outside_and_inside(tmp_path: Path) -> None:
    program = """
    from machine import Pin, Signal
    pin = Pin(4, Pin.OUT, value=1)
    print(pin.value())
    pin.off()
    print(pin.value(), Signal(pin, invert=True).value())
    pin.toggle()
    """
    with small_board(tmp_path, program) as board:
        seen: list[int | None] = []
        board.board.gpio.listen(4, seen.append)
        assert board.run(5)[:2] == ["1", "0 1"]
    assert seen == [None, 1, 0, 1]


def test_open_drain_only_pulls_low(tmp_path: Path) -> None:
    program = """
    from machine import Pin
    pin = Pin(4, Pin.OPEN_DRAIN, Pin.PULL_UP, value=1)
    print(pin.value())
    pin.value(0)
    print(pin.value())
    """
    assert run_program(tmp_path, program) == ["1", "0"]


def test_a_number_is_one_object(tmp_path: Path) -> None:
    program = """
    from machine import Pin
    pin = Pin(4, Pin.OUT)
    print(Pin(4) is pin, Pin(pin) is pin, Pin(5) is pin, pin)
    """
    assert run_program(tmp_path, program) == ["True True False Pin(4)"]


@pytest.mark.parametrize(
    ("make", "call", "complaint"),
    [
        (CLASSIC, "Pin(34, Pin.OUT)", "pin can only be input"),
        (CLASSIC, "Pin(34, Pin.OPEN_DRAIN)", "pin can only be input"),
        (CLASSIC, "Pin(24)", "invalid pin"),
        (S3, "Pin(22, Pin.IN)", "invalid pin"),
        (C3, "Pin(22)", "invalid pin"),
        (S3, "Pin('D4')", "invalid pin"),
    ],
)
def test_what_a_pin_cannot_be_is_refused_every_time(tmp_path: Path, make: str, call: str, complaint: str) -> None:
    program = f"""
    from machine import Pin
    for _ in range(2):
        try:
            {call}
        except ValueError as error:
            print(error)
    """
    assert run_program(tmp_path, program, make) == [complaint] * 2


def test_irq_is_a_scheduled_callback_that_also_comes_while_asleep(tmp_path: Path) -> None:
    program = """
    import time
    from machine import Pin
    def edge(pin):
        print("edge", pin, pin.value(), time.ticks_ms() // 1000)
    Pin(4, Pin.IN, Pin.PULL_DOWN).irq(edge, Pin.IRQ_RISING)
    begun = time.ticks_ms()
    time.sleep_ms(5000)
    print("slept", time.ticks_diff(time.ticks_ms(), begun) // 1000)
    """
    with small_board(tmp_path, program) as board:
        drive_at(board, 2.7, 4, 1)
        drive_at(board, 3.0, 4, 0)
        lines = board.run(20)
    assert lines[:2] == ["edge Pin(4) 1 2", "slept 5"]


def test_irq_waits_for_one_that_runs_and_survives_its_error(tmp_path: Path) -> None:
    program = """
    import time
    from machine import Pin
    depth = 0
    def edge(pin):
        global depth
        depth += 1
        print("in", depth)
        time.sleep_ms(1000)
        depth -= 1
        if pin.value():
            raise RuntimeError("shown")
    Pin(4, Pin.IN, Pin.PULL_DOWN).irq(edge, Pin.IRQ_RISING | Pin.IRQ_FALLING)
    time.sleep_ms(5000)
    print("on")
    """
    with small_board(tmp_path, program) as board:
        drive_at(board, 2.0, 4, 1)
        drive_at(board, 2.5, 4, 0)
        drive_at(board, 3.5, 4, 1)
        lines = board.run(20)
    assert [line for line in lines if line.startswith("in")] == ["in 1"] * 3
    assert "RuntimeError: shown" in lines
    assert "on" in lines


def test_disarmed_irq_stays_silent(tmp_path: Path) -> None:
    program = """
    import time
    from machine import Pin
    pin = Pin(4, Pin.IN, Pin.PULL_DOWN)
    pin.irq(lambda pin: print("edge"))
    pin.irq(None)
    time.sleep(5)
    """
    with small_board(tmp_path, program) as board:
        drive_at(board, 2.0, 4, 1)
        assert "edge" not in board.run(10)


def test_soft_reset_disarms_irqs_and_timers(tmp_path: Path) -> None:
    program = """
    import machine, sys, time
    if machine.reset_cause() == machine.SOFT_RESET:
        time.sleep(10)
        print("quiet")
    else:
        machine.Pin(4, machine.Pin.IN, machine.Pin.PULL_DOWN).irq(lambda pin: print("edge"))
        machine.Timer(0, period=1000, callback=lambda timer: print("tick"))
        sys.exit()
    """
    with small_board(tmp_path, program) as board:
        drive_at(board, 4.0, 4, 1)
        lines = board.run(20)
        assert board.board.gpio.pin(4).trigger == 0
        assert board.simulation.clock.next_us() is None  # no timer goes on
    assert "quiet" in lines
    assert not {"edge", "tick"} & set(lines)


def test_timers_tick_while_the_program_sleeps(tmp_path: Path) -> None:
    program = """
    import time
    from machine import Timer
    counts = [0, 0]
    def count(timer):
        counts[0] += 1
    def once(timer):
        counts[1] += 1
    timer = Timer(0, period=100, callback=count)
    Timer(1, mode=Timer.ONE_SHOT, period=300, callback=once)
    time.sleep_ms(1050)
    print(counts)
    timer.deinit()
    time.sleep_ms(1000)
    print(counts)
    try:
        Timer(4)
    except ValueError as error:
        print(error)
    """
    assert run_program(tmp_path, program) == ["[10, 1]", "[10, 1]", "invalid Timer number"]


def test_pwm_drives_its_pin(tmp_path: Path) -> None:
    program = """
    from machine import PWM, Pin
    pwm = PWM(Pin(4), freq=1000, duty_u16=49152)
    print(pwm.freq(), pwm.duty_u16(), Pin(4).value())
    pwm.duty_u16(0)
    print(Pin(4).value())
    try:
        pwm.freq(0)
    except ValueError:
        print("refused")
    """
    assert run_program(tmp_path, program) == ["1000 49152 1", "0", "refused"]


def test_pulse_is_measured_in_virtual_time(tmp_path: Path) -> None:
    program = """
    from machine import Pin, time_pulse_us
    print(time_pulse_us(Pin(4, Pin.IN, Pin.PULL_DOWN), 1, 5000000) // 1000)
    print(time_pulse_us(Pin(4), 1, 100000))
    """
    with small_board(tmp_path, program) as board:
        drive_at(board, 2.0, 4, 1)
        drive_at(board, 2.25, 4, 0)
        lines = board.run(20)
    assert 249 <= int(lines[0]) <= 251
    assert lines[1] == "-2"
