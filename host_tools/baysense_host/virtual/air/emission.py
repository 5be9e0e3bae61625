"""A frame on the air, what a receiver is tuned to, and what it makes of the frame."""

from dataclasses import dataclass

from baysense_host.virtual.air.airtime import start_us, symbol_us

_OFF_TUNE = 4  # a receiver hears a carrier that is off by up to a quarter of the bandwidth: SX1276 datasheet 4.1.1


@dataclass(frozen=True)
class Emission:
    """One LoRa frame with explicit header; its preamble begins at `start_us`, its last symbol ends at `end_us`."""

    sender: str
    start_us: int
    end_us: int
    freq_hz: int
    sf: int
    bw_khz: int
    power_dbm: float
    inverted_iq: bool
    sync_word: int
    crc: bool
    data: bytes
    preamble_symbols: int = 8

    @property
    def symbol_us(self) -> int:
        """Return the length of one symbol [µs]."""
        return symbol_us(self.sf, self.bw_khz)

    @property
    def preamble_end_us(self) -> int:
        """Return when the last preamble symbol ends [µs]."""
        return self.start_us + self.preamble_symbols * self.symbol_us

    @property
    def header_us(self) -> int:
        """Return when a receiver knows the header [µs]: preamble, sync and the first eight symbols."""
        return self.start_us + start_us(self.sf, self.bw_khz, self.preamble_symbols) + 8 * self.symbol_us

    def disturbs(self, other: "Emission") -> bool:
        """Tell whether both use the same channel and spreading; other spreadings and IQ are orthogonal enough."""
        return (
            self is not other
            and (self.sf, self.bw_khz, self.inverted_iq) == (other.sf, other.bw_khz, other.inverted_iq)
            and 2 * abs(self.freq_hz - other.freq_hz) < 1000 * self.bw_khz
            and self.start_us < other.end_us
            and other.start_us < self.end_us
        )


@dataclass(frozen=True)
class Tuning:
    """What one demodulator is set to."""

    freq_hz: int
    sf: int
    bw_khz: int
    inverted_iq: bool
    sync_word: int

    def hears(self, emission: Emission) -> bool:
        """Tell whether a frame fits."""
        return (
            (emission.sf, emission.bw_khz, emission.inverted_iq, emission.sync_word)
            == (self.sf, self.bw_khz, self.inverted_iq, self.sync_word)
        ) and _OFF_TUNE * abs(emission.freq_hz - self.freq_hz) <= 1000 * self.bw_khz


@dataclass(frozen=True)
class Reception:
    """A frame as it arrived; after a collision `data` is `damaged`, and only a CRC could tell."""

    emission: Emission
    data: bytes
    signal_dbm: float
    snr_db: float
    damaged: bool
