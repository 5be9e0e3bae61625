"""LoRaWAN: what it costs a node, and a month of a hundred nodes on one gateway."""

from collections.abc import Callable

from baysense_host.bench.airwaves.marks import campaign_findings
from baysense_host.bench.measure.lorawan_marks import lorawan_marks
from baysense_host.bench.report import Findings, Tell, silent

# Each measures one group of marks; with True only to show that it can.
_GROUPS: tuple[Callable[[Tell, bool], Findings], ...] = (lorawan_marks, campaign_findings)


def run(tell: Tell = silent, quick: bool = False) -> Findings:
    """Measure LoRaWAN; `quick` only shows that everything can be measured, its numbers mean little."""
    sections = [measure(tell, quick) for measure in _GROUPS]
    marks = [mark for section in sections for mark in section.marks]
    detail = {name: value for section in sections for name, value in section.detail.items()}
    return Findings(marks, detail)
