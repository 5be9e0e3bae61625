"""What happens once in a life and at the worst moment: a crash, a reset, a lost clock, a full flash. The firmware of
these tests has the accident built in; it happens the first time only.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import node_bench
from baysense_host.paths import firmware_dir
from baysense_host.virtual import fleet
from baysense_host.virtual.net.broker import EmbeddedBroker
from node_bench import NodeBench

HOUR_S = 3600
ONCE = """
    import os
    try:
        os.stat("/{name}")
    except OSError:
        if {when}:
            open("/{name}", "w").close()
            {what}
"""


def once(what: str, when: str = "True", name: str = "happened") -> str:
    return ONCE.format(what=what, when=when, name=name)


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture
def accident(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Accident":
    return Accident(tmp_path, monkeypatch)


class Accident:
    """Firmware with lines put in before others."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._firmware = folder / "firmware"
        shutil.copytree(firmware_dir(), self._firmware, ignore=shutil.ignore_patterns("__pycache__"))
        monkeypatch.setattr(fleet, "firmware_dir", lambda: self._firmware)

    def before(self, file: str, line: str, added: str) -> "Accident":
        """Put lines before the only place that has this line."""
        path = self._firmware / "baysense" / file
        text = path.read_text(encoding="utf-8")
        assert text.count(line) == 1, (file, line)
        path.write_text(text.replace(line, added.lstrip("\n") + line), encoding="utf-8")
        return self

    @contextmanager
    def node(
        self, broker: EmbeddedBroker, make: str = node_bench.DEFAULT_BOARD, **settings: int
    ) -> Iterator[NodeBench]:
        with node_bench.node_bench(self.folder / "node", broker.address, make, **settings) as bench:
            yield bench


def run(bench: NodeBench, seconds: float) -> None:
    """Go on; a crash is no failure here."""
    bench.simulation.run(bench.simulation.clock.now_us + int(seconds * 1e6))


@pytest.mark.parametrize("what", ["import machine; machine.reset()", "raise MemoryError"])
@pytest.mark.parametrize(
    "line", ["    recall.save(node.board, PHASE_FLASH)\n", "    _follow(node, event)\n    recall.detector"]
)
def test_a_change_survives_what_happens_around_its_record(
    accident: Accident, broker: EmbeddedBroker, what: str, line: str
) -> None:
    accident.before("recording.py", line, once(what, "event.kind == 'change' and event.state == 1"))
    with accident.node(broker) as bench:
        run(bench, 300)
        for wait_s in (20, HOUR_S):
            bench.bay.drive_at(bench.now_s() + wait_s)
            run(bench, wait_s + 300)
        changes = [event for event in bench.received("event") if event["event"] == "change"]
        assert [event["state"] for event in changes] == ["free", "occupied", "free"]
        assert len({event["seq"] for event in changes}) == 3


def test_a_mains_node_that_crashed_is_a_mains_node_again(accident: Accident, broker: EmbeddedBroker) -> None:
    accident.before(
        "lifeline.py", "    try:\n        if node.link", once("raise MemoryError", "node.clock_s() > 120")
    )
    with accident.node(broker, "ESPRESSIF_ESP32_DEVKITC") as bench:
        run(bench, 600)
        bench.bay.drive_at(bench.now_s() + 10)
        run(bench, 30)
        assert bench.board.state == "awake"
        assert bench.received("event")[-1]["state"] == "occupied"


def test_a_clock_that_restarts_while_memory_survives(accident: Accident, broker: EmbeddedBroker) -> None:
    accident.before(
        "delivering.py", "    node.feed()\n    recall = node.recall\n",
        once("from baysense import timekeeping; timekeeping._set(node, 848_800_000)"),
    )  # fmt: skip
    lost = "import machine; machine.RTC().datetime((2000, 1, 1, 5, 0, 0, 0, 0)); machine.reset()"
    accident.before("node.py", "    node.board.after_wake()\n", once(lost, "node.clock_s() > 600", "lost"))
    with accident.node(broker, heartbeat_s=600) as bench:
        run(bench, 2 * HOUR_S)
        assert len(bench.told("ready")) == 2  # power-on, and the reset
        assert len(bench.received("health")) >= 10


def test_full_flash_stops_no_report(accident: Accident, broker: EmbeddedBroker) -> None:
    full = '    if path.startswith("/data/") and exists("/full"):\n        raise OSError(28)\n'
    accident.before("storage/files.py", '    fresh = path + ".new"\n', full)
    accident.before("node.py", "    node.board.after_wake()\n", once("pass", "node.clock_s() > 100", "full"))
    with accident.node(broker, heartbeat_s=600) as bench:
        run(bench, 800)
        known = len(bench.received("state"))
        bench.power_cut()
        run(bench, HOUR_S)
        assert not any(line.startswith("Traceback") for line in bench.log)
        assert len(bench.received("state")) > known


def test_a_factory_reset_that_is_interrupted_is_no_decommissioning(
    accident: Accident, broker: EmbeddedBroker
) -> None:
    """Somebody presses Ctrl-D between the answer and the wipe: the keys of the factory stay."""
    accident.before(
        "endings.py", "    if node.ending != RESTART:\n        wipe(node)\n", once("node.board.start_over()")
    )
    with accident.node(broker) as bench:
        bench.run(300)
        bench.press()
        assert bench.ask("factory-reset", dev_eui=node_bench.DEV_EUI) == {}
        run(bench, 300)
        assert bench.told("ready")[-1]["cause"] == "soft"
        assert b"app_key" in bench.board.options.flash.with_suffix(".nvs").read_bytes()
        assert node_bench.PASSWORD.encode() not in bench.board.options.flash.read_bytes()
