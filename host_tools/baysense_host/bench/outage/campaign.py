"""One node lives through a planned month; everything it said and everything that arrived is kept for the judge."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from baysense_host.bench.outage.acts import Acts, Stage
from baysense_host.bench.outage.brokers import NAME, PORT, Brokers
from baysense_host.bench.outage.diary import Diary, session_ends
from baysense_host.bench.outage.schedule import DAY_S, IN_SENDING, IN_WRITE, Outage
from baysense_host.bench.outage.tries import Tries, Try
from baysense_host.bench.outage.witness import Witness
from baysense_host.bench.report import Tell
from baysense_host.virtual.fleet import Bay, Fleet
from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.network import VirtualNetwork
from baysense_host.virtual.options import DEFAULT_BOARD
from baysense_host.virtual.run import settings
from baysense_host.virtual.simulation import Simulation
from baysense_host.virtual.world import SCENARIOS, Change, World

_US = 1_000_000
_PASSES_PER_DAY = 50  # vehicles going by cost time and are no matter here
_WIFI = "kerbside", "virtual-kerb"


@dataclass(frozen=True)
class Told:
    """An event as the node said on its console that it has journaled it."""

    t_s: float
    body: dict[str, Any]


@dataclass(frozen=True)
class Got:
    """An event as the witness received it."""

    t_s: float
    body: dict[str, Any]


@dataclass(frozen=True)
class Month:
    """All there is to judge by."""

    days: float
    truth: list[Change]
    told: list[Told]
    got: list[Got]
    outages: list[Outage]
    tries: list[Try]
    log: list[tuple[float, str]]
    wakes: dict[str, int]


class _Follow:
    """Let virtual time wait for the witness whenever something came, and before the node sleeps or starts anew."""

    def __init__(self, campaign: "Campaign") -> None:
        self._campaign = campaign

    @property
    def busy(self) -> bool:
        return self._campaign.session_over or self._campaign.witness.waiting

    def settle(self) -> None:
        if self._campaign.session_over:
            self._campaign.session_over = False
            self._campaign.witness.fence()
        self._campaign.collect()


class Campaign:
    """The node with its world, network, brokers and witness."""

    def __init__(
        self,
        brokers: Brokers,
        folder: Path,
        seed: int,
        days: float,
        outages: list[Outage],
        heap_kib: int | None = None,
    ) -> None:
        self._days = days
        self.session_over = False
        self.got: list[Got] = []
        self.told: list[Told] = []
        self.log: list[tuple[float, str]] = []
        scenario = replace(SCENARIOS["demo"], passes_per_day=_PASSES_PER_DAY)
        self.world = World(scenario, seed, days, moment_scale=1.0)
        self.diary = Diary()
        self.diary.readers.append(self._read)
        self.simulation = Simulation(self.diary)
        self.witness = Witness(brokers.right.address)
        network = VirtualNetwork(seed)
        network.access_points.append(AccessPoint(*_WIFI))
        network.names.add(NAME, {PORT: brokers.right.tls_address})
        self.simulation.settlers += [network, _Follow(self)]
        self.network = network
        self.bay = self._bay(folder, seed, brokers, heap_kib)
        stage = Stage(self.simulation.clock, self.bay.board, network, brokers, self.witness, self.diary)
        self.acts = Acts(stage, outages)
        self.tries = Tries(self.diary, self.bay.board.ledger)

    def _bay(self, folder: Path, seed: int, brokers: Brokers, heap_kib: int | None) -> Bay:
        fleet = Fleet(self.simulation, self.network, DEFAULT_BOARD, folder, heap_kib)
        secure = {**settings("bay-1"), "mqtt_tls": True, "mqtt_port": PORT}
        bay = fleet.add("bay-1", self.world.environment(0), seed, secure, self._notice, self._print)
        bay.technician.credentials = brokers.credentials
        return bay

    def live(self, tell: Tell, stop: Callable[[], bool] = lambda: False) -> Month:
        """Let everything happen, telling once a virtual day how far it is; `stop` ends it early."""
        try:
            self.witness.start()
            self.bay.board.power_on()
            end_us, begun_us = int(self._days * DAY_S * _US), 0
            while begun_us < end_us and not stop():
                begun_us = min(end_us, begun_us + int(DAY_S * _US))
                self.simulation.run(begun_us, stop)
                self.bay.technician.check()
                tell(f"day {begun_us / DAY_S / _US:g}: {len(self.told)} events recorded, {len(self.got)} received")
            self.witness.fence()
            self.collect()
            return self._month()
        finally:
            self.witness.stop()
            self.network.close()
            self.simulation.close()

    def collect(self) -> None:
        """Take what the witness has heard."""
        for heard in self.witness.take():
            if heard.topic.endswith("/event"):
                self.got.append(Got(self._now_s(), json.loads(heard.payload)))
                self.acts.meet(IN_SENDING)

    def _month(self) -> Month:
        end_us = int(self._days * DAY_S * _US)
        truth = [change for change in self.world.truth(0) if change.t_us < end_us]
        return Month(
            self._days, truth, self.told, self.got, self.acts.done, self.tries.all, self.log,
            dict(self.bay.board.wakes),
        )  # fmt: skip

    def _now_s(self) -> float:
        return self.simulation.clock.now_us / _US

    def _read(self, t_us: int, kind: str, fields: dict[str, Any]) -> None:
        self.session_over |= session_ends(kind, fields)

    def _notice(self, method: str, params: dict[str, Any]) -> None:
        if method == "event":
            self.told.append(Told(self._now_s(), params))
            self.acts.meet(IN_WRITE)

    def _print(self, line: str) -> None:
        self.log.append((self._now_s(), line))
        self.tries.printed(line)


def live_through(folder: Path, seed: int, days: float, outages: list[Outage], tell: Tell) -> Month:
    """Start the brokers and let a node live through what is planned."""
    with Brokers(folder / "brokers") as brokers:
        return Campaign(brokers, folder / "boards", seed, days, outages).live(tell)
