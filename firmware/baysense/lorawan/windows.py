"""When a receive window opens and how long it stays open. Pure arithmetic."""

from baysense.lorawan.airtime import symbol_us

CLOCK_ERROR_US = 20_000  # of ours and the network's together, over up to 16 s
PAUSE_US = 30_000  # by which the command may come late: a scheduled callback, a garbage collection
EARLY_US = CLOCK_ERROR_US + PAUSE_US
_DETECT_SYMBOLS = 6  # to find a preamble: 5, as LoRaMac-node has it from 6 on, and one that is cut


def symbols(sf: int, bw_khz: int, most: int) -> int:
    """Return the symbol timeout of a window that is EARLY_US early and may have to wait for a late downlink."""
    t_us = symbol_us(sf, bw_khz)
    return min(most, _DETECT_SYMBOLS + -(-(EARLY_US + CLOCK_ERROR_US) // t_us))


def timeout_ms(count: int, sf: int, bw_khz: int, longest_us: int) -> int:
    """Return how long after opening the longest frame that began within so many symbols has ended, and a little."""
    return (count * symbol_us(sf, bw_khz) + longest_us) // 1000 + 100
