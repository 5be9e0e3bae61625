"""The campaign: let the town live, then judge every frame and every history."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from baysense_host.bench.airwaves.extent import CALM_US, DAY_S, HOUR_S, SECOND_US, Extent
from baysense_host.bench.airwaves.frames import Frames
from baysense_host.bench.airwaves.judge import Verdict, judge
from baysense_host.bench.airwaves.town import Town, town
from baysense_host.bench.report import Tell
from baysense_host.lorawan.receiver import Receiver

_HEARTBEAT_US = HOUR_S * SECOND_US * 101 // 100  # the setting's default, by a clock that may be slow
_STATES = ("free", "occupied")


@dataclass
class Result:
    """What a campaign found."""

    extent: Extent
    frames: Frames
    verdicts: dict[str, Verdict]
    wrong_states: list[str]
    crashes: list[str]
    failures: Counter[str]  # of supplies: power cuts and brown-outs, and what they hit
    server: dict[str, int]
    refused: dict[str, int]
    wall_s: float
    wakes: int = 0

    @property
    def lost(self) -> list[str]:
        """Return what nobody heard of."""
        return [text for verdict in self.verdicts.values() for text in verdict.lost]

    @property
    def invented(self) -> list[str]:
        """Return what never happened."""
        return [text for verdict in self.verdicts.values() for text in verdict.invented]

    @property
    def misdated(self) -> list[str]:
        """Return what happened at another time than told."""
        return [text for verdict in self.verdicts.values() for text in verdict.misdated]

    @property
    def undated(self) -> int:
        """Return how many changes were told after a power cut, which leaves no trace of how long ago they were."""
        return sum(verdict.undated for verdict in self.verdicts.values())

    @property
    def events(self) -> int:
        """Return how many changes and starts were told."""
        return sum(verdict.changes + verdict.starts for verdict in self.verdicts.values())


def campaign(extent: Extent, tell: Tell, firmware: Path | None = None) -> Result:
    """Run one; `firmware` is the node's code, ours unless told."""
    begin_s = time.monotonic()
    with town(extent, tell, firmware) as lived:
        _live(lived, extent, tell)
        lived.run_until(extent.ends_us + _HEARTBEAT_US)
        wrong = _wrong_states(lived)
        lived.run_until(extent.ends_us + CALM_US)
        verdicts = {node.name: judge(node.name, node.diary, _receiver(lived, node.dev_eui)) for node in lived.nodes}
        return _result(lived, extent, verdicts, wrong, time.monotonic() - begin_s)


def _live(lived: Town, extent: Extent, tell: Tell) -> None:
    day_us = DAY_S * SECOND_US
    begin_s = time.monotonic()
    for day in range(1, int(extent.days) + 1):
        lived.run_until(min(day * day_us, extent.ends_us))
        spent_s = time.monotonic() - begin_s
        tell(f"day {day} of {extent.days:g}: {sum(lived.frames.by_sf.values())} uplinks, {spent_s:.0f} s")
    lived.run_until(extent.ends_us)


def _wrong_states(lived: Town) -> list[str]:
    wrong = []
    for node in lived.nodes:
        told, true = _receiver(lived, node.dev_eui).state, _STATES[node.story.state(lived.clock.now_us)]
        if told != true:
            wrong.append(f"{node.name} is {true}, told as {told}")
    return wrong


def _result(lived: Town, extent: Extent, verdicts: dict[str, Verdict], wrong: list[str], wall_s: float) -> Result:
    failures: Counter[str] = Counter()
    for node in lived.nodes:
        failures["power_cuts"] += len(node.diary.power_cuts_us)
        failures["brown_outs"] += len(node.diary.brown_outs_us)
        failures.update(f"at_{kind}" for kind in node.diary.failed_at)
    crashes = [f"{node.name}: {text}" for node in lived.nodes for text in node.diary.crashes]
    server = lived.desk.server
    wakes = sum(len(node.diary.looks) for node in lived.nodes)
    counts, refused = dict(server.counts), dict(server.refused)
    return Result(extent, lived.frames, verdicts, wrong, crashes, failures, counts, refused, wall_s, wakes)


def _receiver(lived: Town, dev_eui: str) -> Receiver:
    return lived.desk.receivers[dev_eui]
