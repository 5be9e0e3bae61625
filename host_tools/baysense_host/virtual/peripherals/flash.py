"""The flash chip, as the supervisor sees it: it can let the power fail at an operation to come.

What the interpreter's shim must know of this lies behind the flash image, see shims/vb_flash.py: it outlives boots.
"""

import struct
from collections.abc import Callable
from pathlib import Path

from baysense_host.virtual.peripherals.host import Host
from baysense_host.virtual.session import Gone
from baysense_host.virtual.shims.vb_flash_cut import ARMED, MODES

BLOCK_SIZE = 4096


class Flash:
    """One board's flash image."""

    def __init__(self, host: Host, path: Path, blocks: int, power_cut: Callable[[], None]) -> None:
        self._path = path
        self._at = blocks * BLOCK_SIZE
        self._power_cut = power_cut
        host.register("power.flash_cut", self._failed)

    def cut_at(self, operations: int, mode: str, noise: int = 1) -> None:
        """Let the power fail at the n-th program or erase from now on, over any number of boots.

        Args:
            operations: 1 is the next one.
            mode: what becomes of that operation: "lost", "torn" (half done), or "done" (but not acknowledged).
            noise: seed of what a torn operation leaves.
        """
        with self._path.open("r+b") as image:
            image.seek(self._at)
            image.write(struct.pack(ARMED, operations, MODES.index(mode), 0, noise))

    def _failed(self) -> None:
        self._power_cut()
        raise Gone
