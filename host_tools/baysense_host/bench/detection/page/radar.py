"""The card about radar sweeps."""

from typing import Any

from baysense_host.bench.detection.page.document import card
from baysense_host.bench.detection.page.tables import listed, table
from baysense_host.bench.report import Findings
from baysense_host.report.markup import Markup, tag

_LEAD = (
    "Sweeps of a recorded radar in blocks of time that did not tune the classifier. What it is unsure of counts as "
    "missed in the marks, which take one sweep at a time; a node takes three."
)


def sweeps(found: Findings) -> Markup:
    """Return the card."""
    detail = found.detail
    rows = [_row(row) for row in detail["said"] if row["sweeps"]]
    heads = ("way", "truth", "said vehicle", "said empty", "unsure", "sweeps", "passages")
    told = [
        f"Version {detail['version']} of the classifier.",
        *map(_recording, detail["recordings"]),
        *map(_maker, detail["maker"]),
    ]
    return card("Radar sweeps", table(heads, rows, "compare"), listed(told), number="S16", lead=_LEAD)


def _row(row: dict[str, Any]) -> Markup:
    shares = [f"{row[f'{word}_percent']:.2f} %" for word in ("vehicle", "empty", "unsure")]
    ci95 = row["vehicle_ci95"]
    between = f" [{100 * ci95[0]:.2f}–{100 * ci95[1]:.2f}]" if ci95 else ""
    cells = [tag("td", tag("b", shares[0]), tag("span", between)), *[tag("td", share) for share in shares[1:]]]
    counts = [tag("td", f"{row[name]:,}") for name in ("sweeps", "passages")]
    return tag("tr", tag("th", row["way"]), tag("td", row["label"]), *cells, *counts)


def _recording(row: dict[str, Any]) -> str:
    tuned = "the other blocks tuned the classifier" if row["tuned_on"] else "none of it tuned the classifier"
    copies = f"; it repeats itself after {row['repeats_after']:,} sweeps" if row["repeats_after"] else ""
    return f"{row['name']}: {row['judged']:,} of {row['sweeps']:,} sweeps judged, {tuned}{copies}."


def _maker(row: dict[str, Any]) -> str:
    if "left_out" in row:
        return f"{row['left_out']}."
    return f"{row['name']}: {row['as_the_maker']} of {row['frames']} frames judged as the maker's own software does."
