"""The radio's power states: what it costs before anybody uses it."""

from baysense_host.virtual.chips.sx1262 import SX1262
from chip_bench import Bench


def radio() -> tuple[Bench, SX1262]:
    bench = Bench()
    chip = SX1262(bench)
    chip.pin("nss", 1)
    chip.power(True)
    return bench, chip


def test_it_stands_by_until_it_is_sent_to_sleep() -> None:
    bench, chip = radio()
    assert bench.current_ua == 600.0
    chip.exchange(b"\x84\x00")
    assert bench.current_ua == 0.16


def test_a_floating_select_costs_ten_thousand_times_the_sleep_current() -> None:
    bench, chip = radio()
    chip.exchange(b"\x84\x00")
    chip.pin("nss", None)
    assert bench.current_ua == 1600.0


def test_a_falling_select_wakes_it() -> None:
    bench, chip = radio()
    chip.exchange(b"\x84\x04")
    assert bench.current_ua == 0.6
    chip.pin("nss", 0)
    assert bench.current_ua == 600.0 and not chip.asleep


def test_without_supply_it_takes_nothing() -> None:
    bench, chip = radio()
    chip.power(False)
    assert bench.current_ua == 0.0
    assert chip.exchange(b"\x84\x00") == b"\0\0"
