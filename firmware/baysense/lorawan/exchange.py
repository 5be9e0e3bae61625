"""One transmission and the two windows after it. Windows count from the end of the frame as computed from its start.

No garbage is collected from before the frame until after the windows, and the radio is set for a window long before
it opens.
"""

from baysense.lorawan.airtime import airtime_us
from baysense.lorawan.frame import OVERHEAD_BYTES
from baysense.lorawan.windows import EARLY_US, symbols, timeout_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from baysense.lorawan.contract import Clock
    from contract import Radio

_ETIMEDOUT = 110
_APART_US = 2_000  # of computed and observed end: beyond it the later one counts
_DONE_MARGIN_MS = 200
_BETWEEN_US = 1_000_000  # RX1 and RX2


class Exchange:
    """Radio and clock of a Mac, and what was noted about the last transmission."""

    def __init__(self, radio: "Radio", clock: "Clock", region: "ModuleType") -> None:
        self._radio, self._clock, self._region = radio, clock, region
        self.ended_us = 0  # tick of the frame's end
        self.apart_us = 0  # observed less computed end

    def run(
        self, data: bytes, hz: int, rate: int, power_dbm: int, first: "tuple[int, int]",
        second: "tuple[int, int]", delay_us: int, take: "Callable[[bytes], bool]",
    ) -> bool:  # fmt: skip
        """Send, then listen in both windows (frequency, data rate); return whether what one heard was taken."""
        radio, clock = self._radio, self._clock
        sf, bw_khz = self._region.DATA_RATES[rate]
        radio.start()
        clock.collect()
        try:
            radio.prepare_send(data, hz, sf, bw_khz, max(radio.min_dbm, min(radio.max_dbm, power_dbm)))
            self._send(airtime_us(len(data), sf, bw_khz))
            return self._listen(first, delay_us, take) or self._listen(second, delay_us + _BETWEEN_US, take)
        finally:
            clock.release()
            radio.sleep()

    def _send(self, airtime: int) -> None:
        clock = self._clock
        end_us = clock.add_us(self._radio.send(), airtime)
        seen_us = self._radio.sent(airtime // 1000 + _DONE_MARGIN_MS)
        if seen_us is None:
            raise OSError(_ETIMEDOUT, "the radio does not end its transmission")
        self.apart_us = clock.since_us(seen_us, end_us)
        self.ended_us = seen_us if self.apart_us > _APART_US else end_us

    def _listen(self, where: "tuple[int, int]", delay_us: int, take: "Callable[[bytes], bool]") -> bool:
        radio, clock = self._radio, self._clock
        sf, bw_khz = self._region.DATA_RATES[where[1]]
        count = symbols(sf, bw_khz, radio.max_symbols)
        radio.prepare_receive(where[0], sf, bw_khz, count)
        opens_us = clock.add_us(self.ended_us, delay_us - EARLY_US)
        clock.wait_until(opens_us)
        radio.receive()
        longest_us = airtime_us(self._region.MOST_BYTES[where[1]] + OVERHEAD_BYTES, sf, bw_khz, crc=False)
        heard = radio.received(timeout_ms(count, sf, bw_khz, longest_us))
        return heard is not None and take(heard)
