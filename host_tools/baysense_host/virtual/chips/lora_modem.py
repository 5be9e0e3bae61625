"""The LoRa modem of a board's radio on the air: one frame out, or one window in, at a time.

A chip model decides when and with what settings; this keeps the instants and tells the chip what comes of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from baysense_host.virtual.air.airtime import airtime_us
from baysense_host.virtual.air.emission import Emission, Reception, Tuning
from baysense_host.virtual.air.sensitivity import Table
from baysense_host.virtual.chips.chip import ChipContext

PREAMBLE, HEADER, FRAME, TIMEOUT, SENT = "preamble", "header", "frame", "timeout", "sent"


@dataclass(frozen=True)
class Frame:
    """What is to be sent, beside the tuning."""

    data: bytes
    power_dbm: float
    preamble_symbols: int
    crc: bool
    cr: int


class ModemUser(Protocol):
    """The chip around the modem."""

    def on_modem(self, event: str, reception: Reception | None) -> None:
        """Follow up PREAMBLE, HEADER, FRAME (with what came), TIMEOUT or SENT."""


class LoraModem:
    """The modem of one chip; it is the air's `Receiver`."""

    def __init__(self, context: ChipContext, user: ModemUser, sensitivity: Table) -> None:
        self.name = context.name
        self.sensitivity = sensitivity
        self._context = context
        self._user = user
        self._tuning: Tuning | None = None  # set while the window is open
        self._locked: Emission | None = None
        self._sending: Emission | None = None
        self._continuous = False
        self._timers: list[object] = []

    def send(self, delay_us: int, tuning: Tuning, frame: Frame) -> None:
        """Begin a frame after a delay [µs]."""
        self.stop()
        self.later(delay_us, lambda: self._begin(tuning, frame))

    def receive(self, delay_us: int, tuning: Tuning, continuous: bool) -> None:
        """Open the window after a delay [µs]; a continuous one stays open after a frame."""
        self.stop()
        self._continuous = continuous
        self.later(delay_us, lambda: self._open(tuning))

    def time_out(self, delay_us: int, on_preamble: bool) -> None:
        """End the window after so long, unless a preamble, or else only a header, was recognised until then."""
        # One more microsecond: a preamble recognised on the window's last instant still counts.
        self.later(delay_us + 1, lambda: self._time_out(on_preamble))

    def time_limit(self, delay_us: int) -> None:
        """Break off sending after so long [µs]."""
        self.later(delay_us, self._break_off)

    @property
    def listening(self) -> bool:
        """Whether the window is still open."""
        return self._tuning is not None

    def stop(self) -> None:
        """End whatever is going on; a frame being sent ends on the air, too."""
        self.rest()
        if self._sending is not None and self._context.air is not None:
            self._context.air.cut_off(self._sending)
        self._sending = None

    def rest(self) -> None:
        """Close the window and forget every timer."""
        for timer in self._timers:
            self._context.cancel(timer)
        self._timers.clear()
        self._locked = self._tuning = None
        if self._context.air is not None:
            self._context.air.unlisten(self)

    def detects(self, tuning: Tuning) -> bool:
        """Tell whether channel activity could be detected now."""
        self._tuning = tuning
        found = self._context.air is not None and self._context.air.active(self)
        self._tuning = None
        return found

    def hears(self, emission: Emission) -> bool:
        """Tell whether the window is open for this frame."""
        return self._tuning is not None and self._locked is None and self._tuning.hears(emission)

    def locked(self, emission: Emission) -> None:
        """Hold on to a frame whose preamble was recognised; its header follows."""
        self._locked = emission
        self._user.on_modem(PREAMBLE, None)
        self.later(emission.header_us - self._context.now_us(), lambda: self._header(emission))

    def heard(self, reception: Reception) -> None:
        """Hand a frame to the chip; a single window closes."""
        if self._continuous:
            self._locked = None
        else:
            self.rest()
        self._user.on_modem(FRAME, reception)

    def _begin(self, tuning: Tuning, frame: Frame) -> None:
        now_us = self._context.now_us()
        duration_us = airtime_us(
            len(frame.data), tuning.sf, tuning.bw_khz, frame.crc, frame.preamble_symbols, cr=frame.cr
        )
        emission = Emission(
            self.name, now_us, now_us + duration_us, tuning.freq_hz, tuning.sf, tuning.bw_khz, frame.power_dbm,
            tuning.inverted_iq, tuning.sync_word, frame.crc, frame.data, frame.preamble_symbols,
        )  # fmt: skip
        self._sending = emission
        self._context.log(
            "radio", state="tx", freq_hz=tuning.freq_hz, sf=tuning.sf, bw_khz=tuning.bw_khz, bytes=len(frame.data),
            power_dbm=frame.power_dbm, airtime_us=duration_us,
        )  # fmt: skip
        if self._context.air is not None:
            self._context.air.emit(emission)
        self.later(duration_us, self._end)

    def _end(self) -> None:
        self._sending = None
        self.rest()
        self._user.on_modem(SENT, None)

    def _break_off(self) -> None:
        self.stop()
        self._user.on_modem(TIMEOUT, None)

    def _open(self, tuning: Tuning) -> None:
        self._tuning = tuning
        self._context.log("radio", state="rx", freq_hz=tuning.freq_hz, sf=tuning.sf, bw_khz=tuning.bw_khz)
        if self._context.air is not None:
            self._context.air.listen(self)

    def _header(self, emission: Emission) -> None:
        if self._locked is emission:
            self._user.on_modem(HEADER, None)

    def _time_out(self, on_preamble: bool) -> None:
        held = self._locked
        if held is not None and (on_preamble or self._context.now_us() > held.header_us):
            return
        self.rest()
        self._user.on_modem(TIMEOUT, None)

    def later(self, delay_us: int, action: Callable[[], None]) -> None:
        """Act after a delay, unless what is going on ends before [µs]."""
        self._timers.append(self._context.at(self._context.now_us() + delay_us, action))
