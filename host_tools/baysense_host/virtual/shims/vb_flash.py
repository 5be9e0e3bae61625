"""The flash chip under the file system: NOR on a host file, programming only clears bits.

The methods allocate nothing: a finaliser may close a forgotten file while the heap is locked. They never
raise, and have no jump on their normal path: the interpreter looks for a Ctrl-C at jumps only, and one raised
in here would leave LittleFS halfway through an operation, which cannot happen on a board.
"""

import array
import io

import vb_link as _link

BLOCK_SIZE = 4096
_EIO = 5

# W25Q32JV datasheet rev. F, section 9.6, typical values.
_ERASE_US = 45000  # tSE, 4 KiB sector
_PROGRAM_US = 28  # tBP1 (30) less one tBP2: first byte of a program command
_PROGRAM_BYTE_NS = 2500  # tBP2
# esp_flash_read through SPI at 40 MHz, dual output: command and address 1 us, then 8 bits over 2 lines.
_READ_US = 1
_READ_BYTE_NS = 100

# LittleFS reads some 75 bytes at a time, thousands of times a boot: blocks are held to spare the host as many calls.
_HELD = 10

# LittleFS programs one cache (128 B on ports/esp32) or parts of it, in steps of 32 B.
_SIZES = (32, 64, 96, 128)

programs = 0
erases = 1
programmed_bytes = 2
counts = array.array("l", (0, 0, 0))  # not "q": reading one of those allocates


class Flash:
    """A block device of the extended kind (offsets) for VfsLfs2."""

    def __init__(self, path, blocks):
        self._file = open(path, "r+b")  # noqa: SIM115 (open for life)
        self._page = bytearray(BLOCK_SIZE)
        self._holders = [_holder(self._page) for _ in range(_HELD)]
        self._owners = array.array("l", [0] * _HELD)  # block in each holder
        self._next = 0  # the holder to use again
        self._hit = self._read_held
        self._miss = self._read_file
        self._read = [self._miss] * blocks  # what to call, by block
        self._held = [None] * blocks
        self._blank = {size: b"\xff" * size for size in _SIZES}
        self._old = {size: bytearray(size) for size in _SIZES}
        self._erased = b"\xff" * BLOCK_SIZE
        self._count = blocks
        self._ioctl = {3: self._sync, 4: self._blocks, 5: self._block_size, 6: self._erase}
        self._program = (self._program_used, self._program_blank)

    # Kept so small that their frames fit on the C stack (VM_MAX_STATE_ON_STACK, 11 words): a frame on the heap
    # counts as an allocation, and the firmware would collect garbage every 40 reads.
    def readblocks(self, block, buffer, offset=0):
        _link.spend(_READ_US + len(buffer) * _READ_BYTE_NS // 1000)
        return self._read[block](block, buffer, offset)

    def _read_held(self, block, buffer, offset):
        holder = self._held[block]
        holder.seek(offset)
        holder.readinto(buffer)
        return 0

    def _read_file(self, block, buffer, offset):
        try:
            self._hold(block)
            return self._read_held(block, buffer, offset)
        except OSError:
            return -_EIO

    def _hold(self, block):
        at = self._next
        self._read[self._owners[at]] = self._miss
        self._file.seek(block * BLOCK_SIZE)
        self._file.readinto(self._page)
        holder = self._holders[at]
        holder.seek(0)
        holder.write(self._page)
        self._next = (at + 1) % _HELD
        self._owners[at] = block
        self._held[block] = holder
        self._read[block] = self._hit

    def writeblocks(self, block, buffer, offset=0):
        try:
            at = block * BLOCK_SIZE + offset
            size = len(buffer)
            old = self._old[size]
            self._read[block] = self._miss
            self._file.seek(at)
            self._file.readinto(old)
            self._file.seek(at)
            self._program[old == self._blank[size]](buffer, old)
            counts[programs] += 1
            counts[programmed_bytes] += size
            _link.spend(_PROGRAM_US + size * _PROGRAM_BYTE_NS // 1000)
            return 0
        except (OSError, KeyError, IndexError):
            return -_EIO

    def ioctl(self, operation, argument):
        try:
            return self._ioctl[operation](argument)
        except (OSError, KeyError, IndexError):
            return -_EIO

    def _program_blank(self, buffer, old):
        self._file.write(buffer)

    def _program_used(self, buffer, old):
        for i in range(len(old)):
            old[i] &= buffer[i]
        self._file.write(old)

    def _sync(self, argument):
        return 0

    def _blocks(self, argument):
        return self._count

    def _block_size(self, argument):
        return BLOCK_SIZE

    def _erase(self, block):
        self._read[block] = self._miss
        self._file.seek(block * BLOCK_SIZE)
        self._file.write(self._erased)
        counts[erases] += 1
        _link.spend(_ERASE_US)
        return 0


def _holder(page):
    """Return room for one block that never allocates again."""
    holder = io.BytesIO(BLOCK_SIZE)
    holder.write(page)
    return holder
