"""Blocks of time: every other one tunes, the rest judges."""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.radar.passages import passages
from baysense_host.bench.detection.radar.sweeps import Sweeps

COUNT = 30  # some four vehicles or empty spells each; the even ones tune
TUNED_ON = 0xB158A9B3  # `fingerprint` of the recording whose even blocks made the table in core/radar.py


def blocks(sweeps: Sweeps) -> NDArray[np.int64]:
    """Return for each sweep the number of its block, from 0; a passage and its copies are in one."""
    _, place, lengths = np.unique(passages(sweeps), return_inverse=True, return_counts=True)
    middle = np.cumsum(lengths) - lengths // 2  # of each passage, all copies of it laid end to end
    block: NDArray[np.int64] = middle * COUNT // len(sweeps.labels)
    return block[place]


def is_tuning(block: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which sweeps a fit may look at."""
    even: NDArray[np.bool_] = block % 2 == 0
    return even


def unseen(sweeps: Sweeps) -> NDArray[np.bool_]:
    """Tell which sweeps the frozen table was not made of: of another recording that is all."""
    if fingerprint(sweeps) != TUNED_ON:
        return np.ones(len(sweeps.labels), bool)
    return ~is_tuning(blocks(sweeps))


def fingerprint(sweeps: Sweeps) -> int:
    """Return a number that differs between recordings."""
    return crc32(sweeps.labels.tobytes(), crc32(sweeps.gates.tobytes()))
