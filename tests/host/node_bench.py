"""The whole firmware on a virtual board in fast mode, at a bay where the test says when a car comes and goes."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from baysense_host.virtual.eventlog import EventLog
from baysense_host.virtual.fleet import Fleet
from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.listener import Listener
from baysense_host.virtual.net.network import VirtualNetwork
from baysense_host.virtual.options import DEFAULT_BOARD, DEFAULT_HEAP_KIB
from baysense_host.virtual.simulation import Simulation

SSID, PASSWORD, BROKER, PORT = "kerbside", "virtual-kerb", "broker.kerb", 1883
_EARTH_UT = (18.0, 1.4, 46.9)
_CAR_UT = (9.0, -4.0, -22.0)  # what a parked car adds; detection.md: 10-40 uT above a sensor in the bay
_DRIVE_US = 3_000_000


class Bay:
    """world.environment.Environment: a field that a car changes within three seconds."""

    def __init__(self) -> None:
        self._starts_us: list[int] = []

    def drive_at(self, t_s: float) -> None:
        """Let the car come, or go, at a time [s]."""
        self._starts_us.append(int(t_s * 1e6))

    def field_ut(self, t_us: int) -> tuple[float, float, float]:
        share = self._share(t_us)
        x_ut, y_ut, z_ut = (earth + share * car for earth, car in zip(_EARTH_UT, _CAR_UT, strict=True))
        return x_ut, y_ut, z_ut

    def temperature_c(self, t_us: int) -> float:
        return 15.0

    def quiet_until_us(self, t_us: int) -> int:
        moves = bisect_right(self._starts_us, t_us)
        if moves and t_us < self._starts_us[moves - 1] + _DRIVE_US:
            return t_us
        return self._starts_us[moves] if moves < len(self._starts_us) else 1 << 62

    def clearance_mm(self, t_us: int) -> int | None:
        return 250 if self._share(t_us) > 0.5 else None

    def _share(self, t_us: int) -> float:
        moves = bisect_right(self._starts_us, t_us)
        if not moves:
            return 0.0
        done = min(1.0, (t_us - self._starts_us[moves - 1]) / _DRIVE_US)
        done *= done * (3.0 - 2.0 * done)  # it starts and stops gently
        return done if moves % 2 else 1.0 - done


class NodeBench:
    """One node, what it says on its console, and what a subscriber hears of it."""

    def __init__(
        self, folder: Path, broker: tuple[str, int] | None, make: str, environment: Any, settings: dict[str, Any]
    ) -> None:
        self.bay = Bay()
        self.notices: list[tuple[float, str, dict[str, Any]]] = []
        self.log: list[str] = []
        self.simulation = Simulation(EventLog(folder / "events.jsonl"))
        self.network = VirtualNetwork(1)
        self.network.access_points.append(AccessPoint(SSID, PASSWORD))
        self.simulation.settlers.append(self.network)
        self._listener: Listener | None = None
        if broker is not None:
            self._listen(broker)
        fleet = Fleet(self.simulation, self.network, make, folder, DEFAULT_HEAP_KIB)
        uplink = _UPLINK if broker is not None else {"uplink": "none"}
        self.node = fleet.add("node", environment or self.bay, 1, uplink | settings, self._notice, self.log.append)
        self.board = self.node.board

    def run(self, seconds: float, stop: Callable[[], bool] = lambda: False) -> None:
        """Go on for so much virtual time."""
        self.simulation.run(self.simulation.clock.now_us + int(seconds * 1e6), stop)
        self.node.technician.check()
        assert not any(line.startswith("Traceback") for line in self.log), self.log

    def wakes(self) -> int:
        """Return how often the node woke up."""
        return sum(self.board.wakes.values()) - 1

    def now_s(self) -> float:
        return self.simulation.clock.now_us / 1e6

    def chip(self, name: str) -> Any:
        return self.board.wiring.chips[name]

    def power_cut(self) -> None:
        self.board.power_cut()
        self.board.power_on()

    def press(self) -> None:
        """Press the service button for a moment; the node wakes and listens."""
        self.chip("button").press()
        self.run(1)
        self.chip("button").release()
        self.run(2)

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a kind as the node recorded them, with the time [s] as `t_s`."""
        told = [{**params, "t_s": t_s} for t_s, method, params in self.notices if method == "event"]
        return [event for event in told if event["event"] == kind]

    def states(self) -> list[str]:
        """Return every state that the node told of a change to."""
        return [event["state"] for event in self.events("change")]

    def told(self, method: str) -> list[dict[str, Any]]:
        return [params for _, name, params in self.notices if name == method]

    def received(self, leaf: str) -> list[dict[str, Any]]:
        """Return what a subscriber got on a topic."""
        assert self._listener is not None
        self._listener.settle()
        mine = [m for m in self._listener.messages if m.topic.endswith(f"/{self.node.dev_eui}/{leaf}") and m.payload]
        return [json.loads(message.payload) for message in mine]

    def close(self) -> None:
        if self._listener is not None:
            self._listener.stop()
        self.network.close()
        self.simulation.close()

    def _listen(self, broker: tuple[str, int]) -> None:
        self.network.names.add(BROKER, {PORT: broker})
        self._listener = Listener(self.network, broker, lambda: self.simulation.clock.now_us)
        self._listener.start()

    def _notice(self, method: str, params: dict[str, Any]) -> None:
        self.notices.append((self.now_s(), method, params))


_UPLINK = {
    "uplink": "mqtt",
    "wifi_ssid": SSID,
    "wifi_password": PASSWORD,
    "mqtt_host": BROKER,
    "mqtt_port": PORT,
}


@contextmanager
def node_bench(
    folder: Path,
    broker: tuple[str, int] | None = None,
    make: str = DEFAULT_BOARD,
    environment: Any = None,
    **settings: Any,
) -> Iterator[NodeBench]:
    """Put a node in place, in its `bay` unless another environment is given, and switch it on."""
    bench = NodeBench(folder, broker, make, environment, settings)
    try:
        bench.board.power_on()
        yield bench
    finally:
        bench.close()
