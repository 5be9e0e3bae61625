"""The page: everything that the bench found, on one sheet that asks nothing of the network."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from baysense_host.bench.report import Mark
from baysense_host.report.markup import Markup, join, tag

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@dataclass(frozen=True)
class Part:
    """One part of the page, with what kind of results it shows; results of two kinds never stand in one."""

    name: str  # simulated, field, cost
    title: str
    lead: str
    marks: Sequence[Mark]
    body: Sequence[Markup]


def document(parts: Sequence[Part], about: Sequence[tuple[str, str]], notes: Sequence[str]) -> str:
    """Return the page as HTML."""
    links = [tag("a", part.name, href=f"#{part.name}") for part in parts]
    facts = [tag("span", tag("small", label), " ", value) for label, value in about]
    body = [
        tag(
            "header",
            tag("p", "Baysense ", tag("span", "the detector on trial"), cls="brand"),
            _verdict([mark for part in parts for mark in part.marks]),
            tag("p", *facts, cls="about"),
            tag("nav", *links),
        ),
        *map(_part, parts),
        tag("footer", tag("h2", "How to read this"), tag("ul", *[tag("li", note) for note in notes])),
    ]
    return f"<!doctype html>\n{tag('html', _head(), tag('body', tag('main', *body)), lang='en')}\n"


def figure(png: bytes, caption: str) -> Markup:
    """Return a picture with its caption on a card."""
    return tag("figure", image(png, caption), tag("figcaption", caption), cls="card figure")


def image(png: bytes, text: str) -> Markup:
    """Return a picture that lies inside the page."""
    element = tag("img", src=f"data:image/png;base64,{b64encode(png).decode()}", alt=text)
    return Markup(element.removesuffix("</img>"))  # HTML closes no pictures


def card(title: str, *children: str, number: str = "", lead: str = "", anchor: str | None = None) -> Markup:
    """Return a card with a title."""
    head = tag("h3", tag("b", number), " ", title) if number else tag("h3", title)
    return tag("section", head, tag("p", lead, cls="lead") if lead else "", *children, cls="card", id=anchor)


def fold(title: str, child: Markup) -> Markup:
    """Return something that is opened by a click."""
    return tag("details", tag("summary", title), child)


def _part(part: Part) -> Markup:
    head = [tag("p", part.name.upper(), cls="stamp"), tag("h2", part.title), tag("p", part.lead, cls="lead")]
    return tag("section", *head, *part.body, cls=f"part of-{part.name}", id=part.name)


def _verdict(marks: Sequence[Mark]) -> Markup:
    judged = [mark for mark in marks if mark.mark is not None]
    reached = sum(mark.ok for mark in judged)
    tone = "good" if reached == len(judged) else "fair" if reached > len(judged) / 2 else "bad"
    sign = {"good": "✓", "fair": "!", "bad": "✗"}[tone]
    sentence = f"{reached} of {len(judged)} marks reached"
    return tag("h1", tag("i", sign, cls="sign"), tag("span", sentence), cls=tone)


def _head() -> Markup:
    styles = [
        files(package).joinpath(name).read_text(encoding="utf-8")
        for package, name in (("baysense_host.report", "styles.css"), (__package__, "page.css"))
    ]
    return tag(
        "head",
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        tag("title", "Baysense: the detector on trial"),
        tag("style", Markup(join([Markup(style) for style in styles]))),
    )
