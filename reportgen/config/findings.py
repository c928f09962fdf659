"""What is wrong with an experiment file: pydantic's errors in the words of the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from reportgen.characters import quote
from reportgen.config.settings import slugify
from reportgen.config.vocabulary import Location, find_key, keys_at, show, suggest
from reportgen.errors import Problem
from reportgen.wording import join

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
"""A key that needs no quotation marks."""

Values = Mapping[str, Any]
"""The tables of an experiment file as tomllib reads them."""

_ALLOWED: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "string_too_short": "text that is not empty",
    "string_too_long": "text of at most {max_length} characters",
    "too_short": "a list of at least {min_length} entries",
    "too_long": "a list of at most {max_length} entries",
    "string_pattern_mismatch": (
        'lower-case letters and digits joined by single hyphens, such as "cnn-dropout"'
    ),
}
"""Type of an error of pydantic → what is allowed, with the names of the error's context."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    location: Location
    message: str


def translate(errors: Iterable[ErrorDetails], values: Values) -> list[Finding]:
    """Return the errors of pydantic in the words of the file, one for each place."""
    by_place: dict[Location, list[ErrorDetails]] = {}
    for error in errors:
        location = _place(error["loc"], values)
        if not _is_echo(error, location, values):
            by_place.setdefault(location, []).append(error)
    return [
        Finding(location, _word(location, found, values)) for location, found in by_place.items()
    ]


def _place(location: Location, values: Values) -> Location:
    """Return where the value is that an error is about.

    Where one of several types is allowed, pydantic gives an error for each, with its name added.
    """
    while location:
        parent = value_at(values, location[:-1])
        if isinstance(parent, Mapping) or (isinstance(parent, list) and type(location[-1]) is int):
            break
        location = location[:-1]
    return location


def _is_echo(error: ErrorDetails, location: Location, values: Values) -> bool:
    """Return whether an error only follows from another one, which is reported by itself."""
    # pydantic does not call a factory where a field before it is wrong.
    if error["type"] == "default_factory_not_called":
        return True
    if error["type"] == "too_short":
        # pydantic does not count entries that are wrong.
        came = value_at(values, location)
        return isinstance(came, list) and len(came) >= error["ctx"]["min_length"]
    # A slug is made from the name.
    is_slug = error["type"] == "missing" and location[-1] == "slug"
    return is_slug and not isinstance(value_at(values, (*location[:-1], "name")), str)


def _word(location: Location, errors: Sequence[ErrorDetails], values: Values) -> str:
    error, came = errors[0], value_at(values, location)
    if error["type"] == "extra_forbidden":
        return _word_unknown_key(location, values)
    if location[-1] == "slug" and came is None:
        name = value_at(values, (*location[:-1], "name"))
        return (
            f"is missing, and cannot be made from the name {quote(name)}, which has no letter from "
            'a to z and no digit; write one, such as slug = "my-model"'
        )
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    allowed = join(dict.fromkeys(_describe(each, location) for each in errors), "or")
    hint = ""
    if error["type"] == "literal_error" and isinstance(came, str):
        hint = suggest(came, re.findall("'([^']*)'", error["ctx"]["expected"]))
        if location == ("data", "name") and not hint:
            hint = '; other data are named by source = "PATH" or "torchvision:NAME"'
    if location[0] == "published" and isinstance(came, int | float) and 1 < came <= 100:
        hint = f"; write a percentage as a share: {came / 100:g} for {came:g} %"
    return f"must be {allowed}, not {show(came)}{hint}"


def _describe(error: ErrorDetails, location: Location) -> str:
    """Return what is allowed in place of the value that an error is about."""
    context = {
        name: f"{value:.15g}" if isinstance(value, float) else value
        for name, value in error.get("ctx", {}).items()
    }
    if error["type"] == "literal_error":
        return str(context["expected"]).replace("'", '"')
    if error["type"] in ("tuple_type", "too_short") and location in _LISTS_OF_TABLES:
        return f"a list of tables, each under its own [[{'.'.join(map(str, location))}]]"
    if error["type"] == "too_short" and context["min_length"] == 1:
        return "a list that is not empty"
    template = _ALLOWED.get(error["type"])
    return template.format(**context) if template else f"valid ({error['msg']})"


_LISTS_OF_TABLES = (("models",), ("references",), ("published", "tables"))


def _word_unknown_key(location: Location, values: Values) -> str:
    name, known = str(location[-1]), keys_at(location[:-1])
    nearest = suggest(name, known)
    if nearest:
        return f"is not a known key{nearest}"
    elsewhere = find_key(name, location[:-1], format_location(location[:-1], unique_slugs(values)))
    if elsewhere is not None:
        return f"is not a known key here; did you mean {quote(elsewhere)}?"
    return f"is not a known key; the known keys are {join(known)}"


def value_at(values: object, location: Location) -> Any:
    """Return the value at `location`, or None where there is none."""
    for step in location:
        if isinstance(values, Mapping) and step in values:
            values = values[str(step)]
        elif isinstance(values, list) and isinstance(step, int) and step < len(values):
            values = values[step]
        else:
            return None
    return values


def list_at(values: object, location: Location) -> list[Any]:
    """Return the list at `location`; an empty one where there is none."""
    found = value_at(values, location)
    return found if isinstance(found, list) else []


def tables_at(values: object, location: Location) -> Iterator[tuple[int, Any]]:
    """Yield the place and the content of each table in the list at `location`."""
    for place, entry in enumerate(list_at(values, location)):
        if isinstance(entry, Mapping):
            yield place, entry


def to_problems(
    findings: Iterable[Finding], values: Values, origins: Mapping[Location, str]
) -> tuple[Problem, ...]:
    """Return findings with dotted paths in place of locations.

    `origins` has, for each location that was set from the command line, what was written there.
    """
    slugs = unique_slugs(values)
    return tuple(
        Problem(
            format_location(finding.location, slugs), finding.message + _origin(finding, origins)
        )
        for finding in findings
    )


def format_location(location: Location, slugs: Sequence[str | None]) -> str:
    """Return a location as a dotted path; `slugs` are those of the models, in their order."""
    text = ""
    for place, step in enumerate(location):
        if isinstance(step, int):
            slug = slugs[step] if place == 1 and location[0] == "models" else None
            text += f"[{step + 1}]" if slug is None else f".{slug}"
        else:
            key = step if _BARE_KEY.fullmatch(step) else quote(step)
            text += f".{key}" if text else key
    return text


def unique_slugs(values: Values) -> list[str | None]:
    """Return the slug of each model; None where it has none, or shares it with another."""
    slugs = [slug_of(model) for model in list_at(values, ("models",))]
    return [slug if slugs.count(slug) == 1 else None for slug in slugs]


def slug_of(model: object) -> str | None:
    """Return the slug of a model of the file, made from its name where it has none."""
    if not isinstance(model, Mapping):
        return None
    slug, name = model.get("slug"), model.get("name")
    if isinstance(slug, str):
        return slug if slug and slug == slugify(slug) else None
    return (slugify(name) or None) if isinstance(name, str) else None


def _origin(finding: Finding, origins: Mapping[Location, str]) -> str:
    for location, written in origins.items():
        if finding.location[: len(location)] == location:
            return f" (from --set {written})"
    return ""
