"""The whole firmware on a virtual board in fast mode, at a bay where the test says when a car comes and goes."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baysense_host.bench.outage.diary import Diary, session_begins, session_ends
from baysense_host.virtual.air import Air
from baysense_host.virtual.fleet import Fleet
from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.listener import Listener
from baysense_host.virtual.net.network import VirtualNetwork
from baysense_host.virtual.options import DEFAULT_BOARD
from baysense_host.virtual.simulation import Simulation
from city import City

SSID, PASSWORD, BROKER, PORT, TLS_PORT = "kerbside", "virtual-kerb", "broker.kerb", 1883, 8883
DEV_EUI = "240ac4fffe000001"  # of a node with seed 1
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


@dataclass(frozen=True)
class Plan:
    """What a node is built from; `broker` is a real address, or the city that listens there already."""

    folder: Path
    broker: tuple[str, int] | City | None = None
    make: str = DEFAULT_BOARD
    environment: Any = None
    tls: tuple[str, int] | None = None  # the broker's real address for TLS
    credentials: dict[str, bytes] = field(default_factory=dict)
    heap_kib: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)


class NodeBench:
    """One node, what it says on its console, and what a subscriber hears of it."""

    def __init__(self, plan: Plan) -> None:
        self.bay = Bay()
        self.notices: list[tuple[float, str, dict[str, Any]]] = []
        self.log: list[str] = []
        self.diary: list[tuple[float, str, dict[str, Any]]] = []
        diary = Diary()
        diary.readers.append(lambda t_us, kind, fields: self.diary.append((t_us / 1e6, kind, fields)))
        self.simulation = Simulation(diary)
        self.network = VirtualNetwork(1)
        self.network.access_points.append(AccessPoint(SSID, PASSWORD))
        self.simulation.settlers.append(self.network)
        self._listener: Listener | City | None = None
        if plan.broker is not None:
            self._listen(plan.broker, plan.tls)
        fleet = Fleet(self.simulation, self.network, plan.make, plan.folder, plan.heap_kib, self._make_air())
        settings = _settings(plan) | plan.settings
        self.node = fleet.add("node", plan.environment or self.bay, 1, settings, self._notice, self.log.append)
        self.node.technician.credentials = plan.credentials
        self.board = self.node.board

    def run(self, seconds: float, stop: Callable[[], bool] = lambda: False) -> None:
        """Go on for so much virtual time."""
        self.simulation.run(self.simulation.clock.now_us + int(seconds * 1e6), stop)
        self.node.technician.check()
        assert not any(line.startswith("Traceback") for line in self.log), "\n".join(self.log[-30:])

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
        if isinstance(self._listener, City):
            return self._listener.got(f"{self.node.dev_eui}/{leaf}")
        self._listener.settle()
        mine = [m for m in self._listener.messages if m.topic.endswith(f"/{self.node.dev_eui}/{leaf}") and m.payload]
        return [json.loads(message.payload) for message in mine]

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method over the console, as somebody who has pressed the button; a battery node is awake then."""
        answers: list[dict[str, Any]] = []
        self.node.technician.ask(method, params, answers.append)
        self.run(60, lambda: bool(answers))
        return answers[0]

    def sent(self, leaf: str) -> list[float]:
        """Return when messages on a topic left the node [s]."""
        return [m.t_us / 1e6 for m in self.network.published if m.up and m.topic.endswith(f"/{leaf}")]

    def happened(self, kind: str, event: str | None = None) -> list[float]:
        """Return when something stands in the simulation's log [s]."""
        return [t_s for t_s, name, fields in self.diary if name == kind and event in (None, fields.get("event"))]

    def radio_s(self) -> list[tuple[float, float]]:
        """Return from when to when the radio was on [s]."""
        spans = []
        begun_s: float | None = None
        for t_s, kind, fields in self.diary:
            if begun_s is None and session_begins(kind, fields):
                begun_s = t_s
            elif begun_s is not None and (session_ends(kind, fields) or fields.get("event") == "inactive"):
                spans.append((begun_s, t_s))
                begun_s = None
        return spans

    def close(self) -> None:
        if isinstance(self._listener, Listener):
            self._listener.stop()
        self.network.close()
        self.simulation.close()

    def _make_air(self) -> Air | None:
        """Return what a radio sends into; there is none here, see lora_bench."""
        return None

    def _listen(self, broker: tuple[str, int] | City, tls: tuple[str, int] | None) -> None:
        address = broker.address if isinstance(broker, City) else broker
        self.network.names.add(BROKER, {PORT: address} | ({TLS_PORT: tls} if tls is not None else {}))
        if isinstance(broker, City):
            self._listener = broker
            return
        self._listener = Listener(self.network, broker, lambda: self.simulation.clock.now_us)
        self._listener.start()

    def _notice(self, method: str, params: dict[str, Any]) -> None:
        self.notices.append((self.now_s(), method, params))


def _settings(plan: Plan) -> dict[str, Any]:
    if plan.broker is None:
        return {"uplink": "none"}
    return {
        "uplink": "mqtt",
        "wifi_ssid": SSID,
        "wifi_password": PASSWORD,
        "mqtt_host": BROKER,
        "mqtt_port": TLS_PORT if plan.tls else PORT,
        "mqtt_tls": plan.tls is not None,
    }


@contextmanager
def node_bench(
    folder: Path,
    broker: tuple[str, int] | City | None = None,
    make: str = DEFAULT_BOARD,
    environment: Any = None,
    **settings: Any,
) -> Iterator[NodeBench]:
    """Put a node in place, in its `bay` unless another environment is given, and switch it on."""
    with planned(Plan(folder, broker, make, environment, settings=settings)) as bench:
        yield bench


@contextmanager
def planned(plan: Plan, prepare: Callable[[NodeBench], None] = lambda bench: None) -> Iterator[NodeBench]:
    """Put a node in place by a plan, and switch it on."""
    bench = NodeBench(plan)
    try:
        prepare(bench)
        bench.board.power_on()
        yield bench
    finally:
        bench.close()
