"""Requests as a person types them: `config set bay=B-17`, `sensor read`, or raw JSON. Pure."""

import json
import shlex
from difflib import get_close_matches
from typing import Any

from baysense.core.config import FIELDS, Field
from baysense_host.errors import ToolError

_BY_NAME = {field.name: field for field in FIELDS}
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def request(line: str) -> tuple[str, dict[str, Any]]:
    """Return method and parameters of a typed line."""
    if line.lstrip().startswith("{"):
        return _from_json(line)
    try:
        return from_words(shlex.split(line))
    except ValueError as error:  # a quote that never closes
        raise ToolError(f"Cannot read this line: {error}.") from error


def from_words(words: list[str]) -> tuple[str, dict[str, Any]]:
    """Return method and parameters; bare words join to the method with dots, `name=value` are parameters.

    `config set` is the method config with parameters, typed by the table of settings.
    """
    bare = [word for word in words if "=" not in word]
    if not bare or words[: len(bare)] != bare:
        raise ToolError("A request is a method, then name=value pairs.", "Such as: info, or: config set bay=B-17")
    pairs = [word.partition("=") for word in words[len(bare) :]]
    if bare[0] == "config":
        if bare[1:] != (["set"] if pairs else []):
            raise ToolError("config alone shows the settings, config set NAME=VALUE changes them.")
        return "config", {name: _setting(name, text) for name, _, text in pairs}
    return ".".join(bare), {name: _literal(text) for name, _, text in pairs}


def _from_json(line: str) -> tuple[str, dict[str, Any]]:
    try:
        content = json.loads(line)
    except ValueError as error:
        raise ToolError(f"This is no JSON: {error}.") from error
    if not isinstance(content.get("method"), str) or not isinstance(content.get("params", {}), dict):
        raise ToolError("A raw request needs a method and an object of params.", 'Such as: {"method": "info"}')
    return content["method"], content.get("params", {})


def _literal(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _setting(name: str, text: str) -> Any:
    """Return a setting as the type its field has, so that a bay called 17 stays text."""
    field = _BY_NAME.get(name)
    if field is None:
        near = get_close_matches(name, _BY_NAME, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Settings: {', '.join(_BY_NAME)}."
        raise ToolError(f"There is no setting {name}.", hint)
    return _as_type(field, text)


def _as_type(field: Field, text: str) -> Any:
    if field.type is str:
        return text
    if field.type is bool:
        if text.lower() not in _WORDS:
            raise ToolError(f"{field.name} is true or false, not {text}.")
        return _WORDS[text.lower()]
    try:
        return int(text)
    except ValueError as error:
        unit = f" in {field.unit}" if field.unit else ""
        raise ToolError(f"{field.name} is a whole number{unit}, not {text}.") from error
