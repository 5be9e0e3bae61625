"""Time on air of LoRa frames.

Semtech AN1200.13 and SX1276 datasheet 4.1.1.7; SF5 and SF6: SX1261/2 datasheet 6.1.4.
"""

SYNC_QUARTERS = 17  # two sync and 2.25 start symbols follow the preamble, in quarters of a symbol
HEADER_SYMBOLS = 8  # the explicit header and the first nibbles of the payload
_LOW_RATE_US = 16_000  # from this symbol time on the low data rate optimisation is due


def symbol_us(sf: int, bw_khz: int) -> int:
    """Return how long one symbol takes [µs]; whole for 125, 250 and 500 kHz."""
    return (1000 << sf) // bw_khz


def low_data_rate(sf: int, bw_khz: int) -> bool:
    """Tell whether the low data rate optimisation is due."""
    return symbol_us(sf, bw_khz) >= _LOW_RATE_US


def airtime_us(
    n_bytes: int,
    sf: int,
    bw_khz: int = 125,
    crc: bool = True,
    preamble: int = 8,
    implicit: bool = False,
    cr: int = 1,
) -> int:
    """Return how long a frame of so many bytes is on air [µs]; cr 1 stands for 4/5."""
    return start_us(sf, bw_khz, preamble) + _payload_symbols(n_bytes, sf, bw_khz, crc, implicit, cr) * symbol_us(
        sf, bw_khz
    )


def start_us(sf: int, bw_khz: int, preamble: int = 8) -> int:
    """Return how long preamble, sync word and start symbols take [µs]."""
    quarters = 4 * preamble + SYNC_QUARTERS + (8 if sf < 7 else 0)
    return quarters * symbol_us(sf, bw_khz) // 4


def _payload_symbols(n_bytes: int, sf: int, bw_khz: int, crc: bool, implicit: bool, cr: int) -> int:
    bits = 8 * n_bytes + 16 * crc - 4 * sf + (8 if sf >= 7 else 0) + 20 * (not implicit)
    per_block = 4 * (sf - 2 * low_data_rate(sf, bw_khz))
    return HEADER_SYMBOLS + max(-(-bits // per_block), 0) * (cr + 4)
