"""The radio's supply, sleep, reset and SPI interface: what it costs and what it refuses."""

from baysense_host.virtual.chips.sx1262 import SX1262
from chip_bench import Bench
from radio_bench import RadioBench

SLEEP_COLD, SLEEP_WARM, STATUS = b"\x84\x00", b"\x84\x04", b"\xc0\x00"


def radio(**facts: object) -> tuple[RadioBench, SX1262]:
    bench = RadioBench()
    return bench, bench.wire(SX1262(bench, **facts))  # type: ignore[arg-type]


def test_it_stands_by_until_it_is_sent_to_sleep() -> None:
    bench, chip = radio()
    assert bench.current_ua == 600.0
    bench.transfer(SLEEP_COLD)
    assert bench.current_ua == 0.16 and bench.levels["busy"] == 1


def test_a_floating_select_costs_ten_thousand_times_the_sleep_current() -> None:
    bench, chip = radio()
    bench.transfer(SLEEP_COLD)
    chip.pin("nss", None)
    assert bench.current_ua == 1600.0


def test_a_falling_select_wakes_it() -> None:
    bench, chip = radio()
    bench.transfer(SLEEP_WARM)
    assert bench.current_ua == 0.6
    chip.pin("nss", 0)
    assert bench.current_ua == 600.0 and not chip.asleep


def test_without_supply_it_takes_nothing() -> None:
    bench, chip = radio()
    chip.power(False)
    assert bench.current_ua == 0.0 and bench.levels["busy"] is None
    assert bench.transfer(SLEEP_COLD) == b"\0\0"
    assert bench.misuses() == []


def test_waking_takes_its_time_and_only_a_get_status_may_come_meanwhile() -> None:
    bench, chip = radio()
    for sleep, wake_us in ((SLEEP_WARM, 340), (SLEEP_COLD, 3500)):
        bench.transfer(sleep)
        begin_us = bench.clock.now_us
        bench.transfer(STATUS)
        assert bench.levels["busy"] == 1 and bench.misuses() == []
        bench.run_ms(10)
        assert bench.edges[-1] == (begin_us + wake_us, "busy", 0)


def test_a_command_while_it_wakes_is_lost() -> None:
    bench, chip = radio()
    bench.transfer(SLEEP_COLD)
    bench.run_ms(1)
    bench.transfer(SLEEP_COLD)
    bench.run_ms(10)
    assert not chip.asleep and bench.current_ua == 600.0
    assert bench.misuses() == ["command 8400 while BUSY"]


def test_a_command_may_wait_for_busy_with_nss_low() -> None:
    bench, chip = radio()
    bench.transfer(SLEEP_COLD)
    chip.pin("nss", 0)
    bench.run_ms(4)
    chip.exchange(SLEEP_COLD)
    chip.pin("nss", 1)
    assert chip.asleep and bench.misuses() == []


def test_every_command_keeps_it_busy_for_a_moment() -> None:
    bench, chip = radio()
    bench.transfer(b"\x8a\x01")
    assert bench.levels["busy"] == 1
    bench.transfer(b"\x11\x00\x00")
    assert bench.misuses() == ["command 110000 while BUSY"]
    bench.run_ms(0.1)
    assert bench.levels["busy"] == 0 and bench.transfer(b"\x11\x00\x00") == b"\x22\x22\x01"


def test_the_status_is_zero_after_reset_and_tells_mode_and_result() -> None:
    bench, chip = radio()
    assert bench.transfer(STATUS) == b"\x20\x20"
    bench.transfer(b"\x80\x01")
    bench.run_ms(1)
    assert bench.transfer(STATUS)[1] == 0x32
    bench.transfer(b"\x83\x00\x00\x00")  # nothing is set up
    bench.run_ms(1)
    assert bench.transfer(STATUS)[1] == 0x38  # command processing error
    assert len(bench.misuses()) == 1


def test_a_command_may_come_in_several_transfers() -> None:
    bench, chip = radio()
    bench.transfer(b"\x0d\x07", b"\x40\x34", b"\x44")
    bench.run_ms(1)
    assert bench.transfer(b"\x1d\x07\x40\x00", b"\0", b"\0\0")[4:] == b"\x34\x44\x00"
    assert bench.transfer(b"\x1d\x07\x36\x00\x00")[4:] == b"\x0d"  # reset value


def test_the_buffer_is_a_ring() -> None:
    bench, chip = radio()
    bench.transfer(b"\x0e\xfe", b"abcd")
    bench.run_ms(1)
    assert bench.transfer(b"\x1e\xfe\x00", bytes(4))[3:] == b"abcd"
    assert bench.transfer(b"\x1e\x00\x00", bytes(2))[3:] == b"cd"


def test_a_cold_sleep_loses_the_settings_and_a_warm_one_the_buffer_and_the_gain() -> None:
    bench, chip = radio()

    def after(sleep: bytes) -> tuple[bytes, bytes, bytes]:
        for command in (b"\x0d\x07\x40\x34\x44", b"\x0d\x08\xac\x96", b"\x0e\x00xyz", sleep):
            bench.transfer(command)
            bench.run_ms(1)
        bench.transfer(STATUS)
        bench.run_ms(5)
        return (
            bench.transfer(b"\x1d\x07\x40\x00\x00\x00")[4:],
            bench.transfer(b"\x1d\x08\xac\x00\x00")[4:],
            bench.transfer(b"\x1e\x00\x00" + bytes(3))[3:],
        )

    assert after(SLEEP_WARM) == (b"\x34\x44", b"\x94", bytes(3))
    assert after(SLEEP_COLD) == (b"\x14\x24", b"\x94", bytes(3))


def test_the_gain_survives_a_warm_sleep_when_it_is_on_the_list() -> None:
    bench, chip = radio()
    for command in (b"\x0d\x02\x9f\x01\x08\xac", b"\x0d\x08\xac\x96", SLEEP_WARM, STATUS):
        bench.transfer(command)
        bench.run_ms(1)
    assert bench.transfer(b"\x1d\x08\xac\x00\x00")[4:] == b"\x96"


def test_reset_makes_it_forget_and_busy_ends_after_start_up() -> None:
    bench, chip = radio()
    bench.transfer(b"\x0d\x07\x40\x34")
    bench.run_ms(1)
    chip.pin("reset", 0)
    bench.run_ms(1)
    assert bench.levels["busy"] == 1 and bench.transfer(STATUS) == b"\0\0"
    chip.pin("reset", 1)
    begin_us = bench.clock.now_us
    bench.run_ms(5)
    assert bench.edges[-1] == (begin_us + 3500, "busy", 0)
    assert bench.transfer(b"\x1d\x07\x40\x00\x00")[4:] == b"\x14"


def test_an_absent_radio_answers_zeros_and_drives_nothing() -> None:
    bench = Bench()
    bench.name, bench.air = "board", None  # type: ignore[attr-defined]
    chip = SX1262(bench)  # type: ignore[arg-type]
    chip.absent = True
    chip.power(True)
    chip.pin("nss", 0)
    assert chip.exchange(STATUS) == b"\0\0" and bench.current_ua == 0.0
    assert bench.levels.get("busy") is None


def test_busy_can_be_stuck() -> None:
    bench, chip = radio()
    chip.busy_stuck = True
    chip.pin("reset", 0)
    chip.pin("reset", 1)
    bench.run_ms(1000)
    assert bench.levels["busy"] == 1


def errors(bench: RadioBench) -> bytes:
    bench.run_ms(10)
    return bench.transfer(b"\x17\x00\x00\x00")[2:]


def test_a_tcxo_needs_its_supply_before_anything_works() -> None:
    bench, chip = radio(tcxo_mv=1800)
    assert errors(bench) == b"\x00\x20"
    bench.transfer(b"\x80\x01")
    assert errors(bench) == b"\x00\x20"
    bench.transfer(b"\x97\x02\x00\x01\x40")  # 1.8 V, 5 ms
    bench.run_ms(1)
    bench.transfer(b"\x07\x00\x00")
    bench.run_ms(1)
    begin_us = bench.clock.now_us
    bench.transfer(b"\x89\x7f")
    assert errors(bench) == b"\x00\x00"
    assert bench.edges[-1] == (begin_us + 8500, "busy", 0)
    bench.transfer(b"\x80\x01")
    assert errors(bench) == b"\x00\x00" and bench.transfer(STATUS)[1] >> 4 == 3


def test_a_broken_tcxo_keeps_its_error() -> None:
    bench, chip = radio(tcxo_mv=1800)
    chip.tcxo_fault = True
    for command in (b"\x97\x02\x00\x01\x40", b"\x07\x00\x00", b"\x89\x7f"):
        bench.transfer(command)
        bench.run_ms(20)
    assert errors(bench) == b"\x00\x20" and bench.transfer(STATUS)[1] == 0x2A


def test_too_little_tcxo_voltage_or_time_or_one_that_is_not_there_is_an_error() -> None:
    for facts, command in (
        ({"tcxo_mv": 3300}, b"\x97\x02\x00\x01\x40"),
        ({"tcxo_mv": 1800}, b"\x97\x02\x00\x00\x08"),
        ({}, b"\x97\x02\x00\x01\x40"),
    ):
        bench, chip = radio(**facts)
        bench.transfer(command)
        bench.run_ms(1)
        bench.transfer(b"\x07\x00\x00")
        bench.run_ms(1)
        bench.transfer(b"\x80\x01")
        assert errors(bench) == b"\x00\x20", facts


def test_unknown_and_short_commands_are_refused() -> None:
    bench, chip = radio()
    bench.transfer(b"\xd1\x00")
    bench.run_ms(1)
    bench.transfer(b"\x86\x36\x40")
    assert bench.misuses() == ["command d100 is unknown or too short", "command 863640 is unknown or too short"]


def test_calibration_belongs_into_standby_rc() -> None:
    bench, chip = radio()
    bench.transfer(b"\x80\x01")
    bench.run_ms(1)
    for command in (b"\x89\x7f", b"\x98\xd7\xdb"):
        bench.transfer(command)
        bench.run_ms(10)
    assert len(bench.misuses()) == 2
