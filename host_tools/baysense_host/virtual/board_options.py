"""What distinguishes one board of a simulation from the next."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baysense_host.virtual.air import Air
from baysense_host.virtual.costs import HEAP_PERCENT


@dataclass(frozen=True)
class BoardOptions:
    """One board."""

    name: str
    facts: dict[str, Any]  # board.json
    environment: Any  # world.environment.Environment
    seed: int
    flash: Path
    blocks: int
    shims: Path
    heap_kib: int  # of a 32-bit chip, see costs.HEAP_PERCENT
    link: Path | None = None  # where tools find the port
    air: Air | None = None  # what its radio sends into and hears; None: nobody is there

    @property
    def heap_limit_kib(self) -> int:
        """The firmware's share of this interpreter's heap."""
        return self.heap_kib * HEAP_PERCENT // 100

    def variables(self) -> dict[str, str]:
        """Return what the shims find in their environment at every boot."""
        return {
            "VB_FLASH": str(self.flash),
            "VB_BLOCKS": str(self.blocks),
            "VB_SHIMS": str(self.shims),
            "VB_HEAP_KIB": str(self.heap_limit_kib),
            "VB_NAME_POOLS": "8" if self.facts["power"] == "mains" else "7",
            "VB_SOC": self.facts["soc"],
            "VB_BOARD": self.facts["name"],
        }


def usual_heap_kib(facts: dict[str, Any]) -> int:
    """Return what a board leaves to Python beside Wi-Fi [KiB]: 112 (ports/esp32/mpconfigport.h), or its PSRAM.

    512 stands for some MiB of PSRAM: the interpreter here would take long to collect them.
    """
    return 512 if facts["psram_mib"] else 112
