"""Lines of text out of a stream of bytes."""

from collections.abc import Callable


class Lines:
    """Collect bytes and pass on every complete line."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Add bytes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line.rstrip(b"\r").decode(errors="replace"))
