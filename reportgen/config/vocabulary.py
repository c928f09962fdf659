"""What the schema allows, in plain words: for messages that say what may stand in a file."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from reportgen.config.schema import Experiment

Location = tuple[str | int, ...]
"""Keys and list positions that lead to a value, as in `("models", 0, "dropout")`."""

LONGEST_SHOWN = 60
"""Characters of a wrong value that a message repeats."""


def show(value: object) -> str:
    """Print what came, as a TOML file writes it."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date | datetime.time):
        return f"the date or time {value.isoformat()}"
    if isinstance(value, str):
        return "empty text" if not value else f"the text {quote(_shorten(value))}"
    return _shorten(str(value))


def quote(text: str) -> str:
    """Put text into quotation marks; characters that could garble a terminal are escaped."""
    printable = all(character.isprintable() for character in text)
    return json.dumps(text, ensure_ascii=not printable)


def list_words(words: Iterable[str], conjunction: str = "or") -> str:
    """Print `a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def suggest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "epochs"?` with the nearest known word, or nothing."""
    lower = {each.lower(): each for each in known}
    nearest = get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return f"; did you mean {quote(lower[nearest[0]])}?" if nearest else ""


def describe_at(location: Location, choices: Mapping[str, Iterable[str]]) -> str:
    """Say what the schema allows at `location`, such as `a whole number of at least 1`.

    `choices` gives the words allowed for fields, by name, whose words the schema does not know.
    """
    if location and location[-1] in choices:
        return _one_of(choices[str(location[-1])])
    annotation, constraints = _field_at(location)
    allowed = _describe(annotation, constraints)
    heading = ".".join(step for step in location if isinstance(step, str))
    return f"{allowed}, each under its own [[{heading}]]" if _holds_tables(annotation) else allowed


def wants_text(location: Location) -> bool:
    """Say whether a text stands at `location`."""
    return _field_at(location)[0] is str


def keys_at(location: Location) -> tuple[str, ...]:
    """Return the keys that the table at `location` knows; none where any key may stand."""
    annotation, _ = _field_at(location)
    return tuple(annotation.model_fields) if _is_table(annotation) else ()


def find_key(name: str, location: Location, place: str) -> str | None:
    """Return the dotted path of the field `name`, for a key that was put into a wrong table.

    The table at `location`, printed as `place`, is searched first, then the whole file.
    """
    here, _ = _field_at(location)
    inner = [f"{place}.{path}" for path in _paths(here)] if place and _is_table(here) else []
    return next(
        (path for path in [*inner, *_paths(Experiment)] if path.split(".")[-1] == name), None
    )


def _paths(table: type[BaseModel]) -> Iterator[str]:
    for name, field in table.model_fields.items():
        yield name
        annotation, _ = _unwrap(field.annotation, ())
        step = name
        if _holds_tables(annotation):
            annotation = get_args(annotation)[0]
            step = f"{name}.<slug>" if name == "models" else f"{name}[1]"
        if _is_table(annotation):
            yield from (f"{step}.{path}" for path in _paths(annotation))


def _field_at(location: Location) -> tuple[Any, Sequence[Any]]:
    annotation: Any = Experiment
    constraints: Sequence[Any] = ()
    for step in location:
        if _is_table(annotation) and step in annotation.model_fields:
            field = annotation.model_fields[step]
            annotation, constraints = _unwrap(field.annotation, field.metadata)
        elif get_origin(annotation) is tuple:
            annotation, constraints = _unwrap(get_args(annotation)[0], ())
        elif get_origin(annotation) is dict:
            annotation, constraints = _unwrap(get_args(annotation)[1], ())
        else:
            return Any, ()
    return annotation, constraints


def _unwrap(annotation: Any, constraints: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
    """Take `Annotated` and `| None` off a type, and keep their constraints."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        found = [
            constraint
            for item in metadata
            for constraint in (item.metadata if isinstance(item, FieldInfo) else [item])
        ]
        return _unwrap(inner, [*constraints, *found])
    if get_origin(annotation) in (Union, UnionType):
        present = [item for item in get_args(annotation) if item is not NoneType]
        if len(present) == 1:
            return _unwrap(present[0], constraints)
    return annotation, constraints


def _describe(annotation: Any, constraints: Sequence[Any]) -> str:
    if get_origin(annotation) in (Union, UnionType):
        kinds = [item for item in get_args(annotation) if item is not NoneType]
        return list_words(_describe(*_unwrap(item, constraints)) for item in kinds)
    if get_origin(annotation) is Literal:
        return _one_of(get_args(annotation))
    if get_origin(annotation) is tuple:
        return _describe_list(annotation, constraints)
    if get_origin(annotation) is dict or _is_table(annotation):
        return "a table"
    if annotation is str:
        return _describe_text(constraints)
    kind = {int: "a whole number", float: "a number", bool: "true or false"}.get(
        annotation, "a value"
    )
    return f"{kind}{_describe_range(constraints)}"


def _describe_list(annotation: Any, constraints: Sequence[Any]) -> str:
    if _holds_tables(annotation):
        return "a list of tables"
    item, _ = _unwrap(get_args(annotation)[0], ())
    kind = {int: "whole numbers", float: "numbers", str: "texts"}.get(item, "lists")
    least, most = _bound(constraints, "min_length"), _bound(constraints, "max_length")
    if least is not None and least == most:
        return f"a list of {least} {kind}"
    return f"a list of {kind}" if least is None else f"a list of {least} or more {kind}"


def _describe_text(constraints: Sequence[Any]) -> str:
    if _bound(constraints, "pattern") is not None:
        return 'lower-case letters and digits joined by single hyphens, such as "cnn-dropout"'
    least, most = _bound(constraints, "min_length"), _bound(constraints, "max_length")
    if most is not None:
        return f"text of {least or 0} to {most} characters"
    return "text" if least is None else "text that is not empty"


def _describe_range(constraints: Sequence[Any]) -> str:
    at_least, at_most = _bound(constraints, "ge"), _bound(constraints, "le")
    if at_least is not None and at_most is not None:
        return f" from {_plain(at_least)} to {_plain(at_most)}"
    words = {"ge": "of at least", "gt": "above", "le": "at most", "lt": "below"}
    bounds = [(word, _bound(constraints, name)) for name, word in words.items()]
    return " and".join(f" {word} {_plain(bound)}" for word, bound in bounds if bound is not None)


def _one_of(words: Iterable[str | int]) -> str:
    return list_words(quote(word) if isinstance(word, str) else str(word) for word in words)


def _bound(constraints: Sequence[Any], name: str) -> Any:
    """Return the value of the constraint called `ge`, `lt`, `min_length` and the like, or None."""
    values = (getattr(constraint, name, None) for constraint in constraints)
    return next((value for value in values if value is not None), None)


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _is_table(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _holds_tables(annotation: Any) -> bool:
    return get_origin(annotation) is tuple and _is_table(get_args(annotation)[0])


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
