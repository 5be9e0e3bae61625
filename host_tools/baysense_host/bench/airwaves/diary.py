"""What a node was shown and when its supply failed, as the town saw it: what the judge goes by."""

from dataclasses import dataclass, field


@dataclass
class Look:
    """One look at the bay; not `whole` when the supply failed before all of it was stored."""

    at_us: int
    state: int
    start: bool  # no wake from sleep: the node tells of it
    whole: bool = False


@dataclass
class Diary:
    """All looks, failures and crashes of a node."""

    looks: list[Look] = field(default_factory=list)
    power_cuts_us: list[int] = field(default_factory=list)
    brown_outs_us: list[int] = field(default_factory=list)
    failed_at: list[str] = field(default_factory=list)  # storage, air, asleep
    crashes: list[str] = field(default_factory=list)
