"""What is wrong with the values of an experiment file, before it is put into words for the user.

A finding is located by keys and list positions. It becomes a `Problem` with a dotted path, in which
a model is named by its slug (`models.cnn.dropout`) where it has one of its own, and every other
entry of a list by its position, counted from 1 (`published.tables[2].f1[1]`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reportgen.config.schema import slugify
from reportgen.config.vocabulary import (
    Location,
    describe_at,
    find_key,
    keys_at,
    list_words,
    quote,
    show,
    suggest,
)
from reportgen.errors import Problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
"""A key that needs no quotation marks."""

Values = Mapping[str, Any]
"""The tables of an experiment file as tomllib reads them."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    location: Location
    message: str


def translate(
    errors: Iterable[ErrorDetails], values: Values, choices: Mapping[str, Iterable[str]]
) -> list[Finding]:
    """Put the errors of pydantic into plain words.

    `choices` gives the words allowed for fields, by name, whose words the schema does not know.
    """
    findings = {}
    for found in errors:
        error = found.copy()
        error["loc"] = _place(found["loc"], values)
        came = value_at(values, error["loc"])
        if error["loc"] not in findings and not _is_echo(error, came, values):
            findings[error["loc"]] = Finding(error["loc"], _word(error, came, values, choices))
    return list(findings.values())


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


def _is_echo(error: ErrorDetails, came: object, values: Values) -> bool:
    """Say whether an error only follows from another one, which is reported by itself."""
    if error["type"] == "too_short":
        # Entries that are wrong are not counted by pydantic.
        return isinstance(came, list) and len(came) >= error["ctx"]["min_length"]
    # A slug is made from the name.
    is_slug = error["type"] == "missing" and error["loc"][-1] == "slug"
    return is_slug and not isinstance(value_at(values, (*error["loc"][:-1], "name")), str)


def _word(
    error: ErrorDetails, came: object, values: Values, choices: Mapping[str, Iterable[str]]
) -> str:
    location = error["loc"]
    if error["type"] == "extra_forbidden":
        return _word_unknown_key(location, values)
    if location[-1] == "slug" and came is None:
        name = value_at(values, (*location[:-1], "name"))
        if isinstance(name, str):
            return (
                f"is missing, and cannot be made from the name {quote(name)}, which has no "
                'letter from a to z and no digit; write one, such as slug = "my-model"'
            )
    allowed = describe_at(location, choices)
    if error["type"] == "missing":
        return f"is missing; it must be {allowed}"
    hint = suggest(came, choices.get(str(location[-1]), ())) if isinstance(came, str) else ""
    if location[0] == "published" and isinstance(came, int | float) and 1 < came <= 100:
        hint = f"; a percentage is written as a share, {came / 100:g} for {came:g} %"
    if error["type"] == "literal_error" and isinstance(came, str):
        hint = suggest(came, _expected_words(error))
    return f"must be {allowed}, not {show(came)}{hint}"


def _word_unknown_key(location: Location, values: Values) -> str:
    name, known = str(location[-1]), keys_at(location[:-1])
    nearest = suggest(name, known)
    if nearest:
        return f"is not a known key{nearest}"
    elsewhere = find_key(name, location[:-1], format_location(location[:-1], unique_slugs(values)))
    if elsewhere is not None:
        return f"is not a known key here; did you mean {quote(elsewhere)}?"
    return f"is not a known key; known here are {list_words(known, 'and')}"


def _expected_words(error: ErrorDetails) -> list[str]:
    return [word.strip("'") for word in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]


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


def to_problems(
    findings: Iterable[Finding], values: Values, origins: Mapping[Location, str]
) -> tuple[Problem, ...]:
    """Name the place of each finding for the user.

    `origins` holds, for each location that was set from the command line, what was written there.
    """
    slugs = unique_slugs(values)
    return tuple(
        Problem(
            format_location(finding.location, slugs), finding.message + _origin(finding, origins)
        )
        for finding in findings
    )


def format_location(location: Location, slugs: Sequence[str | None]) -> str:
    """Print a location as a dotted path; `slugs` are those of the models, in their order."""
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
    models = values.get("models")
    slugs = [slug_of(model) for model in models] if isinstance(models, list) else []
    return [slug if slugs.count(slug) == 1 else None for slug in slugs]


def slug_of(model: object) -> str | None:
    """Return the slug that a model of the file has, or would be given."""
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
