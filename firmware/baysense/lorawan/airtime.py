"""How long a LoRa frame is on the air, in integers."""

PREAMBLE_SYMBOLS = 8  # RP002-1.0.4 section 3, every region


def symbol_us(sf: int, bw_khz: int) -> int:
    """Return the length of a symbol [us]; exact, since every bandwidth divides 128 ms."""
    return (1000 << sf) // bw_khz


def airtime_us(size: int, sf: int, bw_khz: int, crc: bool = True) -> int:
    """Return the time on air of a PHY payload [us]: explicit header, coding rate 4/5.

    The formula of the SX1276 data sheet, section 4.1.1.7; low data rate optimisation from symbols of 16 ms on. SF7
    and up: SX126x count otherwise below.
    """
    t_us = symbol_us(sf, bw_khz)
    slow = 2 if t_us >= 16000 else 0
    bits = 8 * size - 4 * sf + 28 + (16 if crc else 0)
    blocks = max(-(-bits // (4 * (sf - slow))), 0)
    symbols = PREAMBLE_SYMBOLS + 4 + 8 + 5 * blocks
    return symbols * t_us + t_us // 4
