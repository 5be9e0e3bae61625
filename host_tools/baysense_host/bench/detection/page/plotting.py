"""How every figure of the page looks."""

from io import BytesIO
from typing import TYPE_CHECKING

from baysense_host.bench.detection.metrics import ATDA, CONFIRMED, FIXED, OURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {CONFIRMED: "#00845f", OURS: "#1f6fc4", FIXED: "#c26a00", ATDA: "#8a6d9e"}
STATE_COLOURS = {"occupied": "#3a4f9f", "free": "#bfe0d2", "unknown": "#c9c9c9"}
AXIS_COLOURS = ("#c26a00", "#00845f", "#1f6fc4")
INK, SOFT, GRID, WRONG = "#1c2321", "#5d6966", "#e0e4e0", "#d6303c"
_DPI = 110


def blank(wide_in: float, high_in: float) -> "Figure":
    """Return an empty figure that lays itself out."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(wide_in, high_in), dpi=_DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def png(figure: "Figure") -> bytes:
    """Return a figure as the bytes of a PNG; the same figure gives the same bytes."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def tidy(axes: "Axes", title: str, grid: str = "y") -> None:
    """Leave of the frame what is needed."""
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(length=0, labelsize=9, colors=SOFT)
    axes.xaxis.label.set(color=SOFT, fontsize=9)
    axes.yaxis.label.set(color=SOFT, fontsize=9)
    axes.set_axisbelow(True)
    if grid == "both" or grid == "y":
        axes.grid(axis="y", color=GRID, linewidth=0.7)
    if grid == "both" or grid == "x":
        axes.grid(axis="x", color=GRID, linewidth=0.7)
