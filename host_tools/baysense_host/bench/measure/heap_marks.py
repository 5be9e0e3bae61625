"""The least heap of the node."""

from baysense_host.bench.measure.extent import Extent
from baysense_host.bench.measure.heap import least_kib
from baysense_host.bench.report import Findings, Mark, Tell
from baysense_host.virtual.costs import HEAP_PERCENT

_UPLINKS = {"mqtt": "Wi-Fi and MQTT", "lorawan": "LoRaWAN"}


def heap_marks(extent: Extent, tell: Tell, uplink: str = "mqtt") -> Findings:
    """Bisect the heap over power-up, changes and heartbeats."""
    least, tries = least_kib(extent.heap_days, extent.heap_step_kib, tell, uplink)
    here = "" if least is None else f": {least * HEAP_PERCENT / 100:.0f} KiB here"
    what = f"least heap of the node with {_UPLINKS[uplink]}, in KiB of a 32-bit chip{here} at {HEAP_PERCENT} %"
    return Findings(
        [Mark("least_heap", what, least, "KiB", 96)],
        {"heap": {"heap_percent": HEAP_PERCENT, "step_kib": extent.heap_step_kib, "tries_kib": tries}},
    )
