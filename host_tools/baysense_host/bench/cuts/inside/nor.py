"""NOR flash in RAM whose power fails at a chosen operation: programming only clears bits, erasing sets a block.

A torn program reached some of its bytes, and one of them in part. A torn erase leaves every bit of the block at
random and unstable: two reads differ, until the block is erased again. Once the power has failed, the `Nor` of that
life answers no more; the next life puts another one on the same `Cells`.

The methods of `Nor` allocate nothing and never raise: a finaliser may close a forgotten
file while the heap is locked.
"""

import io
import random
from array import array

BLOCK_BYTES = 4096
LOST, TORN, DONE = 0, 1, 2  # what becomes of the operation at which the power fails
_WHOLE = 3
_EIO = 5
_SYNC, _BLOCKS, _BLOCK_BYTES, _ERASE = 3, 4, 5, 6  # ioctl operations, docs.micropython.org/en/latest/library/vfs.html

# LittleFS programs one cache (128 B with MicroPython's default sizes) or parts of it, in steps of 32 B.
_SIZES = (32, 64, 96, 128)


class Cells:
    """What outlives a power cut: the bytes, which blocks are unstable, and the wear."""

    def __init__(self, blocks: int) -> None:
        self.blocks = blocks
        self.bytes = io.BytesIO(bytes(blocks * BLOCK_BYTES))
        self.unstable = bytearray(blocks)
        self.erases = array("I", bytes(4 * blocks))  # of each block
        self.programmed_bytes = 0
        self.erased_block = b"\xff" * BLOCK_BYTES
        for block in range(blocks):
            self.bytes.seek(block * BLOCK_BYTES)
            self.bytes.write(self.erased_block)


class Nor:
    """A block device of the extended kind (offsets) for VfsLfs2, for one life."""

    def __init__(self, cells: Cells, cut_at: int = 0, mode: int = LOST) -> None:
        self._cells = cells
        self._bytes = cells.bytes
        self._cut_at = cut_at
        self._mode = mode
        self._blank = {size: b"\xff" * size for size in _SIZES}
        self._old = {size: bytearray(size) for size in _SIZES}
        self.operations = 0
        self.dead = False

    def cut_in(self, operations: int) -> None:
        """Let the power fail so many operations from now, rather than when it was to."""
        self._cut_at = self.operations + operations

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> int:
        """Read; an unstable block gives something else every time."""
        if self.dead:
            return -_EIO
        if self._cells.unstable[block]:
            for i in range(len(buffer)):
                buffer[i] = random.getrandbits(8)
            return 0
        self._bytes.seek(block * BLOCK_BYTES + offset)
        self._bytes.readinto(buffer)
        return 0

    def writeblocks(self, block: int, buffer: bytearray, offset: int = 0) -> int:
        """Program."""
        fate = self._fate()
        if fate != LOST:
            self._program(block * BLOCK_BYTES + offset, buffer, fate)
        return 0 if fate == _WHOLE else -_EIO

    def ioctl(self, operation: int, argument: int) -> int:
        """Erase a block, or tell the size."""
        if operation == _BLOCKS:
            return self._cells.blocks
        if operation == _BLOCK_BYTES:
            return BLOCK_BYTES
        if operation == _ERASE:
            return self._erase(argument)
        return -_EIO if self.dead else 0

    def _fate(self) -> int:
        """Count an operation; return what becomes of it."""
        if self.dead:
            return LOST
        self.operations += 1
        if self.operations != self._cut_at:
            return _WHOLE
        self.dead = True
        return self._mode

    def _program(self, at: int, buffer: bytearray, fate: int) -> None:
        size = len(buffer)
        old = self._old[size]
        self._cells.programmed_bytes += size
        self._bytes.seek(at)
        self._bytes.readinto(old)
        whole = size
        if fate == TORN:
            whole = random.getrandbits(7) % size
            old[whole] &= buffer[whole] | random.getrandbits(8)
        elif old == self._blank[size]:
            self._bytes.seek(at)
            self._bytes.write(buffer)
            return
        for i in range(whole):
            old[i] &= buffer[i]
        self._bytes.seek(at)
        self._bytes.write(old)

    def _erase(self, block: int) -> int:
        fate = self._fate()
        if fate == TORN:
            self._cells.unstable[block] = 1
        elif fate != LOST:
            self._cells.unstable[block] = 0
            self._cells.erases[block] += 1
            self._bytes.seek(block * BLOCK_BYTES)
            self._bytes.write(self._cells.erased_block)
        return 0 if fate == _WHOLE else -_EIO
