"""A gateway: hears every spreading on its channels, sends one frame at a time, and is deaf while it does."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from baysense_host.virtual.air.air import Air
from baysense_host.virtual.air.airtime import airtime_us
from baysense_host.virtual.air.emission import Emission, Reception
from baysense_host.virtual.air.sensitivity import SX1301_DBM
from baysense_host.virtual.air.subband import SubBand, eu868_bands
from baysense_host.virtual.clock import Clock

PUBLIC_SYNC_WORD = 0x34
_GRID_HZ = 100  # LoRaWAN's unit of frequency; an SX1276 tunes in steps of 61 Hz
# The three that every device knows (RP002 EU868) and the five most networks add by CFList.
EU868_HZ = frozenset(range(867_100_000, 868_000_000, 200_000)) | {868_100_000, 868_300_000, 868_500_000}


@dataclass(frozen=True)
class Uplink:
    """A frame as a gateway hands it on."""

    data: bytes
    freq_hz: int
    sf: int
    bw_khz: int
    rssi_dbm: float
    snr_db: float
    end_us: int


class Gateway:
    """One gateway. channels_hz: what it listens to; bands: where its sending is limited, EU868 if not given."""

    sensitivity = SX1301_DBM

    def __init__(
        self,
        air: Air,
        name: str,
        clock: Clock,
        channels_hz: Collection[int] = EU868_HZ,
        bands: list[SubBand] | None = None,
    ) -> None:
        self.name = name
        self.clock = clock
        self.on_uplink: Callable[[Uplink], None] = lambda uplink: None
        self.bands = eu868_bands() if bands is None else bands
        self.received = 0
        self.damaged = 0
        self.sent = 0
        self.refused: dict[str, int] = {}  # why -> how often
        self._air = air
        self._channels_hz = channels_hz
        self._plan: list[Emission] = []  # what is to be sent, and what is being sent
        self._up = True
        air.listen(self)

    def switch(self, on: bool) -> None:
        """Switch it on or off, as an outage does; what it had planned is forgotten."""
        if on == self._up:
            return
        self._up = on
        if on:
            self._air.listen(self)
            return
        self._air.unlisten(self)
        for emission in self._plan:
            self._air.cut_off(emission)
        self._plan.clear()

    def send(
        self, data: bytes, at_us: int, freq_hz: int, sf: int, bw_khz: int = 125, power_dbm: float = 14.0
    ) -> bool:
        """Send a downlink at a time [µs]; False when that is too late, or it is busy or has sent enough."""
        return not self.plan(data, at_us, freq_hz, sf, bw_khz, power_dbm)

    def plan(self, data: bytes, at_us: int, freq_hz: int, sf: int, bw_khz: int = 125, power_dbm: float = 14.0) -> str:
        """As `send`, but return why not in the words of Semtech's TX_ACK, "" when it will be sent."""
        end_us = at_us + airtime_us(len(data), sf, bw_khz, crc=False)
        problem = self._problem(at_us, end_us, freq_hz)
        if problem:
            self.refused[problem] = self.refused.get(problem, 0) + 1
            return problem
        emission = Emission(
            self.name, at_us, end_us, freq_hz, sf, bw_khz, power_dbm, True, PUBLIC_SYNC_WORD, False, data
        )
        for band in self._bands(freq_hz):
            band.sent.append((at_us, end_us - at_us))
        self._plan.append(emission)
        self.clock.at(at_us, lambda: self._start(emission))
        return ""

    def hears(self, emission: Emission) -> bool:
        """Tell whether the frame is an uplink on one of its channels."""
        return (
            _channel_hz(emission) in self._channels_hz
            and not emission.inverted_iq
            and emission.sync_word == PUBLIC_SYNC_WORD
            and emission.sf in self.sensitivity
        )

    def locked(self, emission: Emission) -> None:
        """Nothing to do: it has demodulators enough."""

    def heard(self, reception: Reception) -> None:
        """Hand a good frame on; one with a wrong CRC is dropped."""
        if reception.damaged:
            self.damaged += 1
            return
        self.received += 1
        emission = reception.emission
        rssi_dbm, snr_db = round(reception.signal_dbm, 1), round(reception.snr_db, 1)
        self.on_uplink(
            Uplink(
                reception.data, _channel_hz(emission), emission.sf, emission.bw_khz, rssi_dbm, snr_db, emission.end_us
            )
        )

    def _problem(self, at_us: int, end_us: int, freq_hz: int) -> str:
        if not self._up:
            return "INTERNAL_ERROR"
        if at_us < self.clock.now_us:
            return "TOO_LATE"
        if any(at_us < planned.end_us and planned.start_us < end_us for planned in self._plan):
            return "COLLISION_PACKET"
        if self.bands and not self._bands(freq_hz):
            return "TX_FREQ"
        if not all(band.allows(at_us, end_us - at_us) for band in self._bands(freq_hz)):
            return "DUTY_CYCLE_OVERFLOW"
        return ""

    def _bands(self, freq_hz: int) -> list[SubBand]:
        return [band for band in self.bands if band.holds(freq_hz)]

    def _start(self, emission: Emission) -> None:
        if emission not in self._plan:
            return
        self._air.unlisten(self)
        self._air.emit(emission)
        self.clock.at(emission.end_us, lambda: self._finish(emission))

    def _finish(self, emission: Emission) -> None:
        if emission not in self._plan:
            return
        self._plan.remove(emission)
        self.sent += 1
        self._air.listen(self)


def _channel_hz(emission: Emission) -> int:
    """Return the frequency of the channel that a frame was meant for."""
    return round(emission.freq_hz / _GRID_HZ) * _GRID_HZ
