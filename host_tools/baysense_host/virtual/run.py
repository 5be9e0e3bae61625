"""Run a scenario: boards in a world, reports over MQTT or LoRaWAN, and the result as plain data."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import baysense
from baysense_host.errors import ToolError
from baysense_host.virtual.eventlog import EventLog
from baysense_host.virtual.fleet import Bay, Fleet
from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.broker import EmbeddedBroker
from baysense_host.virtual.net.listener import Listener, Message
from baysense_host.virtual.net.network import VirtualNetwork
from baysense_host.virtual.options import SimOptions
from baysense_host.virtual.outcome import CALIBRATED, CHANGES, bay_result, state_name, summary
from baysense_host.virtual.simulation import Simulation
from baysense_host.virtual.world import SCENARIOS, Scenario, World

if TYPE_CHECKING:  # its library is an extra
    from baysense_host.virtual.lorawan.desk import Desk

Progress = Callable[[dict[str, Any]], None]
Prepare = Callable[[Bay], None]

_SSID, _PASSWORD = "kerbside", "virtual-kerb"
_BROKER, _PORT = "broker.kerb", 1883
_TICK_US, _REAL_TICK_US = 900_000_000, 1_000_000  # of virtual time between two reports of progress
_DAY_US = 86_400_000_000


def simulate(
    options: SimOptions, progress: Progress = lambda report: None, prepare: Prepare = lambda bay: None
) -> dict[str, Any]:
    """Run a scenario from start to end and return its result (report/result.py).

    `progress` hears what happens meanwhile, `prepare` gets every board before it is powered on.
    """
    begun = time.monotonic()
    if options.uplink == "lorawan":
        result = _simulate(options, None, progress, prepare)
    elif options.broker is not None:
        result = _simulate(options, options.broker, progress, prepare)
    else:
        with EmbeddedBroker() as broker:
            result = _simulate(options, broker.address, progress, prepare)
    result["wall_s"] = result["summary"]["wall_s"] = round(time.monotonic() - begun, 2)
    return result


def _simulate(
    options: SimOptions, broker: tuple[str, int] | None, progress: Progress, prepare: Prepare
) -> dict[str, Any]:
    world = World(_scenario(options), options.seed, options.days, options.bays, options.moment_scale)
    simulation = Simulation(EventLog(options.out / "events.jsonl"), options.realtime)
    network = VirtualNetwork(options.seed)
    network.access_points.append(AccessPoint(_SSID, _PASSWORD))
    desk = None
    listener: Listener | Desk
    if broker is None:
        listener = desk = _desk(simulation, options.seed)
    else:
        listener = _subscribe(simulation, network, broker)
    try:
        simulation.settlers.append(network)
        bays = _bays(options, simulation, network, world, desk)
        _report_progress(simulation, bays, listener, progress)
        _report_truth(simulation, world, progress)
        for bay in bays:
            prepare(bay)
            bay.board.power_on()
        simulation.run(int(options.days * _DAY_US))
        for bay in bays:
            bay.technician.check()
        listener.stop()
        return _result(options, world, bays, listener.messages)
    finally:
        listener.stop()
        network.close()
        simulation.close()


def _scenario(options: SimOptions) -> Scenario:
    scenario = SCENARIOS.get(options.scenario)
    if scenario is None:
        raise ToolError(f"There is no scenario {options.scenario}.", f"Choose one of {', '.join(sorted(SCENARIOS))}.")
    if options.passes_per_day is not None:
        scenario = replace(scenario, passes_per_day=options.passes_per_day)
    return scenario


def _subscribe(simulation: Simulation, network: VirtualNetwork, broker: tuple[str, int]) -> Listener:
    """Hear what the boards publish, and let virtual time wait for it."""
    network.names.add(_BROKER, {_PORT: broker})
    listener = Listener(network, broker, lambda: simulation.clock.now_us)
    listener.start()
    simulation.settlers.append(_Follow(listener))
    return listener


def _desk(simulation: Simulation, seed: int) -> "Desk":
    from baysense_host.virtual.lorawan.desk import Desk

    return Desk(simulation.clock, seed)


def _bays(
    options: SimOptions, simulation: Simulation, network: VirtualNetwork, world: World, desk: "Desk | None"
) -> list[Bay]:
    folder = options.out / "boards"
    fleet = Fleet(simulation, network, options.board, folder, options.heap_kib, desk.air if desk else None)
    bays = [
        fleet.add(
            f"bay-{number + 1}",
            world.environment(number),
            options.seed * 1000 + number,
            settings(f"bay-{number + 1}", options.uplink),
            on_log=_logger(simulation, f"bay-{number + 1}"),
            link=options.port_link if number == 0 else None,
        )
        for number in range(options.bays)
    ]
    for bay in bays:
        if desk:
            desk.register(bay.dev_eui, bay.join_eui, bay.app_key, bay.name)
    return bays


def settings(bay: str, uplink: str = "mqtt") -> dict[str, Any]:
    """Return what a technician tells a node in the virtual network."""
    if uplink == "lorawan":
        return {"bay": bay, "uplink": "lorawan"}
    return {
        "bay": bay,
        "uplink": "mqtt",
        "wifi_ssid": _SSID,
        "wifi_password": _PASSWORD,
        "mqtt_host": _BROKER,
        "mqtt_port": _PORT,
    }


class _Follow:
    """Let virtual time wait until the subscriber has what the boards have published."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    @property
    def busy(self) -> bool:
        return self._listener.behind

    def settle(self) -> None:
        self._listener.settle()


def _logger(simulation: Simulation, name: str) -> Callable[[str], None]:
    return lambda line: simulation.events.write(simulation.clock.now_us, name, "console", line=line)


def _report_progress(
    simulation: Simulation, bays: list[Bay], listener: "Listener | Desk", progress: Progress
) -> None:
    """Tell now and then how far it is, and what has arrived since."""
    tick_us = _REAL_TICK_US if simulation.real else _TICK_US
    told = 0
    names = {bay.dev_eui: number for number, bay in enumerate(bays)}

    def tick() -> None:
        nonlocal told
        listener.collect()
        for message in listener.messages[told:]:
            progress(_message_report(message, names))
        told = len(listener.messages)
        progress({"t_s": simulation.clock.now_us / 1e6, "bay": None, "kind": "tick"})
        simulation.clock.after(tick_us, tick)

    tick()


def _report_truth(simulation: Simulation, world: World, progress: Progress) -> None:
    """Tell of every true change when it happens."""
    for number in range(world.bays):
        for change in world.truth(number):
            report = {"t_s": change.t_us / 1e6, "bay": number, "kind": "truth", "state": state_name(change)}
            simulation.clock.at(change.t_us, partial(progress, report))


def _message_report(message: Message, names: dict[str, int]) -> dict[str, Any]:
    dev_eui, _, kind = message.topic.rpartition("/")
    report: dict[str, Any] = {"t_s": message.t_us / 1e6, "bay": names.get(dev_eui.rpartition("/")[2])}
    body = json.loads(message.payload) if kind == "event" else {}
    if body.get("event") in CHANGES:
        kind = "start" if body["cause"] == CALIBRATED else "event"
        return {**report, "kind": kind, "state": body["state"]}
    return {**report, "kind": "message", "topic": message.topic}


def _result(options: SimOptions, world: World, bays: list[Bay], messages: list[Message]) -> dict[str, Any]:
    end_us = int(options.days * _DAY_US)
    results = [bay_result(bay, world, number, messages, end_us) for number, bay in enumerate(bays)]
    return {
        "scenario": options.scenario,
        "seed": options.seed,
        "board": options.board,
        "days": options.days,
        "mode": "real" if options.realtime else "fast",
        "wall_s": 0.0,
        "version": baysense.__version__,
        "bays": results,
        "summary": summary(results),
    }
