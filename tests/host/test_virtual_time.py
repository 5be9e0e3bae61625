"""Virtual time: the ESP32's clock, and everything that waits on it in seconds of its own."""

import time
from pathlib import Path

import pytest

from small_board import run_program, small_board


def test_time_is_of_the_esp32(tmp_path: Path) -> None:
    program = """
    import machine, time
    print(time.gmtime(0)[:3], time.mktime((2000, 1, 1, 0, 0, 0, 0, 0)), type(time.time()), time.time())
    machine.RTC().datetime((2026, 11, 23, 0, 12, 30, 5, 0))
    print(time.localtime(), machine.RTC().datetime()[:7])
    print(time.ticks_add((1 << 30) - 1, 2), time.ticks_diff(1, (1 << 30) - 1), time.ticks_diff((1 << 30) - 1, 1))
    try:
        time.ticks_add(0, 1 << 29)
    except OverflowError as error:
        print(error)
    """
    assert run_program(tmp_path, program) == [
        "(2000, 1, 1) 0 <class 'int'> 0",
        "(2026, 11, 23, 12, 30, 5, 0, 327) (2026, 11, 23, 0, 12, 30, 5)",
        "1 2 -2",
        "ticks interval overflow",
    ]


def test_ticks_wrap_at_thirty_bits(tmp_path: Path) -> None:
    program = """
    import time
    print(time.ticks_us() < 1 << 30)
    time.sleep(1 << 20)
    begun = time.ticks_us()
    time.sleep(100)
    print(0 <= time.ticks_us() < 1 << 30, time.ticks_diff(time.ticks_us(), begun) // 1000000)
    time.sleep(100000)
    print(0 <= time.ticks_ms() < 1 << 30)
    """
    assert run_program(tmp_path, program, seconds=2e6) == ["True", "True 100", "True"]


@pytest.mark.parametrize(
    ("wait", "ms"),
    [
        ("time.sleep(1.5)", 1500),
        ("time.sleep_ms(20)", 20),
        ("time.sleep_us(3000)", 3),
        ("time.sleep(0)", 0),
        ("poll.poll(5000)", 5000),
        ("list(poll.ipoll(700))", 700),
        ("poll.poll(0)", 0),
        ("select.select([sys.stdin], [], [], 2)", 2000),
        ("machine.lightsleep(400)", 400),
        ("asyncio.run(nap(300_000))", 300_000),
        ("asyncio.run(nap(250))", 250),
    ],
)
def test_waiting_takes_virtual_time(tmp_path: Path, wait: str, ms: int) -> None:
    program = f"""
    import asyncio, machine, select, sys, time
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    begun = time.ticks_us()
    async def nap(ms):
        await asyncio.sleep_ms(ms)
    {wait}
    print(time.ticks_diff(time.ticks_us(), begun) // 10)
    """
    measured = int(run_program(tmp_path, program, seconds=4000)[0]) / 100
    assert ms <= measured < ms + 5


def test_nothing_to_wait_for_is_no_end(tmp_path: Path) -> None:
    program = """
    import select, sys
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    print("waiting")
    poll.poll()
    print("never")
    """
    begun_s = time.monotonic()
    assert run_program(tmp_path, program, seconds=1e6) == ["waiting"]
    assert time.monotonic() - begun_s < 5


def test_asyncio_runs_tasks_in_virtual_order(tmp_path: Path) -> None:
    program = """
    import asyncio
    async def task(name, ms):
        for _ in range(3):
            await asyncio.sleep_ms(ms)
            print(name, end=" ")
        return name
    async def main():
        print(await asyncio.gather(task("a", 100), task("b", 140)))
        try:
            await asyncio.wait_for(task("c", 1000), 1.5)
        except asyncio.TimeoutError:
            print("timeout")
        waiting = asyncio.create_task(task("d", 1000))
        await asyncio.sleep(0)
        waiting.cancel()
        lock, event = asyncio.Lock(), asyncio.Event()
        async with lock:
            asyncio.create_task(set_later(event))
            await event.wait()
        print("event", lock.locked())
    async def set_later(event):
        await asyncio.sleep(5)
        event.set()
    asyncio.run(main())
    """
    assert run_program(tmp_path, program) == ["a b a b a b ['a', 'b']", "c timeout", "event False"]


def test_a_day_of_ticks_passes_quickly(tmp_path: Path) -> None:
    program = """
    import asyncio, time
    async def main():
        begun = time.time()
        for _ in range(24 * 360):
            await asyncio.sleep(10)
        print(time.time() - begun)
    asyncio.run(main())
    """
    begun_s = time.monotonic()
    assert 86_400 <= int(run_program(tmp_path, program, seconds=90_000)[0]) <= 86_420
    assert time.monotonic() - begun_s < 20


def test_computing_costs_time_where_it_asks_the_chip(tmp_path: Path) -> None:
    program = """
    import time
    begun = time.ticks_us()
    while time.ticks_diff(time.ticks_us(), begun) < 1000000:
        pass
    print("a second of polling")
    """
    assert run_program(tmp_path, program) == ["a second of polling"]


def test_real_mode_does_not_wait_for_modelled_flash(tmp_path: Path) -> None:
    program = """
    import time
    for number in range(60):
        with open("/data/file", "w") as file:
            file.write("x" * 6000)
        time.sleep_ms(1)
    print("done")
    """
    begun_s = time.monotonic()
    with small_board(tmp_path, program, real=True) as board:
        board.run(20, stop=lambda: "done" in board.lines)
        assert board.said() == ["done"]
    assert time.monotonic() - begun_s < 4  # 120 erased sectors of 45 ms would be 5.4 s
