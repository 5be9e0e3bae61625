"""The 256 bytes of a radio for the frame that goes out and the frame that comes in: a ring."""


class Ring(bytearray):
    """A buffer whose addresses wrap."""

    def __init__(self) -> None:
        super().__init__(256)

    def put(self, begin: int, data: bytes) -> None:
        """Write bytes from an address on."""
        for offset, value in enumerate(data):
            self[begin + offset & 0xFF] = value

    def take(self, begin: int, count: int = 256) -> bytes:
        """Return bytes from an address on."""
        return bytes((self[begin:] + self[:begin])[:count])
