"""The card that says whether confidences hold, in numbers."""

from collections.abc import Mapping, Sequence

from baysense_host.bench.detection.calibration import EDGES, Bin, Pair, bins, error
from baysense_host.bench.detection.page.document import card
from baysense_host.bench.detection.page.tables import table
from baysense_host.report.markup import Markup, tag

_FEW = 10  # a share of fewer says nothing


def calibrated(pairs: Mapping[str, Sequence[Pair]], lead: str) -> Markup:
    """Return the card, one column a group."""
    found = {name: bins(some) for name, some in pairs.items() if some}
    rows = [_row(float(low), found) for low in EDGES[:-1]]
    errors = [tag("td", tag("b", f"{100 * (error(some) or 0):.1f} %")) for some in found.values()]
    rows.append(tag("tr", tag("th", "expected calibration error"), *errors))
    return card("Do confidences hold?", table(("told", *found), rows, "compare calibrated"), lead=lead, anchor=None)


def _row(low: float, found: Mapping[str, Sequence[Bin]]) -> Markup:
    high = min(float(EDGES[list(EDGES).index(low) + 1]), 1.0)
    cells = [_cell([one for one in some if one.low == low]) for some in found.values()]
    return tag("tr", tag("th", f"{100 * low:.3g}–{100 * high:.3g} %"), *cells)


def _cell(found: Sequence[Bin]) -> Markup:
    if not found:
        return tag("td", "–", cls="number soft")
    (one,) = found
    share = f"{100 * one.share:.1f} %" if one.count >= _FEW else "few"
    return tag(
        "td",
        tag("b", share),
        tag("small", f"{one.right:,} / {one.count:,}"),
        tag("small", f"told {100 * one.told:.1f} %"),
    )
