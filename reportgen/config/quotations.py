"""What an author's note quotes from the results: `{{ accuracy("cnn") }}`.

A quotation is the name of a figure with models or classes in quotation marks. It is read and never
run. Everything else in a note, `[[…]]` and other braces included, is the author's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reportgen.characters import quote
from reportgen.config.vocabulary import suggest
from reportgen.errors import ReportgenError
from reportgen.wording import join

FIGURES: Mapping[str, tuple[str, ...]] = {
    "accuracy": ("model",),
    "macro_f1": ("model",),
    "micro_f1": ("model",),
    "weighted_f1": ("model",),
    "train_accuracy": ("model",),
    "gap": ("model",),
    "parameters": ("model",),
    "multiply_adds": ("model",),
    "train_seconds": ("model",),
    "precision": ("model", "class"),
    "recall": ("model", "class"),
    "f1": ("model", "class"),
    "difference": ("model", "model"),
    "p_value": ("model", "model"),
}
"""What can be quoted → what it is called with."""

_EXPRESSION = re.compile(r"\{\{.{0,300}?\}\}", re.DOTALL)
_ARGUMENT = r"""(?:"[^"]*"|'[^']*'|[0-9]{1,9})"""
_CALL = re.compile(
    rf"\{{\{{\s*([A-Za-z0-9_]+)\s*\(\s*((?:{_ARGUMENT}\s*(?:,\s*|(?=\))))*)\)\s*\}}\}}"
)


@dataclass(frozen=True)
class Quotation:
    """One figure that a note quotes."""

    figure: str
    arguments: tuple[str | int, ...]


Models = Mapping[str, str]
"""The models of an experiment, as a note may call them: slug → name."""


def split_note(text: str) -> tuple[str | Quotation, ...]:
    """Split a note into the author's text and its quotations; what is no quotation is text."""
    parts: list[str | Quotation] = []
    end = 0
    for match in _EXPRESSION.finditer(text):
        try:
            quotation = _read(match[0])
        except ReportgenError:
            continue
        parts += [text[end : match.start()], quotation]
        end = match.end()
    return (*parts, text[end:])


def find_mistakes(text: str, models: Models, classes: Sequence[str] | None) -> Iterator[str]:
    """Yield what is wrong with each quotation of a note, with its line.

    `classes` are the names of the classes; None where they are not known yet.
    """
    for match in _EXPRESSION.finditer(text):
        try:
            check_names(_read(match[0]), models, classes)
        except ReportgenError as error:
            line = text.count("\n", 0, match.start()) + 1
            yield f"line {line}: `{match[0]}` {error}"


def check_names(quotation: Quotation, models: Models, classes: Sequence[str] | None) -> None:
    """Raise ReportgenError where a quotation names a model or class that does not exist."""
    kinds = FIGURES[quotation.figure]
    called = zip(kinds, quotation.arguments, strict=True)
    slugs = [find_model(argument, models) for kind, argument in called if kind == "model"]
    if len(slugs) > 1 and len(set(slugs)) == 1:
        raise ReportgenError("compares a model with itself; name two models")
    if "class" in kinds and classes is not None:
        find_class(quotation.arguments[1], classes)


def find_model(called: str | int, models: Models) -> str:
    """Return the slug of the model called by slug or name; raises ReportgenError."""
    for slug, name in models.items():
        if isinstance(called, str) and called.casefold() in (slug, name.casefold()):
            return slug
    known, hint = join(map(quote, models)), suggest(str(called), models)
    raise ReportgenError(f"names no model {_show(called)}; the models are {known}{hint}")


def find_class(called: str | int, classes: Sequence[str]) -> int:
    """Return the index of a class that is called by name or index; raises ReportgenError."""
    if str(called) in classes:
        return classes.index(str(called))
    if isinstance(called, int) and called < len(classes):
        return called
    known = join(map(quote, classes)) if len(classes) <= 100 else "many"
    raise ReportgenError(
        f"names no class {_show(called)}; the classes are {known}{suggest(str(called), classes)}"
    )


def _read(text: str) -> Quotation:
    call = _CALL.fullmatch(text)
    if call is None:
        raise ReportgenError(
            "is not a quotation; write the name of a value and a model, such as "
            '{{ accuracy("cnn") }}'
        )
    if call[1] not in FIGURES:
        known = join(FIGURES)
        raise ReportgenError(
            f"quotes no known value; the known values are {known}{suggest(call[1], FIGURES)}"
        )
    found = re.findall(_ARGUMENT, call[2])
    arguments = tuple(int(part) if part.isdecimal() else part[1:-1] for part in found)
    kinds = FIGURES[call[1]]
    if len(arguments) != len(kinds):
        raise ReportgenError(f"must name {join([f'a {kind}' for kind in kinds])}")
    return Quotation(call[1], arguments)


def _show(called: str | int) -> str:
    return quote(called) if isinstance(called, str) else str(called)
