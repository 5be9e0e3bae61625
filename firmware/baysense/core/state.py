"""The three states of a bay."""

FREE = 0
OCCUPIED = 1
UNKNOWN = 2

STATE_NAMES = ("free", "occupied", "unknown")
