"""Let the planned failures happen to one node and its network, at the moments they are planned for."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from baysense_host.bench.outage.brokers import Brokers
from baysense_host.bench.outage.diary import Diary, session_begins
from baysense_host.bench.outage.schedule import (
    AT_ONCE,
    BROKER_KILLED,
    BROWN_OUT,
    DEVICE,
    FLASH_CUT,
    FOREIGN,
    IN_REPORT,
    LOGIN,
    POWER_CUT,
    RESET,
    WATCHDOG,
    Outage,
)
from baysense_host.bench.outage.witness import Witness
from baysense_host.virtual.board import VirtualBoard
from baysense_host.virtual.clock import Clock
from baysense_host.virtual.net.faults import DROP, NTP_LIES, REDIRECT, SLOW, Fault
from baysense_host.virtual.net.network import VirtualNetwork
from baysense_host.virtual.shims.vb_flash_cut import MODES

_US = 1_000_000


class Stage(NamedTuple):
    """What the acts act upon."""

    clock: Clock
    board: VirtualBoard
    network: VirtualNetwork
    brokers: Brokers
    witness: Witness
    diary: Diary


class Acts:
    """Carry out a plan; `done` says what really happened when."""

    def __init__(self, stage: Stage, plan: list[Outage]) -> None:
        self._stage = stage
        self.done: list[Outage] = []
        self._waiting: list[Outage] = []  # for their moment
        self._armed: Outage | None = None  # a cut that the flash will bring about
        self._broker_up = True
        self._kinds: dict[str, Callable[[Outage], None]] = {
            LOGIN: partial(self._redirect, stage.brokers.refusing.tls_address),
            FOREIGN: partial(self._redirect, stage.brokers.foreign.tls_address),
            BROKER_KILLED: self._kill_broker,
            RESET: lambda outage: stage.board.hard_reset(),
            WATCHDOG: lambda outage: stage.board.watchdog_bite(),
            BROWN_OUT: lambda outage: stage.board.brown_out(),
            POWER_CUT: self._cut_power,
            FLASH_CUT: self._arm_flash,
        }
        stage.diary.readers.append(self._read)
        for outage in plan:
            stage.clock.at(int(outage.start_s * _US), partial(self._arm, outage))

    def _arm(self, outage: Outage) -> None:
        if outage.moment == AT_ONCE:
            self._begin(outage)
        else:
            self._waiting.append(outage)

    def _read(self, t_us: int, kind: str, fields: dict[str, Any]) -> None:
        if session_begins(kind, fields):
            self.meet(IN_REPORT)
        elif kind == "power_cut" and self._armed is not None:
            outage, self._armed = self._armed, None
            self._note(outage)
            self._stage.clock.after(int(outage.lasts_s * _US), self._stage.board.power_on)

    def meet(self, moment: str) -> None:
        """Let happen what has waited for this moment of the node's life."""
        met = [outage for outage in self._waiting if outage.moment == moment]
        self._waiting = [outage for outage in self._waiting if outage.moment != moment]
        for outage in met:
            self._stage.clock.after(int(outage.delay_s * _US), partial(self._begin, outage))

    def _begin(self, outage: Outage) -> None:
        if outage.kind in DEVICE and self._stage.board.state == "off":
            return  # there is nobody to hit
        if outage.kind in (POWER_CUT, FLASH_CUT) and self._armed is not None:
            return  # the flash will bring about a cut soon enough
        if outage.kind == BROKER_KILLED and not self._broker_up:
            return
        self._kinds.get(outage.kind, self._fail)(outage if outage.kind == FLASH_CUT else self._note(outage))

    def _note(self, outage: Outage) -> Outage:
        """Enter into `done` that it happens now."""
        outage = replace(outage, start_s=self._stage.clock.now_us / _US)
        self.done.append(outage)
        return outage

    def _fail(self, outage: Outage) -> None:
        self._stage.network.fail(_DOSES.get(outage.kind, _plain)(_span(outage.kind, outage), outage.dose))

    def _redirect(self, target: tuple[str, int], outage: Outage) -> None:
        self._stage.network.fail(replace(_span(REDIRECT, outage), target=target))

    def _kill_broker(self, outage: Outage) -> None:
        # mosquitto acknowledges a message before it is on its disk: what it lost then would not be the node's fault.
        self._stage.witness.fence()
        self._broker_up = False
        self._stage.brokers.right.kill()
        self._stage.witness.await_offline()
        self._stage.clock.after(int(outage.lasts_s * _US), self._revive_broker)

    def _revive_broker(self) -> None:
        self._stage.brokers.right.start()
        self._stage.witness.await_online()
        self._broker_up = True

    def _arm_flash(self, outage: Outage) -> None:
        operations = int(outage.dose)
        self._armed = outage
        self._stage.board.flash.cut_at(operations, MODES[operations % len(MODES)], noise=operations)

    def _cut_power(self, outage: Outage) -> None:
        self._stage.board.power_cut()
        self._stage.clock.after(int(outage.lasts_s * _US), self._stage.board.power_on)


def _span(kind: str, outage: Outage) -> Fault:
    start_us = int(outage.start_s * _US)
    return Fault(kind, start_us, start_us + max(1, int(outage.lasts_s * _US)))


def _plain(fault: Fault, dose: float) -> Fault:
    return fault


_DOSES: dict[str, Callable[[Fault, float], Fault]] = {
    DROP: lambda fault, dose: replace(fault, after_bytes=int(dose)),
    SLOW: lambda fault, dose: replace(fault, latency_us=int(dose * _US)),
    NTP_LIES: lambda fault, dose: replace(fault, offset_s=int(dose)),
}
