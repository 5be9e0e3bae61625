"""The page of the detection bench: what was found, in tables and pictures."""

from collections.abc import Sequence
from pathlib import Path

from baysense_host.bench.detection.field_marks import Field
from baysense_host.bench.detection.page.document import Part, card, document
from baysense_host.bench.detection.page.recorded import field_figures, field_part
from baysense_host.bench.detection.page.simulated import simulated_figures, simulated_part
from baysense_host.bench.detection.page.tables import marks
from baysense_host.bench.detection.score import Score
from baysense_host.bench.report import Mark

_NOTES = (
    "Simulated results are those of a model of vehicles and bays; field results are those of recordings. Neither "
    "stands for the other.",
    "An event answers a true one of its kind from 5 s before until 60 s after it, one to one; a swap is two events. "
    "What answers nothing is a false change; a flip there and back is two.",
    "Intervals hold 95 % of the results when whole sites are drawn anew; where nothing went wrong in n cases, they "
    "end at 3/n.",
    "Unknown is no claim: it is neither right nor wrong, and counted by itself.",
    "Scenario S13, radio, is measured by `baysense bench delivery`.",
)
_COST = "Time on the 64-bit interpreter of the machine that ran this; heap on a 32-bit build, as the chip has."


def write_page(
    folder: Path,
    simulated: tuple[Sequence[Score], Sequence[Mark]],
    field: tuple[Field, Sequence[Mark]],
    cost: Sequence[Mark],
    about: Sequence[tuple[str, str]],
    pictures: int,
) -> Path:
    """Write page.html and its figures as PNGs; return the path of the page.

    Args:
        folder: where to.
        simulated: scores and marks.
        field: results and marks of the recordings.
        cost: marks.
        about: what was run, as label and value.
        pictures: of failures, at most so many a part.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model, real = simulated_figures(simulated[0]), field_figures(field[0])
    for name, png in (model | real).items():
        (folder / f"{name}.png").write_bytes(png)
    parts = [
        simulated_part(*simulated, model, pictures),
        field_part(*field, real, pictures),
        Part("cost", "What it costs", _COST, cost, [card("Marks", marks(cost))]),
    ]
    path = folder / "page.html"
    path.write_text(document(parts, about, _NOTES), encoding="utf-8")
    return path
