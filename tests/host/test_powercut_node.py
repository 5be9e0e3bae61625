"""The whole node, its power cut: it boots again, no number comes twice, and the broker gets no more than it must."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from baysense_host.virtual.net.broker import EmbeddedBroker
from node_bench import NodeBench, node_bench

_CAR_S = 300  # from one car to the next


def cut_and_restore(bench: NodeBench, operations: int, mode: str) -> bool:
    """Let a car come or go, with the power failing at an operation meanwhile; return whether it did."""
    bench.bay.drive_at(bench.now_s() + 20)
    bench.board.flash.cut_at(operations, mode, noise=operations)
    bench.run(_CAR_S, lambda: bench.board.state == "off")
    failed = bench.board.state == "off"
    if failed:
        bench.board.power_on()
    bench.run(_CAR_S)
    return failed


@pytest.mark.parametrize("mode", ["lost", "torn", "done"])
def test_node_lives_on(tmp_path: Path, mode: str) -> None:
    with node_bench(tmp_path) as bench:
        bench.run(120)
        cuts = sum(cut_and_restore(bench, operations, mode) for operations in (1, 2, 3, 5, 8, 13))
        assert cuts >= 4
        starts = bench.board.wakes["power"]
        assert starts == 1 + cuts
        numbers = [event["seq"] for event in bench.told("event")]
        assert numbers == sorted(set(numbers))
        assert len(bench.events("boot")) >= starts - 1  # a cut before the first one was written may cost it
        assert not any("storage_corrupt" in event["faults"] for event in bench.told("event"))


@pytest.fixture
def broker() -> Iterator[tuple[str, int]]:
    broker = EmbeddedBroker()
    broker.start()
    yield broker.address
    broker.stop()


def numbers_on_the_wire(bench: NodeBench) -> list[int]:
    """Let cars come and go and return the numbers of the events that were sent since."""
    before = len(bench.received("event"))
    for _ in range(2):
        bench.bay.drive_at(bench.now_s() + 20)
        bench.run(_CAR_S)
    return [event["seq"] for event in bench.received("event")[before:]]


def test_receipts_are_remembered_until_the_power_is_gone(tmp_path: Path, broker: tuple[str, int]) -> None:
    with node_bench(tmp_path, broker) as bench:
        bench.run(_CAR_S)
        first = numbers_on_the_wire(bench)
        assert first == [first[0], first[0] + 1]
        bench.board.brown_out()
        boot, *rest = numbers_on_the_wire(bench)
        assert (boot, rest) == (first[1] + 1, [boot + 1, boot + 2])
        bench.power_cut()
        again, *rest = numbers_on_the_wire(bench)
        assert again == boot + 2  # only the last one: its receipt would have been written with the next event
        assert rest == [again + 1, again + 2, again + 3]
