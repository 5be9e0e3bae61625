"""Play a recording to the whole node, from the magnetometer's registers on, and collect what it decides."""

import time
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace as changed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from baysense_host.errors import ToolError
from baysense_host.virtual.chips.a02yyuw import A02YYUW
from baysense_host.virtual.chips.magnetometer import Magnetometer
from baysense_host.virtual.chips.noise import IDEAL, mixed
from baysense_host.virtual.eventlog import EventLog
from baysense_host.virtual.fleet import Bay, Fleet
from baysense_host.virtual.net.network import VirtualNetwork
from baysense_host.virtual.outcome import CHANGES, wakes
from baysense_host.virtual.simulation import Simulation
from baysense_host.virtual.world import Trace, TraceEnvironment, read_trace
from baysense_host.virtual.world.environment import Vector
from baysense_host.virtual.world.replay import EMPTY_GATE, VEHICLE_GATE

Decision = dict[str, Any]

_QUIET_US = 1_000_000  # of every recording of a movement the first and the last second are quiet
_NOISE_US = 100_000  # between two of their rows, where they stand for the time before and after
_TOLD = ("state", "confidence", "cause", "faults")
_HEAP_KIB: int | None = None  # what the board has
_SEED = 1
_REPORT = "This is a bug: please report it together with the recording."
# The service window, and 60 s more because the technician wrote a line: asleep and armed before the start.
_LEAD_US = 90_000_000
# Longer than the back-off of a node that could not arm its wake pin, 60 s, and its look at the bay after it.
_SETTLE_US = 90_000_000


def replay(path: Path, *, sparse: bool, board: str, confirm: bool = False) -> Iterator[Decision]:
    """Yield the state at the start, every decision, and `{"summary": …}` at the end (DESIGN, Decisions).

    Args:
        path: the recording.
        sparse: its rows are minutes apart.
        board: the make of the node.
        confirm: the node has a range sensor, which sees what the recorded radar saw.

    Raises:
        ToolError: The recording cannot be replayed, or the node crashed on it.
    """
    begun = time.monotonic()
    trace = read_trace(path, sparse)
    if confirm and trace.gates is None:
        raise ToolError(f"{path} has no radar (columns gate0, gate1, …) to confirm with", "leave out --confirm")
    with TemporaryDirectory(prefix="baysense-replay-") as folder:
        player = _Player(trace, sparse, board, Path(folder), confirm)
        try:
            yield from player.decisions()
        finally:
            player.close()
    agreement = agreements(trace, sparse, player.states)
    yield {"summary": {**player.counts(), **agreement, "wall_s": round(time.monotonic() - begun, 2)}}


class _Player:
    """One node in the surroundings of a recording."""

    def __init__(self, trace: Trace, sparse: bool, board: str, folder: Path, confirm: bool) -> None:
        self.states: list[tuple[float, str]] = []  # what held from when on [s on the recording's clock]
        self._trace = trace
        self._sparse = sparse
        self._fresh: deque[Decision] = deque()
        self._ready = False
        self._log = _Log()
        self._simulation = Simulation(EventLog())
        try:
            self._bay = self._add(board, _Surroundings(trace, sparse), folder, confirm)
        except ToolError:
            self.close()
            raise

    def decisions(self) -> Iterator[Decision]:
        """Let the node live through the recording; yield what it decides as it does."""
        self._bay.board.power_on()
        self._run_until(_LEAD_US)
        self._bay.technician.check()
        if not self._ready:
            raise ToolError("The node did not start: it never said that it is ready.", _REPORT)
        yield self._noted(self._start())
        end_us = _LEAD_US + self._trace.t_us[-1] + _SETTLE_US
        while self._simulation.clock.now_us < end_us:
            self._run_until(end_us)
            while self._fresh:
                yield self._noted(self._fresh.popleft())

    def close(self) -> None:
        """End the node."""
        self._simulation.close()

    def counts(self) -> dict[str, Any]:
        """Return how much was played, and how often the node decided and woke."""
        return {
            "rows": len(self._trace.t_us),
            "duration_s": round(self._trace.duration_s, 2),
            "changes": len(self.states) - 1,
            "wakes": sum(wakes(self._bay).values()),
        }

    def _add(self, board: str, environment: "_Surroundings", folder: Path, confirm: bool) -> Bay:
        fleet = Fleet(self._simulation, VirtualNetwork(_SEED), board, folder, _HEAP_KIB)
        settings = {"uplink": "none", "confirm_range": confirm}
        bay = fleet.add("replay", environment, _SEED, settings, self._take, self._log.take)
        chips = bay.board.wiring.chips.values()
        if confirm and not any(isinstance(chip, A02YYUW) for chip in chips):
            raise ToolError(
                f"The board {board} has no range sensor to confirm with", "choose another, or leave out --confirm"
            )
        for chip in chips:
            if isinstance(chip, Magnetometer):
                # A recording has its sensor's errors in it, a sparse one none of the noise in between.
                chip.errors = changed(IDEAL, noise_gain=float(self._sparse))
        return bay

    def _start(self) -> Decision:
        """Return what the node held when the recording began."""
        held = {"state": "unknown", "confidence": 0.0, "cause": "power", "faults": []}
        if self._fresh:
            held = self._fresh[-1]
        self._fresh.clear()
        return {**held, "t_s": self._trace.start_s}

    def _run_until(self, t_us: int) -> None:
        """Run until then, before the recording, or until the node decides."""
        lead = t_us <= _LEAD_US
        self._simulation.run(t_us, stop=lambda: self._log.crash is not None or bool(self._fresh and not lead))
        if self._log.crash is not None:
            raise ToolError(
                f"The node crashed at t_s {self._t_s():.0f} of {self._trace.name}: {self._log.crash}",
                _REPORT,
            )

    def _take(self, method: str, params: dict[str, Any]) -> None:
        """Take a notification of the node."""
        self._ready |= method == "ready"
        if method == "event" and params["event"] in CHANGES:
            happened_s = max(self._t_s() - params["age_s"], self._trace.start_s)
            self._fresh.append({**params, "t_s": happened_s})

    def _t_s(self) -> float:
        """Return the time on the recording's clock [s]."""
        return self._trace.start_s + (self._simulation.clock.now_us - _LEAD_US) / 1e6

    def _noted(self, event: Decision) -> Decision:
        """Note an event's state; return it in the form of DESIGN, Decisions."""
        self.states.append((event["t_s"], event["state"]))
        told = {"t_s": round(event["t_s"], 2), **{key: event[key] for key in _TOLD}}
        return {**told, "event": "swap"} if event.get("event") == "swap" else told


class _Log:
    """The console's other lines: find a crash in them."""

    def __init__(self) -> None:
        self.crash: str | None = None  # the error at the end of the first traceback
        self._within = False

    def take(self, line: str) -> None:
        """Take one line."""
        if line.startswith("Traceback"):
            self._within = True
        elif self._within and not line.startswith(" "):
            self._within = False
            self.crash = self.crash or line


class _Surroundings:
    """A recording that begins later and goes on after its end.

    Until a dense recording begins, rows of its first second follow each other at random, and when it has ended
    those of its last one: the node must meet the noise of the site, neither a field as still as no sensor shows it
    nor one that repeats itself.
    """

    def __init__(self, trace: Trace, sparse: bool) -> None:
        self._played = TraceEnvironment(trace, sparse)
        self._end_us = trace.t_us[-1]
        self._sparse = sparse
        self._before_us = [0] if sparse else [t_us for t_us in trace.t_us if t_us <= _QUIET_US]
        self._after_us = [t_us for t_us in trace.t_us if t_us >= self._end_us - (0 if sparse else _QUIET_US)]

    def field_ut(self, t_us: int) -> Vector:
        """Return the field along x, y, z [µT]."""
        return self._played.field_ut(self._place_us(t_us))

    def temperature_c(self, t_us: int) -> float:
        """Return the temperature [°C]."""
        return self._played.temperature_c(self._place_us(t_us))

    def quiet_until_us(self, t_us: int) -> int:
        """Return until when the field only drifts [µs]."""
        return t_us if not self._sparse else self._played.quiet_until_us(t_us - _LEAD_US) + _LEAD_US

    def clearance_mm(self, t_us: int) -> int | None:
        """Return a height that says what the recorded radar did [mm], None = open sky."""
        return self._played.clearance_mm(self._place_us(t_us))

    def _place_us(self, t_us: int) -> int:
        """Return the place in the recording [µs]."""
        place_us = t_us - _LEAD_US
        if 0 <= place_us <= self._end_us:
            return place_us
        quiet_us = self._before_us if place_us < 0 else self._after_us
        return quiet_us[mixed(_SEED, place_us // _NOISE_US, 0) % len(quiet_us)]


def agreements(trace: Trace, sparse: bool, states: list[tuple[float, str]]) -> dict[str, Any]:
    """Return in how many rows the states agree with what the recording knows; `unknown` agrees with nothing.

    The radar of a recording is a second sensor, not the truth, and says nothing between its two thresholds.
    """
    held = list(_held(trace, sparse, states))
    found: dict[str, Any] = {}
    if trace.vehicle is not None:
        truth = ("occupied" if here else "free" for here in trace.vehicle)
        found["vehicle_agreement"] = _share(zip(held, truth, strict=True))
    if trace.gates is not None:
        sure = [pair for pair in zip(held, map(_radar, trace.gates), strict=True) if pair[1] is not None]
        found |= {"radar_agreement": _share(sure), "radar_rows": len(sure)}
    if found:
        found["unknown_rows"] = held.count("unknown")
    return found


def _held(trace: Trace, sparse: bool, states: list[tuple[float, str]]) -> Iterator[str]:
    """Yield the state that held at each row; of a sparse row at its end, when the node had time to see it."""
    times_s = [start_s for start_s, _ in states]
    rows_us = [*trace.t_us[1:], trace.t_us[-1] + _SETTLE_US] if sparse else trace.t_us
    for t_us in rows_us:
        yield states[bisect_right(times_s, trace.start_s + t_us / 1e6) - 1][1]


def _radar(gates: tuple[float, ...]) -> str | None:
    strongest = max(gates)
    if strongest >= VEHICLE_GATE:
        return "occupied"
    return "free" if strongest < EMPTY_GATE else None


def _share(pairs: Iterable[tuple[str, str | None]]) -> float | None:
    """Return the share of pairs that are equal, None without any."""
    equal = [state == known for state, known in pairs]
    return round(sum(equal) / len(equal), 4) if equal else None
