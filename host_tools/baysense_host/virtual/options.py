"""What a user can choose of a simulation."""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_BOARD = "HELTEC_WIFI_LORA_32_V3"


@dataclass(frozen=True)
class SimOptions:
    """One simulation; None leaves a choice to the scenario, or means embedded, or none."""

    bays: int = 1
    days: float = 1.0
    seed: int = 1
    board: str = DEFAULT_BOARD
    scenario: str = "demo"
    uplink: str = "mqtt"  # or "lorawan"
    realtime: bool = False
    broker: tuple[str, int] | None = None  # host and port; None: the embedded one
    heap_kib: int | None = None  # of a 32-bit chip; None: what the board has
    passes_per_day: int | None = None  # vehicles going by
    moment_scale: float = 1.0  # of every vehicle's magnetic moment
    port_link: Path | None = None  # symlink to the first board's port, in real time
    out: Path = Path("build/sim")
