"""How many inputs go to which target, in pieces for one worker each."""

import math
from typing import NamedTuple

CASES = 250  # of a batch: everything is made anew between two

# Target and its share [%]. What comes from outside has the most.
_SHARES = {
    "commands": 15,
    "topics": 1,
    "desired": 10,
    "uploads": 8,
    "packets": 19,
    "sntp": 1,
    "settings": 14,
    "journal": 16,
    "counters": 4,
    "identity": 4,
    "logs": 3,
    "retained": 3,
    "records": 1.9,
    "flood": 0.1,
}
AIR = {"airframes": 90, "downlinks": 10}  # the same of as many inputs again: what LoRaWAN brings
_BATCHES_AT_ONCE = 20  # a worker runs so many: some seconds, and starting it takes a fifth of one


class Piece(NamedTuple):
    """Some batches of a target; the number of a batch is its seed."""

    target: str
    first: int
    batches: int


def pieces(inputs: int, seed: int) -> list[Piece]:
    """Return what makes at least so many inputs, and as many by LoRaWAN, the targets taking turns."""
    turns: list[tuple[float, Piece]] = []
    for target, share in (*_SHARES.items(), *AIR.items()):
        batches = math.ceil(inputs * share / 100 / CASES)
        for done in range(0, batches, _BATCHES_AT_ONCE):
            piece = Piece(target, seed + done, min(_BATCHES_AT_ONCE, batches - done))
            turns.append((done / batches, piece))
    return [piece for _, piece in sorted(turns, key=lambda turn: turn[0])]
