"""Mutated inputs to everything the node reads: what crashes it, what it believes, what it takes for damage."""

import random

from baysense_host.bench.mutate.campaign import Campaign, fuzz
from baysense_host.bench.mutate.plan import AIR
from baysense_host.bench.mutate.worker import HEAP_KIB
from baysense_host.bench.report import Findings, Mark, Tell, silent

_INPUTS, _QUICK_INPUTS = 1_000_000, 10_000
_GROWN_BYTES = 4096  # over 2,500 inputs: what is kept of the last ones differs
_SHOWN = 20  # findings in the file


def run(tell: Tell = silent, quick: bool = False, seed: int | None = None) -> Findings:
    """Give the node a million inputs and a million by LoRaWAN, others every time unless a seed is given.

    `quick`: ten thousand of each.
    """
    chosen = random.randrange(1, 1 << 30) if seed is None else seed
    return findings(fuzz(_QUICK_INPUTS if quick else _INPUTS, chosen, tell))


def findings(campaign: Campaign) -> Findings:
    """Return the marks of a campaign."""
    inputs = sum(campaign.cases.values())
    frames = sum(campaign.cases[target] for target in AIR)

    def none_of(kind: str, what: str) -> Mark:
        return Mark(kind, what, campaign.count(kind), "", 0, n=inputs)

    marks = [
        Mark("inputs", "mutated inputs over Wi-Fi and flash", inputs - frames, "", _INPUTS, "high"),
        Mark("frames", "mutated LoRaWAN frames and commands", frames, "", _INPUTS, "high"),
        none_of("crash", "errors that nobody expects"),
        none_of("accepted", "wrong inputs that were accepted"),
        none_of("refused", "right ones refused, or damage not reported"),
        none_of("hang", "inputs without end"),
        Mark("grown", f"growth of a heap of {HEAP_KIB} KiB", campaign.grown_bytes, "B", _GROWN_BYTES),
        Mark("speed", "inputs per second", inputs / campaign.seconds, "1/s"),
    ]
    detail = {"seed": campaign.seed, "inputs": dict(campaign.cases), "findings": campaign.findings[:_SHOWN]}
    return Findings(marks, detail)
