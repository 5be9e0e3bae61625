"""The report as one page that asks nothing of the network."""

from importlib.resources import files

from baysense_host.report.facts import Tile, about, tiles, verdict
from baysense_host.report.markup import Markup, join, tag
from baysense_host.report.match import paired
from baysense_host.report.result import Bay, Result
from baysense_host.report.tables import energy, events
from baysense_host.report.text import DAY_S, plural
from baysense_host.report.timeline import figure, strip

# What fits into a page of 1.5 MB; over all bays
_POINTS = 80_000  # of curves: some 0.5 MB of path data
_CURVES = 5  # x, y, z, |d|, temperature
_EVENT_ROWS = 800  # some 0.4 MB
_MOST_DETAILED = 24  # bays with curves and tables of their own
_MOST_BUCKETS = 4000  # a curve: more than any screen has pixels, for zooming
# No request leaves the page, whatever text finds its way into it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def page(result: Result) -> str:
    """Return the whole report as HTML."""
    bays, end_s = result["bays"], result["days"] * DAY_S
    detailed = _detailed(bays)
    body = [
        _header(result),
        tag("section", *map(_tile, tiles(result)), cls="tiles"),
        _overview(bays, detailed, end_s) if len(bays) > 1 else Markup(""),
        *_details(bays, detailed, end_s),
        tag("footer", Markup(_asset("limits.html"))),
    ]
    return f"<!doctype html>\n{tag('html', _head(), tag('body', tag('main', *body), _script()), lang='en')}\n"


def _detailed(bays: list[Bay]) -> list[int]:
    """Return which bays are shown in full: those where something went wrong before the others."""
    wrong = [any(row.wrong for row in paired(bay)) for bay in bays]
    first = sorted(range(len(bays)), key=lambda number: not wrong[number])
    return sorted(first[:_MOST_DETAILED])


def _details(bays: list[Bay], detailed: list[int], end_s: float) -> list[Markup]:
    shown = max(1, len(detailed))
    buckets = min(_MOST_BUCKETS, _POINTS // (2 * _CURVES * shown))
    return [_bay(bays[number], number, end_s, buckets, _EVENT_ROWS // shown) for number in detailed]


def _head() -> Markup:
    return tag(
        "head",
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        tag("title", "Baysense report"),
        tag("style", Markup(_asset("styles.css"))),
    )


def _script() -> Markup:
    return tag("script", Markup(_asset("script.js")))


def _asset(name: str) -> str:
    return files("baysense_host.report").joinpath(name).read_text(encoding="utf-8")


def _header(result: Result) -> Markup:
    judged = verdict(result)
    sign = {"good": "✓", "fair": "!", "bad": "✗"}[judged.tone]
    pairs = [tag("span", tag("small", label), " ", value) for label, value in about(result)]
    return tag(
        "header",
        tag("p", "Baysense ", tag("span", "simulated run"), cls="brand"),
        tag("h1", tag("i", sign, cls="sign"), tag("span", judged.sentence), cls=judged.tone),
        tag("p", *pairs, cls="about"),
    )


def _tile(tile: Tile) -> Markup:
    parts = [tag("small", tile.label), tag("b", tile.value), tag("span", tile.note)]
    return tag("div", *parts, cls=f"tile {tile.tone}".strip())


def _overview(bays: list[Bay], detailed: list[int], end_s: float) -> Markup:
    rows = [
        tag("a", tag("span", bay["name"]), strip(bay, end_s), href=f"#bay-{i}" if i in detailed else None)
        for i, bay in enumerate(bays)
    ]
    left = len(bays) - len(detailed)
    note = tag("p", f"{plural(left, 'bay')} only here, to keep the page small.", cls="note") if left else ""
    return tag("section", tag("h2", "All bays"), _states_key(), *rows, note, cls="card overview")


def _bay(bay: Bay, number: int, end_s: float, buckets: int, rows: int) -> Markup:
    title = tag("h2", bay["name"], tag("small", bay["dev_eui"]))
    parts = [
        tag("div", title, _states_key(), cls="title"),
        figure(bay, end_s, buckets),
        events(bay, rows),
        tag("h3", "Where the charge went"),
        energy(bay["energy"]),
        _wakes(bay),
    ]
    return tag("section", *parts, cls="card bay", id=f"bay-{number}")


def _states_key() -> Markup:
    states_shown = ("occupied", "free", "unknown", "wrong")
    return tag("p", *[tag("span", tag("i", cls=f"dot {name}"), name) for name in states_shown], cls="states")


def _wakes(bay: Bay) -> Markup:
    counted = sorted(bay["wakes"].items(), key=lambda item: -item[1])
    chips = [tag("span", tag("b", f"{count:,}"), f" {cause}") for cause, count in counted]
    return join([tag("h3", "Wakes by cause"), tag("p", *chips, cls="chips")])
