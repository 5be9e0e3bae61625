"""The heap that the firmware gets: one contiguous piece, as a chip's nearly empty heap is at boot.

This is the first module to be loaded. The piece is taken before anything else, so that it lies at the low end:
the interpreter looks for free memory from there, and would pass all of the shims at every allocation otherwise.
"""

import gc
import os

# A pool of names doubles the one before: 10, 20 ... 640, 1,280. The firmware of a battery node has some 1,100 names a
# boot, for which a chip fills seven of them; that of a mains node, everything in one boot, has 1,400 and needs eight.
# An entry has 4 + 2 + 1 bytes; that is what the firmware is charged here.
_POOLS = int(os.getenv("VB_NAME_POOLS"))
_NAMES_BYTES = 10 * ((1 << _POOLS) - 1) * 7
_POOL_BYTES = 16000 if _POOLS < 8 else 26000  # growth that shows the next pool, of 11 bytes an entry on 64 bit
_NAMES_AT_ONCE = 64

_room = [bytearray(int(os.getenv("VB_HEAP_KIB")) * 1024 - _NAMES_BYTES)]
_ballast = []


def hand_over():
    """Fill up everything else and leave the firmware its piece."""
    _make_room_for_names()
    gc.collect()
    chain = None
    size = 16384
    while size >= 16:
        try:
            chain = (chain, bytearray(size))
        except MemoryError:
            size //= 2
    _ballast.append(chain)
    _room.clear()
    gc.collect()


def _make_room_for_names():
    """Let the pools of interned names grow now, so that the firmware does not pay for pools sized by the shims."""
    number = 0
    grown = 0
    gc.disable()  # a collection inside a round would hide the growth
    while grown < _POOL_BYTES:
        if number % (2 * _NAMES_AT_ONCE) == 0:
            gc.collect()
            used = gc.mem_alloc()
        for _ in range(_NAMES_AT_ONCE):
            getattr(None, f"vb_{number}", None)
            number += 1
        before, used = used, gc.mem_alloc()
        grown = used - before
    gc.enable()
