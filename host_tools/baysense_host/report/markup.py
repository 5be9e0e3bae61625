"""Build HTML and SVG so that text is always escaped: only `Markup` passes as it is."""

from collections.abc import Sequence
from html import escape


class Markup(str):
    """Text that is already markup."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """Return one element; `cls` is `class`, `_` becomes `-`, None and False leave an attribute out."""
    opening = name + "".join(_attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{opening}>{join(children)}</{name}>")


def join(children: Sequence[str]) -> Markup:
    """Return all children as markup, plain text escaped."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def _attribute(key: str, value: object) -> str:
    name = "class" if key == "cls" else key.replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
