"""Time on air to the microsecond: lorawan.md §5, computed there by two independent programs."""

import pytest

from baysense_host.virtual.air.airtime import airtime_us, low_data_rate

# Application bytes -> SF7, SF9, SF12 at 125 kHz, CR 4/5, explicit header, CRC, 8 symbols; the frame has 13 more.
DATA = {
    1: (46_336, 164_864, 1_155_072),
    4: (51_456, 164_864, 1_318_912),
    11: (61_696, 205_824, 1_482_752),
    51: (118_016, 390_144, 2_793_472),
}
JOIN_REQUEST = (61_696, 205_824, 1_482_752)  # 23 bytes
JOIN_ACCEPT = {33: (71_936, 246_784, 1_810_432), 17: (46_336, 164_864, 1_155_072)}  # no CRC
RATES = (7, 9, 12)


@pytest.mark.parametrize("n_bytes", DATA)
def test_data_frames(n_bytes: int) -> None:
    assert tuple(airtime_us(13 + n_bytes, sf) for sf in RATES) == DATA[n_bytes]


def test_joins() -> None:
    assert tuple(airtime_us(23, sf) for sf in RATES) == JOIN_REQUEST
    for n_bytes, expected in JOIN_ACCEPT.items():
        assert tuple(airtime_us(n_bytes, sf, crc=False) for sf in RATES) == expected


@pytest.mark.parametrize("bw_khz", [125, 250, 500])
@pytest.mark.parametrize("sf", [7, 8, 9, 10, 11, 12])
def test_it_agrees_with_pamoja(sf: int, bw_khz: int) -> None:
    native = pytest.importorskip("pamoja._native")
    for n_bytes in (0, 1, 13, 24, 64, 222, 255):
        assert airtime_us(n_bytes, sf, bw_khz) == native.LoraLink(sf, 1000 * bw_khz).airtime_us(n_bytes)


def test_a_wider_band_is_faster_and_only_slow_symbols_are_optimised() -> None:
    assert airtime_us(24, 7, 250) * 2 == airtime_us(24, 7, 125)
    slow = [(sf, bw_khz) for sf in range(7, 13) for bw_khz in (125, 250, 500) if low_data_rate(sf, bw_khz)]
    assert slow == [(11, 125), (12, 125), (12, 250)]


def test_sf5_has_a_longer_start() -> None:
    # SX1261/2 datasheet 6.1.4: (8 + 6.25 + 8 + ceil((8*16 + 16 - 4*5 + 20) / 20) * 5) symbols of 256 µs
    assert airtime_us(16, 5) == int((8 + 6.25 + 8 + 8 * 5) * 256)
