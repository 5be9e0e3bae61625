"""The tables under the timeline: events with their errors, and where the charge went."""

from baysense_host.report.markup import Markup, join, tag
from baysense_host.report.match import Row, paired
from baysense_host.report.result import Bay, Cause, Energy
from baysense_host.report.text import charge, clock, plural, seconds, span

_WORDS = {
    "ok": "arrived",
    "missing": "missing",
    "false": "no cause",
    "duplicate": "twice",
    "unknown": "unsure",
}


def events(bay: Bay, most: int) -> Markup:
    """Return the table of changes; beyond `most` rows only those with something wrong."""
    rows = paired(bay)
    wrong = [row for row in rows if row.wrong]
    shown = rows if len(rows) <= most else wrong[:most]
    left = len(rows) - len(shown)
    note = (
        tag("p", f"{plural(left, 'more row')} left out to keep the page small.", cls="note") if left else Markup("")
    )
    heads = (
        "",
        "happened",
        "bay became",
        "vehicle",
        "off by",
        "age",
        "arrived after",
        "sure",
        "cause",
        "no.",
    )
    table = tag(
        "table",
        tag("thead", tag("tr", *[tag("th", head) for head in heads])),
        tag("tbody", *map(_row, shown)),
    )
    title = tag("summary", f"Events of {bay['name']}", tag("small", _counted(rows, wrong)))
    return tag("details", title, tag("div", table, cls="scroll"), note, open=bool(shown), cls="events")


def _counted(rows: list[Row], wrong: list[Row]) -> str:
    return f"{plural(len(rows), 'row')}, {len(wrong) or 'none'} with something wrong"


def _row(row: Row) -> Markup:
    event = row.event
    cells = [
        tag("td", _WORDS[row.status], cls=f"status {row.status}"),
        tag("td", clock(row.t_s), cls="number"),
        tag("td", tag("i", cls=f"dot {row.state}"), row.state),
        tag("td", row.truth["vehicle"] if row.truth else "–"),
        tag("td", seconds(row.error_s, signed=True), cls="number"),
    ]
    if event is None:
        return tag("tr", *cells, tag("td", "never reported", colspan=5), cls=row.status)
    cells += [
        tag("td", seconds(event["age_s"]), cls="number"),
        tag("td", seconds(event["received_s"] - row.t_s), cls="number"),
        tag("td", f"{event['confidence']:.0%}", cls="number"),
        tag("td", event["cause"]),
        tag("td", str(event["seq"]), cls="number"),
    ]
    return tag("tr", *cells, cls=row.status)


def energy(spent: Energy) -> Markup:
    """Return the charge by consumer as bars with their range and the source of the numbers."""
    causes = sorted(spent["by_cause"], key=lambda cause: -cause["mc"])
    most = max((_range(cause)[1] for cause in causes), default=0.0) or 1.0
    bars = [_bar(cause, most) for cause in causes]
    return join([_total(spent), tag("ul", *bars, cls="bars")])


def _total(spent: Energy) -> Markup:
    low, middle, high = spent["average_ua"]
    life = spent["life_years"]
    lasting = f", {span(life[0], life[1], 2)} years on its battery" if life else ", fed from the mains"
    drawn = f" µA on average, {span(low, high)} µA by the range of the table values"
    return tag("p", tag("b", f"{middle:,.0f}"), drawn, lasting, ".", cls="total")


def _range(cause: Cause) -> tuple[float, float]:
    return cause.get("mc_low", cause["mc"]), cause.get("mc_high", cause["mc"])


def _bar(cause: Cause, most: float) -> Markup:
    low, high = _range(cause)
    left, width = low / most * 100, max((high - low) / most * 100, 0.0)
    bar = tag(
        "div",
        tag("i", cls="fill", style=f"width:{cause['mc'] / most * 100:.2f}%"),
        tag("i", cls="range", style=f"left:{left:.2f}%;width:{width:.2f}%"),
        cls="bar",
    )
    amount = charge(cause["mc"]) if low == high else f"{charge(cause['mc'])} ({charge(low)} to {charge(high)})"
    head = tag("div", tag("b", cause["what"]), tag("span", f"{cause['share']:.0%}", cls="share"), cls="what")
    source = tag("small", amount, " · " if cause.get("source") else "", cause.get("source", ""))
    return tag("li", head, bar, source)
