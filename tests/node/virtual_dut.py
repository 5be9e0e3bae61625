"""A virtual board in real mode behind a port, in a thread of its own."""

import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from baysense_host.virtual.eventlog import EventLog
from baysense_host.virtual.fleet import Fleet
from baysense_host.virtual.net.network import VirtualNetwork
from baysense_host.virtual.options import DEFAULT_BOARD
from baysense_host.virtual.simulation import Simulation
from small_board import Surroundings


class VirtualDut:
    """The board and its thread; `port` is what tools open."""

    def __init__(self, folder: Path) -> None:
        self.port = folder / "port"
        self._simulation = Simulation(EventLog(folder / "events.jsonl"), real=True)
        fleet = Fleet(self._simulation, VirtualNetwork(1), DEFAULT_BOARD, folder)
        self._board = fleet.add("dut", Surroundings(), 1, {}, link=self.port).board
        self._acts: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._bell, self._rope = os.pipe()
        self._simulation.watch(self._bell, self._act)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="virtual board")
        self._thread.start()
        self._do(self._board.power_on)

    def power_cycle(self) -> None:
        """Cut the supply and restore it."""
        self._do(self._board.power_cut)
        self._do(self._board.power_on)

    def close(self) -> None:
        """End the board."""
        self._over.set()
        os.write(self._rope, b"!")
        self._thread.join()
        os.close(self._bell)
        os.close(self._rope)

    def _do(self, act: Callable[[], None]) -> None:
        done = threading.Event()
        self._acts.put(lambda: (act(), done.set())[0])
        os.write(self._rope, b"!")
        assert done.wait(5), "the virtual board's thread has ended"

    def _act(self) -> None:
        os.read(self._bell, 1)
        while not self._acts.empty():
            self._acts.get()()

    def _run(self) -> None:
        try:
            self._simulation.run(stop=self._over.is_set)
        finally:
            self._simulation.close()
