"""What ours did wrong: pictures of some, a table of all."""

from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

from baysense_host.bench.detection.metrics import CONFIRMED, OURS, chosen, scenarios
from baysense_host.bench.detection.page.document import card, fold, image
from baysense_host.bench.detection.page.pictures import clock, picture
from baysense_host.bench.detection.page.tables import table
from baysense_host.bench.detection.page.titles import TITLES
from baysense_host.bench.detection.score import Failure, Score
from baysense_host.report.markup import Markup, tag
from baysense_host.report.text import plural

_MOST_ROWS = 3000  # of the table; the JSON has all of them


class Wrong(NamedTuple):
    """A failure and whose it is."""

    score: Score
    failure: Failure


def failures(scores: Sequence[Score], pictures: int) -> Markup:
    """Return a card with so many pictures of our failures at most, and all of them in a table to open."""
    ours = failures_of(scores)
    if not ours:
        return card("Failures of ours", tag("p", "None."), anchor="failures")
    drawn = spread(ours, pictures)
    lead = (
        f"{plural(len(ours), 'failure')}, {len(drawn)} of them with the field a minute before and after: three axes "
        "less where they were; dashed red is the failure, black a true change, dotted a movement beside."
    )
    heads = ("scenario", "contender", "site", "when", "what")
    listed = table(heads, [_row(one) for one in ours[:_MOST_ROWS]], "listed")
    title = "All in a table" if len(ours) <= _MOST_ROWS else f"The first {_MOST_ROWS:,} in a table, the JSON has all"
    shown = tag("div", *_gallery(drawn), cls="failures")
    return card("Failures of ours", shown, fold(title, listed), lead=lead, anchor="failures")


def failures_of(scores: Sequence[Score]) -> list[Wrong]:
    """Return all of our failures, those with confirmation first."""
    ours = [*chosen(scores, CONFIRMED), *chosen(scores, OURS)]
    return [Wrong(score, failure) for score in ours for failure in score.failures]


def spread(wrong: Sequence[Wrong], most: int) -> list[Wrong]:
    """Return so many failures that have a scene, of every contender, scenario and kind in turn."""
    groups: dict[tuple[str, ...], list[Wrong]] = {}
    for one in wrong:
        if one.failure.scene is not None:
            kind = (one.score.contender, one.score.scenario, one.failure.what)
            groups.setdefault(kind, []).append(one)
    in_turn = [one for one in chain.from_iterable(zip_longest(*groups.values())) if one is not None]
    return in_turn[:most]


def _gallery(drawn: Sequence[Wrong]) -> list[Markup]:
    shown: list[Markup] = []
    for contender in (CONFIRMED, OURS):
        some = [one for one in drawn if one.score.contender == contender]
        for name in scenarios(one.score for one in some):
            title = TITLES.get(name, (name,))[0]
            shown.append(tag("h4", f"{name} {title}", tag("small", contender)))
            shown += [_image(one) for one in some if one.score.scenario == name]
    return shown


def _image(one: Wrong) -> Markup:
    return image(picture(one.score, one.failure), f"{one.failure.what}: {one.score.site}")


def _row(one: Wrong) -> Markup:
    score = one.score
    cells = (
        score.scenario,
        score.contender,
        f"{score.site} × {score.scale:g}",
        clock(one.failure.t_s),
        one.failure.what,
    )
    return tag("tr", *[tag("td", cell) for cell in cells])
