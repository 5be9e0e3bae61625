"""The air between boards and gateways: who hears which frame, and what collisions leave of it.

A receiver locks onto a frame when at least five of its preamble symbols fall into the open window. Of two frames on
the same channel and spreading the stronger one survives if it is stronger by 6 dB, else both are damaged.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from baysense_host.virtual.air.emission import Emission, Reception
from baysense_host.virtual.air.link import Covered, PathLoss, vehicle_shadow_db
from baysense_host.virtual.air.receiver import Receiver
from baysense_host.virtual.air.sensitivity import noise_dbm, sensitivity_dbm
from baysense_host.virtual.clock import Clock

LOCK_SYMBOLS = 5  # of the preamble (lorawan.md §6)
CAPTURE_DB = 6.0  # co-channel rejection of LoRa: SX1276 datasheet gives 5-6 dB (from memory)
_KEEP_US = 20_000_000  # longer than any frame: 255 bytes at SF12 take 9 s
_MOST_SNR_DB = 13.0  # where the chips' estimates end (from memory)

Outcomes = dict[str, str]  # receiver -> received, damaged, lost, weak, missed or cut
Tap = Callable[[Emission, Outcomes], None]


@dataclass(eq=False)
class _OnAir:
    """One frame and what became of it at each receiver."""

    emission: Emission
    outcomes: Outcomes = field(default_factory=dict)
    locked: list["_Window"] = field(default_factory=list)
    levels_dbm: dict[str, float] = field(default_factory=dict)  # by receiver
    end_us: int = 0
    cut: bool = False


@dataclass(eq=False)
class _Window:
    """The time during which one receiver listens."""

    receiver: Receiver
    opened_us: int
    open: bool = True


class Air:
    """Carry frames; everything random hangs on the seed, the frame and the receiver alone."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self.clock = clock
        self.loss = 0.0  # share of frames that get lost, per frame and receiver
        self.path = PathLoss(seed)
        self.path_loss_db: Callable[[str, str], float] = self.path.db
        self.shadow_db: Callable[[str], float] = self._vehicle_shadow_db
        self.taps: list[Tap] = []
        self._seed = seed
        self._windows: dict[Receiver, _Window] = {}
        self._on_air: list[_OnAir] = []
        self._places: dict[str, Covered] = {}

    def place(self, name: str, surroundings: Covered) -> None:
        """Say what is around a board, so that a vehicle above it takes from its signal."""
        self._places[name] = surroundings

    def listen(self, receiver: Receiver) -> None:
        """Open a receiver's window now."""
        self.unlisten(receiver)
        window = self._windows[receiver] = _Window(receiver, self.clock.now_us)
        for frame in self._on_air:
            self._expect(window, frame)

    def unlisten(self, receiver: Receiver) -> None:
        """Close a receiver's window; a frame it was receiving is missed."""
        window = self._windows.pop(receiver, None)
        if window is not None:
            window.open = False

    def emit(self, emission: Emission) -> None:
        """Put a frame on the air at its start."""
        oldest_us = self.clock.now_us - _KEEP_US
        self._on_air = [frame for frame in self._on_air if frame.end_us > oldest_us]
        frame = _OnAir(emission, end_us=emission.end_us)
        self._on_air.append(frame)
        for window in self._windows.values():
            self._expect(window, frame)
        self.clock.at(emission.end_us, lambda: self._end(frame))

    def cut_off(self, emission: Emission) -> None:
        """End a frame before its time: its sender lost power or was told to stop."""
        for frame in self._on_air:
            if frame.emission is emission and frame.end_us > self.clock.now_us:
                frame.end_us, frame.cut = self.clock.now_us, True

    def active(self, receiver: Receiver) -> bool:
        """Tell whether a frame that the receiver is tuned to and strong enough for it is on the air now."""
        return any(
            frame.end_us > self.clock.now_us and receiver.hears(frame.emission) and self._strong(receiver, frame)
            for frame in self._on_air
        )

    def signal_dbm(self, emission: Emission, receiver: str) -> float:
        """Return how strong a frame arrives [dBm]."""
        sender = emission.sender
        loss_db = self.path_loss_db(sender, receiver) + self.shadow_db(sender) + self.shadow_db(receiver)
        return emission.power_dbm - loss_db - self.path.fading(sender, receiver, emission.start_us)

    def _expect(self, window: _Window, frame: _OnAir) -> None:
        """Look again when enough of the preamble has been heard, if ever."""
        emission = frame.emission
        lock_us = max(window.opened_us, emission.start_us) + LOCK_SYMBOLS * emission.symbol_us
        same = window.receiver.name == emission.sender
        if lock_us <= emission.preamble_end_us and not same and window.receiver.hears(emission):
            self.clock.at(lock_us, lambda: self._lock(window, frame))

    def _lock(self, window: _Window, frame: _OnAir) -> None:
        receiver, emission = window.receiver, frame.emission
        if not window.open or frame.cut or not receiver.hears(emission):
            return
        if not self._strong(receiver, frame):
            frame.outcomes[receiver.name] = "weak"
        elif self.loss and self._draw(receiver, emission) < self.loss:
            frame.outcomes[receiver.name] = "lost"
        else:
            frame.outcomes[receiver.name] = "missed"  # until it is received
            frame.locked.append(window)
            receiver.locked(emission)

    def _end(self, frame: _OnAir) -> None:
        for window in frame.locked:
            if window.open:  # a modem that has locked takes what comes until the length in the header, noise, too
                reception = self._receive(frame, window.receiver.name)
                frame.outcomes[window.receiver.name] = "damaged" if reception.damaged else "received"
                window.receiver.heard(reception)
        if frame.cut:
            frame.outcomes = dict.fromkeys(frame.outcomes, "cut")
        for tap in self.taps:
            tap(frame.emission, frame.outcomes)

    def _receive(self, frame: _OnAir, receiver: str) -> Reception:
        emission, signal_dbm = frame.emission, self._level_dbm(frame, receiver)
        damaged = frame.cut or any(
            signal_dbm - self._level_dbm(other, receiver) < CAPTURE_DB
            for other in self._on_air
            if other.end_us > emission.start_us and other.emission.disturbs(emission)
        )
        data = _spoil(emission.data) if damaged else emission.data
        snr_db = min(signal_dbm - noise_dbm(emission.bw_khz), _MOST_SNR_DB)
        return Reception(emission, data, signal_dbm, snr_db, damaged)

    def _strong(self, receiver: Receiver, frame: _OnAir) -> bool:
        emission = frame.emission
        weakest_dbm = sensitivity_dbm(receiver.sensitivity, emission.sf, emission.bw_khz)
        return self._level_dbm(frame, receiver.name) >= weakest_dbm

    def _level_dbm(self, frame: _OnAir, receiver: str) -> float:
        """Return how strong a frame arrives, as it was when first asked for [dBm]."""
        if receiver not in frame.levels_dbm:
            frame.levels_dbm[receiver] = self.signal_dbm(frame.emission, receiver)
        return frame.levels_dbm[receiver]

    def _draw(self, receiver: Receiver, emission: Emission) -> float:
        return Random(f"loss {self._seed} {emission.sender} {receiver.name} {emission.start_us}").random()

    def _vehicle_shadow_db(self, name: str) -> float:
        place = self._places.get(name)
        return 0.0 if place is None else vehicle_shadow_db(place, self.clock.now_us)


def _spoil(data: bytes) -> bytes:
    """Return what a collision leaves of a frame: as long as it was, every third byte wrong."""
    return bytes(byte ^ 0x55 if i % 3 == 1 else byte for i, byte in enumerate(data))
