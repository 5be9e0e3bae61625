"""The flash chip under the file system: NOR on a host file, programming only clears bits.

The power may fail at any operation, see vb_flash_cut: lost, half done, or done but not acknowledged.

The methods allocate nothing: a finaliser may close a forgotten file while the heap is locked. They never
raise, and have no jump on their normal path: the interpreter looks for a Ctrl-C at jumps only, and one raised
in here would leave LittleFS halfway through an operation, which cannot happen on a board.
"""

import array
import io

import vb_flash_cut as _flash_cut
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
        self._cut = _flash_cut.Cut(self._file, blocks, BLOCK_SIZE)
        self._page = bytearray(BLOCK_SIZE)
        self._holders = [_holder(self._page) for _ in range(_HELD)]
        self._owners = array.array("l", [0] * _HELD)  # block in each holder
        self._next = 0  # the holder to use again
        self._hit = self._read_held
        self._miss = self._read_file
        self._unheld = (self._miss, self._read_unstable)
        self._read = [self._unheld[unstable] for unstable in self._cut.unstable]  # what to call, by block
        self._held = [None] * blocks
        self._blank = {size: b"\xff" * size for size in _SIZES}
        self._old = {size: bytearray(size) for size in _SIZES}
        self._erased = b"\xff" * BLOCK_SIZE
        self._count = blocks
        self._ioctl = {3: self._sync, 4: self._blocks, 5: self._block_size, 6: self._erase_block}
        self._program = (self._program_used, self._program_blank)
        self._write = (self._write_counted, self._write_whole)
        self._erase = (self._erase_counted, self._erase_whole)
        self._settle = (self._sync, self._steady)

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
        owner = self._owners[at]
        self._read[owner] = self._unheld[self._cut.unstable[owner]]
        self._file.seek(block * BLOCK_SIZE)
        self._file.readinto(self._page)
        holder = self._holders[at]
        holder.seek(0)
        holder.write(self._page)
        self._next = (at + 1) % _HELD
        self._owners[at] = block
        self._held[block] = holder
        self._read[block] = self._hit

    def _read_unstable(self, block, buffer, offset):
        for i in range(len(buffer)):
            buffer[i] = self._cut.byte()
        return 0

    def writeblocks(self, block, buffer, offset=0):
        try:
            return self._write[self._cut.idle()](block, buffer, offset)
        except (OSError, KeyError, IndexError):
            return -_EIO

    def ioctl(self, operation, argument):
        try:
            return self._ioctl[operation](argument)
        except (OSError, KeyError, IndexError):
            return -_EIO

    def _write_whole(self, block, buffer, offset):
        at = block * BLOCK_SIZE + offset
        size = len(buffer)
        old = self._old[size]
        self._read[block] = self._unheld[self._cut.unstable[block]]
        self._file.seek(at)
        self._file.readinto(old)
        self._file.seek(at)
        self._program[old == self._blank[size]](buffer, old)
        counts[programs] += 1
        counts[programmed_bytes] += size
        _link.spend(_PROGRAM_US + size * _PROGRAM_BYTE_NS // 1000)
        return 0

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

    def _erase_block(self, block):
        return self._erase[self._cut.idle()](block)

    def _erase_whole(self, block):
        self._settle[self._cut.unstable[block]](block)
        self._read[block] = self._miss
        self._file.seek(block * BLOCK_SIZE)
        self._file.write(self._erased)
        counts[erases] += 1
        _link.spend(_ERASE_US)
        return 0

    def _steady(self, block):
        self._cut.mark(block, 0)

    # With a cut armed; there are jumps in what follows, but whoever cuts the power types no Ctrl-C.

    def _write_counted(self, block, buffer, offset):
        fate = self._cut.fate()
        if fate == _flash_cut.TORN:
            self._program_part(block * BLOCK_SIZE + offset, buffer)
        elif fate != _flash_cut.LOST:
            self._write_whole(block, buffer, offset)
        return self._after(fate)

    def _program_part(self, at, buffer):
        old = self._old[len(buffer)]
        self._file.seek(at)
        self._file.readinto(old)
        reached = self._cut.byte() % len(buffer)
        for i in range(reached):
            old[i] &= buffer[i]
        old[reached] &= buffer[reached] | self._cut.byte()
        self._file.seek(at)
        self._file.write(old)

    def _erase_counted(self, block):
        fate = self._cut.fate()
        if fate == _flash_cut.TORN:
            self._cut.mark(block, 1)
        elif fate != _flash_cut.LOST:
            self._erase_whole(block)
        return self._after(fate)

    def _after(self, fate):
        if fate == _flash_cut.WHOLE:
            return 0
        _link.power_off()
        return -_EIO


def _holder(page):
    """Return room for one block that never allocates again."""
    holder = io.BytesIO(BLOCK_SIZE)
    holder.write(page)
    return holder
