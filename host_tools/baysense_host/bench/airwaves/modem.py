"""The modem of a node on the air: sends, and opens one window at a time."""

from collections.abc import Callable

from baysense_host.virtual.air import Air, Emission, Reception, Tuning
from baysense_host.virtual.air.airtime import airtime_us, symbol_us
from baysense_host.virtual.air.gateway import PUBLIC_SYNC_WORD
from baysense_host.virtual.air.sensitivity import SX1262_DBM
from baysense_host.virtual.clock import Token

Heard = Callable[[Reception | None], None]


class Modem:
    """What the air knows of a node."""

    sensitivity = SX1262_DBM

    def __init__(self, air: Air, name: str) -> None:
        self.name = name
        self._air, self._clock = air, air.clock
        self._tuning: Tuning | None = None
        self._closes: Token | None = None
        self._told: Heard = lambda reception: None
        self._sending: Emission | None = None

    def send(self, freq_hz: int, sf: int, bw_khz: int, power_dbm: int, data: bytes) -> None:
        """Send a frame now."""
        now_us = self._clock.now_us
        end_us = now_us + airtime_us(len(data), sf, bw_khz)
        self._sending = Emission(
            self.name, now_us, end_us, freq_hz, sf, bw_khz, power_dbm, False, PUBLIC_SYNC_WORD, True, data
        )
        self._air.emit(self._sending)

    def open(self, freq_hz: int, sf: int, bw_khz: int, symbols: int, timeout_us: int, told: Heard) -> None:
        """Listen from now on, and tell what was heard: for so many symbols, or until the frame found in them ends."""
        self._tuning = Tuning(freq_hz, sf, bw_khz, True, PUBLIC_SYNC_WORD)
        self._told = told
        self._ends_us = self._clock.now_us + timeout_us
        self._closes = self._clock.after(symbols * symbol_us(sf, bw_khz), self._close)
        self._air.listen(self)

    def fail(self) -> None:
        """Lose the supply."""
        if self._sending is not None:
            self._air.cut_off(self._sending)
            self._sending = None
        self._shut()

    def hears(self, emission: Emission) -> bool:
        """Tell whether the window is open for a frame like this."""
        return self._tuning is not None and self._tuning.hears(emission)

    def locked(self, emission: Emission) -> None:
        """Stay open until the frame has ended."""
        self._clock.cancel(self._closes)
        self._closes = self._clock.at(self._ends_us, self._close)

    def heard(self, reception: Reception) -> None:
        """Hand a frame on; a downlink has no CRC, so a damaged one, too."""
        self._shut()
        self._told(reception)

    def _close(self) -> None:
        self._shut()
        self._told(None)

    def _shut(self) -> None:
        self._clock.cancel(self._closes)
        self._tuning = self._closes = None
        self._air.unlisten(self)
