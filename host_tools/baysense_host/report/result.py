"""The shape of a simulation result: what `virtual.run.simulate` returns and the report shows.

Times are seconds of virtual time since the run began at midnight; `state` is `free`, `occupied` or `unknown`.
"""

from typing import Any, NotRequired, TypedDict, cast


class Truth(TypedDict):
    """One true change of the bay."""

    t_s: float
    state: str
    vehicle: str


class Event(TypedDict):
    """One change as it reached the receiver, in order of arrival, duplicates included."""

    t_s: float | None  # when it happened, by the device: arrival minus age; None: the age is not known
    received_s: float
    seq: int
    state: str
    cause: str
    confidence: float
    age_s: float | None


class Message(TypedDict):
    """One message that reached the broker."""

    t_s: float
    topic: str
    bytes: int


class Cause(TypedDict):
    """What one consumer took from the battery."""

    what: str
    mc: float
    share: float
    mc_low: NotRequired[float]
    mc_high: NotRequired[float]
    source: NotRequired[str]


class Energy(TypedDict):
    """Charge of one board; a range, because currents are table values until measured."""

    average_ua: list[float]  # low, middle, high
    life_years: list[float] | None  # None: mains
    by_cause: list[Cause]


class Bay(TypedDict):
    """One bay: what happened, what was reported and what it cost."""

    name: str
    dev_eui: str
    truth: list[Truth]
    events: list[Event]
    field: list[list[float]]  # t_s, x, y, z [µT]
    temperature: list[list[float]]  # t_s, [°C]
    messages: list[Message]
    wakes: dict[str, int]
    energy: Energy
    start_state: NotRequired[str]  # reported before the first change; unknown if not given
    thresholds_ut: NotRequired[dict[str, float]]  # by name, drawn over the deviation
    trouble: NotRequired[str | None]  # what is wrong with the node at the end
    console: NotRequired[list[str]]  # the last lines it printed


class Summary(TypedDict):
    """The numbers of `summary.json`."""

    changes_true: int
    changes_received: int
    duplicates: int
    out_of_order: int
    max_time_error_s: float | None
    wall_s: float


class Result(TypedDict):
    """One whole run."""

    scenario: str
    seed: int
    board: str
    days: float
    mode: str
    wall_s: float
    version: str
    bays: list[Bay]
    summary: Summary


def as_result(loose: dict[str, Any]) -> Result:
    """Return a result under its type; the shape is the simulation's promise, not checked here."""
    return cast(Result, loose)
