"""Power that fails at a chosen operation of the flash; the layout is shared by the shim and the supervisor.

Behind the flash image lie an ARMED record, no operations if no cut is to come, and one byte a block: 1 if its erase
was torn, and every bit of it is at random and differs from read to read until it is erased again. The supervisor
arms while the interpreter waits for it, so that the interpreter need not ask.
"""

ARMED = "<IBBH"  # operations until the cut, index of MODES, 0, seed of what it leaves
ARMED_BYTES = 8
MODES = ("lost", "torn", "done")  # what becomes of the operation
LOST, TORN, DONE = 0, 1, 2
WHOLE = 3


class Cut:
    """Counts operations and knows which blocks are unstable. Allocates nothing once made."""

    def __init__(self, file, blocks, block_size):
        self._file = file
        self._at = blocks * block_size
        self._armed = bytearray(ARMED_BYTES)
        self._zero = bytes(ARMED_BYTES)
        self._noise = 1
        self.unstable = bytearray(blocks)
        self._marks = (b"\x00", b"\x01")
        file.seek(self._at + ARMED_BYTES)
        file.readinto(self.unstable)

    def idle(self):
        """Tell whether no cut is armed, without a jump, see vb_flash."""
        self._file.seek(self._at)
        self._file.readinto(self._armed)
        return self._armed == self._zero

    def fate(self):
        """Count an operation, after idle() was False; return what becomes of it."""
        armed = self._armed
        left = (armed[0] | armed[1] << 8 | armed[2] << 16) - 1
        mode = armed[4]
        self._noise = armed[6] | armed[7] << 8
        for i in range(3):
            armed[i] = left >> 8 * i & 255
        self._file.seek(self._at)
        self._file.write(armed if left else self._zero)
        return WHOLE if left else mode

    def mark(self, block, unstable):
        """Note that a block is unstable, 1, or no longer, 0."""
        self.unstable[block] = unstable
        self._file.seek(self._at + ARMED_BYTES + block)
        self._file.write(self._marks[unstable])

    def byte(self):
        """Return the next byte of noise."""
        self._noise = self._noise * 1103515245 + 12345 & 0x7FFFFFFF  # C99's example of rand()
        return self._noise >> 16 & 255
