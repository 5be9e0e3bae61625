"""How a settled field changes the odds that a vehicle stands in the bay: a sum of table entries, one a feature.

Pure; runs once a movement. Log-odds are in 1/16 nat, positive for occupied. The tables were fitted to simulated bays
and to the first weeks of open recordings (`baysense tune`, odds_table.py).
"""

from baysense.core import odds_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

# Edges of the bins of every feature, in percent of its unit: half octaves
_EDGES_PERCENT = (18, 25, 35, 50, 71, 100, 141, 200, 283, 400, 566)
BINS = len(_EDGES_PERCENT) + 1
SEEN_ONLY = (2, 4)  # features of a movement that somebody saw, in column 0 otherwise
_MOST = 80  # 5 nat, 99.3 %: no single movement is worth more
_PERCENT = (50, 56, 62, 68, 73, 78, 82, 85, 88, 90, 92, 94, 95, 96, 97, 98)  # probability, every 4/16 nat


def bin_of(value: int, unit: int) -> int:
    """Return the bin of a value in half octaves of its unit."""
    percent = value * 100 // max(1, unit)
    found = 0
    while found < len(_EDGES_PERCENT) and percent >= _EDGES_PERCENT[found]:
        found += 1
    return found


def log_odds(occupied: bool, bins: "tuple[int, ...]") -> int:
    """Return the log-odds of `occupied` after a movement with these features [1/16 nat]."""
    total = 0
    for row, found in zip(table(occupied, bins[SEEN_ONLY[0]] > 0), bins):
        total += row[found]
    return max(-_MOST, min(_MOST, total))


def table(occupied: bool, seen: bool) -> "tuple[array[int], ...]":
    """Return the rows for what was believed, and for whether the movement was seen or found out afterwards."""
    if seen:
        return odds_table.OCCUPIED if occupied else odds_table.FREE
    return odds_table.OCCUPIED_UNSEEN if occupied else odds_table.FREE_UNSEEN


def percent(log_odds_q4: int) -> int:
    """Return the probability of the likelier state [%]."""
    return _PERCENT[min(abs(log_odds_q4) // 4, len(_PERCENT) - 1)]
