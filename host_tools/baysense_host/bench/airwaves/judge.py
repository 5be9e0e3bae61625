"""What a receiver made of a node's frames, held against what stood on the bay when the node looked."""

from dataclasses import dataclass, field

from baysense_host.bench.airwaves.diary import Diary
from baysense_host.lorawan.receiver import BayEvent, Receiver

_STATES = ("free", "occupied")
_ROUNDED_S = 2.0  # an age is told in steps of 2 s
# A frame that the network wants three times (NbTrans) bears the age of the first: twice both windows, and 3 s more.
_REPEATED_S = 16.0
_SAME_S = 600.0  # farther apart it is another event, not one that is dated wrongly


@dataclass
class Expected:
    """A change that the node saw, once; not `certain` when the supply failed while it was stored."""

    at_s: list[float]  # or later, when the first look was not stored
    state: str
    certain: bool


@dataclass
class Verdict:
    """What is wrong with one bay's history."""

    changes: int = 0
    starts: int = 0
    undated: int = 0  # of before a power cut: how long ago is lost
    lost: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    misdated: list[str] = field(default_factory=list)


def expected(diary: Diary) -> list[Expected]:
    """Return the changes of a node, from its looks alone."""
    found: list[Expected] = []
    believed = {-1}  # before the first look
    for look in diary.looks:
        at_s, state = look.at_us / 1e6, _STATES[look.state]
        if look.state not in believed:
            found.append(Expected([at_s], state, look.whole))
        elif len(believed) > 1 and found[-1].state == state:
            found[-1].at_s.append(at_s)
            found[-1].certain = look.whole
        elif len(believed) > 1:
            found.append(Expected([at_s], state, False))
        believed = {look.state} if look.whole else believed | {look.state}
    return found


def judge(name: str, diary: Diary, receiver: Receiver) -> Verdict:
    """Hold a history against a diary."""
    verdict = Verdict()
    told = [event for event in receiver.events if event.type != "boot"]
    _match(name, expected(diary), told, diary, verdict)
    _count_starts(name, diary, receiver, verdict)
    verdict.lost += [f"{name}: number {seq} is not accounted for" for seq in receiver.missing()]
    return verdict


def _match(name: str, wanted: list[Expected], told: list[BayEvent], diary: Diary, verdict: Verdict) -> None:
    """Go through both in order; what is told must be wanted next, but for changes that may have been lost."""
    at = 0
    for event in told:
        while at < len(wanted) and not _same(wanted[at], event, diary):
            if wanted[at].certain:
                verdict.lost.append(f"{name}: {wanted[at]}")
            at += 1
        if at == len(wanted):
            verdict.invented.append(f"{name}: {event}")
            continue
        _date(name, wanted[at], event, verdict)
        at += 1
    verdict.lost += [f"{name}: {change}" for change in wanted[at:] if change.certain]


def _same(change: Expected, event: BayEvent, diary: Diary) -> bool:
    if change.state != event.state:
        return False
    if event.time_s is None:  # only a power cut makes a node forget how long ago something was
        return any(cut_us / 1e6 >= change.at_s[0] for cut_us in diary.power_cuts_us)
    return _apart_s(change, event.time_s) <= _SAME_S


def _apart_s(change: Expected, time_s: float) -> float:
    return min(abs(time_s - at_s) for at_s in change.at_s)


def _date(name: str, change: Expected, event: BayEvent, verdict: Verdict) -> None:
    verdict.changes += 1
    if event.time_s is None:
        verdict.undated += 1
    elif _apart_s(change, event.time_s) > (event.uncertainty_s or 0) + _ROUNDED_S + _REPEATED_S:
        verdict.misdated.append(f"{name}: {change} told as {event}")


def _count_starts(name: str, diary: Diary, receiver: Receiver, verdict: Verdict) -> None:
    starts = [look for look in diary.looks if look.start]
    least, told = sum(look.whole for look in starts), sum(event.type == "boot" for event in receiver.events)
    verdict.starts = told
    if told < least:
        verdict.lost.append(f"{name}: {least - told} of {least} starts")
    elif told > len(starts):
        verdict.invented.append(f"{name}: {told} starts, there were {len(starts)}")
