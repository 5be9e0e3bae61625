"""What really happened in the bay beside the changes that arrived, one to one."""

from dataclasses import dataclass

from baysense_host.bench.outage.campaign import Month
from baysense_host.bench.outage.judge import first_ones, happened_s
from baysense_host.virtual.outcome import CALIBRATED, CHANGES, state_name
from baysense_host.virtual.world import Change

_NEAR_S = (-5.0, 60.0)  # an event belongs to a change so far away (detection.md, section 6.1)


@dataclass(frozen=True)
class Reported:
    """A change that arrived, when it happened by its own account [s]."""

    seq: int
    t_s: float
    state: str
    received_s: float


@dataclass(frozen=True)
class Changes:
    """True changes and what became of them."""

    true: int
    in_time: list[Reported]
    late: list[Reported]  # noticed after a restart, or at a heartbeat
    missed: list[Change]
    twice: list[Reported]  # the same state as the change before
    false: list[Reported]


def compare(month: Month) -> Changes:
    """Find the message of every true change."""
    left = _reported(month)
    in_time, missing = _match(month.truth, left, *_NEAR_S)
    late: list[Reported] = []
    missed = []
    for change in missing:
        after = [one for one in month.truth if one.t_us > change.t_us]
        until_s = after[0].t_us / 1e6 if after else month.days * 86_400
        found, _ = _match([change], left, 0.0, until_s - change.t_us / 1e6)
        late += found
        missed += [] if found else [change]
    twice, false = _extra(month, left)
    return Changes(len(month.truth), in_time, late, missed, twice, false)


def _reported(month: Month) -> list[Reported]:
    times = {told.body["seq"]: happened_s(told) for told in month.told}
    reported = []
    for message in first_ones(month.got):
        body = message.body
        if body["event"] in CHANGES and body["cause"] != CALIBRATED:
            t_s = times.get(body["seq"], message.t_s - (body["age_s"] or 0.0))
            reported.append(Reported(body["seq"], t_s, body["state"], message.t_s))
    return reported


def _match(
    truth: list[Change], left: list[Reported], low_s: float, high_s: float
) -> tuple[list[Reported], list[Change]]:
    """Take from `left` the nearest event of each change within the bounds; return those, and changes without."""
    found, missing = [], []
    for change in truth:
        t_s, state = change.t_us / 1e6, state_name(change)
        near = [one for one in left if one.state == state and low_s <= one.t_s - t_s <= high_s]
        if not near:
            missing.append(change)
            continue
        best = min(near, key=lambda one: abs(one.t_s - t_s))
        left.remove(best)
        found.append(best)
    return found, missing


def _extra(month: Month, left: list[Reported]) -> tuple[list[Reported], list[Reported]]:
    states = {one.seq: one.state for one in sorted(_reported(month), key=lambda one: one.seq)}
    numbers = list(states)
    twice: list[Reported] = []
    false: list[Reported] = []
    for one in left:
        place = numbers.index(one.seq)
        same = place > 0 and states[numbers[place - 1]] == one.state
        (twice if same else false).append(one)
    return twice, false
