"""A LittleFS in memory, for tests of what only that file system promises; on CPython there is none."""

import os

BLOCK_BYTES = 4096
PATH = "/ram"
ON_LITTLEFS = hasattr(os, "VfsLfs2")


class RamFlash:
    """NOR flash that counts what wears it."""

    def __init__(self, blocks: int) -> None:
        self.image = bytearray(BLOCK_BYTES * blocks)
        self._view = memoryview(self.image)
        self._erased = b"\xff" * BLOCK_BYTES
        self._blocks = blocks
        for block in range(blocks):
            self._view[block * BLOCK_BYTES : (block + 1) * BLOCK_BYTES] = self._erased
        self.erases = self.programmed_bytes = self.reads = 0

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> int:
        at = block * BLOCK_BYTES + offset
        self.reads += 1
        buffer[:] = self._view[at : at + len(buffer)]
        return 0

    def writeblocks(self, block: int, buffer: bytes, offset: int = 0) -> int:
        at = block * BLOCK_BYTES + offset
        self.programmed_bytes += len(buffer)
        self._view[at : at + len(buffer)] = buffer
        return 0

    def ioctl(self, operation: int, argument: int) -> int:
        if operation == 4:
            return self._blocks
        if operation == 5:
            return BLOCK_BYTES
        if operation == 6:
            self.erases += 1
            at = argument * BLOCK_BYTES
            self._view[at : at + BLOCK_BYTES] = self._erased
        return 0


def mounted(blocks: int = 64) -> tuple:
    """Return an empty file system: the flash below it, and the folder for data."""
    unmount()
    flash = RamFlash(blocks)
    os.VfsLfs2.mkfs(flash)
    os.mount(os.VfsLfs2(flash), PATH)
    os.mkdir(PATH + "/data")
    return flash, PATH + "/data"


def unmount() -> None:
    """Take the file system away."""
    try:
        os.umount(PATH)
    except OSError:
        return  # there is none


def fill(path: str) -> None:
    """Write a file that takes all the room there is."""
    pieces = 0
    try:
        with open(path, "wb") as f:
            while True:
                f.write(bytes(BLOCK_BYTES))
                pieces += 1
    except OSError:
        pass  # as meant, but then nothing is kept
    while pieces > 0:
        try:
            with open(path, "wb") as f:
                for _ in range(pieces):
                    f.write(bytes(BLOCK_BYTES))
            return
        except OSError:
            pieces -= 1
