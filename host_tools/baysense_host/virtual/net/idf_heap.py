"""The memory outside Python's heap that Wi-Fi, sockets and TLS live in."""


class OutOfIdfHeap(Exception):
    """There is not enough memory left for what was asked."""


class IdfHeap:
    """Count what the drivers hold of a chip's free DRAM [bytes]."""

    def __init__(self, free_bytes: int) -> None:
        self.free_bytes = free_bytes
        self._held: dict[str, int] = {}

    def take(self, what: str, count: int) -> None:
        """Take so many bytes under a name; raise OutOfIdfHeap when they are not there."""
        if count > self.free_bytes:
            raise OutOfIdfHeap(f"{what} needs {count} bytes of IDF heap, {self.free_bytes} are free")
        self.free_bytes -= count
        self._held[what] = self._held.get(what, 0) + count

    def give(self, what: str) -> None:
        """Return everything held under a name."""
        self.free_bytes += self._held.pop(what, 0)
