"""Writes docs/reference.md from the code: `python docs/reference.py`. A test compares the two."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
import types
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue
from pydantic_core import PydanticUndefined

from reportgen.analysis.facts import Facts
from reportgen.config.limits import (
    DEEPEST,
    LARGEST_FILE,
    LONGEST_LISTS,
    LONGEST_TEXT,
    MOST_BITS,
    MOST_KEYS,
)
from reportgen.config.quotations import FIGURES
from reportgen.config.schema import Experiment
from reportgen.config.sweep import Range
from reportgen.formatting import FORMATS
from reportgen.metrics import shipped_metrics
from reportgen.studies import shipped_studies

PATH = Path(__file__).with_suffix(".md")
_DEFAULTS = {"data.name": "`mnist`", "models.slug": "from the name"}
"""Defaults that follow from other values, by the path of the key."""

HEADER = """# Reference

Generated from the code by `python docs/reference.py`; a test keeps it up to date.

- [Keys of an experiment file](#keys-of-an-experiment-file)
- [Quotations in notes](#quotations-in-notes)
- [Metrics](#metrics)
- [Paths of the facts](#paths-of-the-facts)
- [Formats](#formats)

What a template may call is in [templates/README.md](../templates/README.md), what `results.json`
holds in [results-json.md](results-json.md).
"""


def write_reference() -> str:
    """Return the page."""
    parts = [HEADER, *_experiment(), *_quotations(), *_metrics(), *_facts(), *_formats()]
    return "\n".join(parts) + "\n"


def _experiment() -> Iterator[str]:
    yield "## Keys of an experiment file\n"
    yield (
        "Every key except those of the studies, which [studies.md](studies.md) describes. A list "
        "of tables, such as `[[models]]`, is written once for each entry.\n"
    )
    yield (
        f"A file has at most {LARGEST_FILE >> 20} MiB, {DEEPEST} tables and lists within each "
        f"other, {MOST_KEYS:,} keys in a table, {LONGEST_TEXT:,} characters in a text and "
        f"{MOST_BITS} bits in a whole number. Lists have at most "
        + ", ".join(
            f"{most:,} `{'.'.join(map(str, path))}`" for path, most in LONGEST_LISTS.items()
        )
        + ".\n"
    )
    yield "| Key | Value | Default | Meaning |"
    yield "|---|---|---|---|"
    for path, record, name in _walk(Experiment, "", table_step=".<path>", list_step=""):
        field = record.model_fields[name]
        if not _is_table(field.annotation) or get_origin(field.annotation) is dict:
            default = _DEFAULTS.get(path) or _default(field.default)
            meaning = _document(record).get(name, "")
            yield f"| `{path}` | {_type(field.annotation)} | {default} | {_cell(meaning)} |"
    yield ""


def _facts() -> Iterator[str]:
    yield "## Paths of the facts\n"
    yield (
        "`number(path, format)` in a template, `[[path|format]]` in a claim. `<name>` is the "
        "name of an entry: the slug of a model, `<first>--<second>` for a pair of models, the name "
        "of a metric, a class or a study; `<n>` is a position, counted from 0. Unknown values are "
        "null.\n"
    )
    yield "| Path | Value | Meaning |"
    yield "|---|---|---|"
    yield from _paths(Facts, "")
    for study in shipped_studies().values():
        if study.result is not None:
            yield from _paths(study.result, f"studies.{study.name}.")
    yield ""


def _paths(facts: type[BaseModel], prefix: str) -> Iterator[str]:
    for path, record, name in _walk(facts, prefix, table_step=".<name>", list_step=".<n>"):
        field = record.model_fields[name]
        if not _is_table(field.annotation):
            # The facts are read as JSON, from templates and from results.json.
            meaning = re.sub(r"\bNone\b", "null", _document(record).get(name, ""))
            yield f"| `{path}` | {_type(field.annotation)} | {_cell(meaning)} |"


def _quotations() -> Iterator[str]:
    yield "## Quotations in notes\n"
    yield (
        'In a note, `{{ accuracy("cnn") }}` prints a value of the results; `verify` recomputes it. '
        "Models are named by slug or name, classes by name or position, from 0.\n"
    )
    yield "| Names | Quoted for |"
    yield "|---|---|"
    for kinds in dict.fromkeys(FIGURES.values()):
        names = ", ".join(f"`{name}`" for name, called in FIGURES.items() if called == kinds)
        both = (
            "two models" if kinds == ("model", "model") else " and ".join(f"a {k}" for k in kinds)
        )
        yield f"| {names} | {both} |"
    yield ""


def _metrics() -> Iterator[str]:
    yield "## Metrics\n"
    yield "Names for `[analysis] metrics` and `primary`.\n"
    yield "| Name | Needs | Better | Meaning | Source |"
    yield "|---|---|---|---|---|"
    for name, metric in sorted(shipped_metrics().items()):
        needs = "probabilities" if metric.needs_probabilities else "classes"
        better = "higher" if metric.higher_is_better else "lower"
        meaning = _cell(_noun(_first_sentence(metric.compute.__doc__)))
        yield f"| `{name}` | {needs} | {better} | {meaning} | {_cell(metric.source)} |"
    yield ""


def _formats() -> Iterator[str]:
    yield "## Formats\n"
    yield "| Name | What it prints |"
    yield "|---|---|"
    for name, function in FORMATS.items():
        printed = (inspect.getdoc(function) or "").partition(">>>")[0]
        yield f"| `{name}` | {_cell(_noun(printed))} |"


def _walk(
    record: type[BaseModel], prefix: str, table_step: str, list_step: str
) -> Iterator[tuple[str, type[BaseModel], str]]:
    """Yield the dotted path of each field below `record`, with the record that holds it."""
    for name, field in record.model_fields.items():
        path = f"{prefix}{name}"
        yield path, record, name
        for inner, step in _inner_records(field.annotation, table_step, list_step):
            yield from _walk(inner, f"{path}{step}.", table_step, list_step)


def _inner_records(
    annotation: Any, table_step: str, list_step: str
) -> Iterator[tuple[type[BaseModel], str]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation, ""
    origin, inner = get_origin(annotation), get_args(annotation)
    step = table_step if origin is dict else list_step if origin is tuple else ""
    for each in inner:
        for record, deeper in _inner_records(each, table_step, list_step):
            yield record, step + deeper


def _is_table(annotation: Any) -> bool:
    return any(True for _ in _inner_records(annotation, "", ""))


def _type(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(each) for each in inner if each is not type(None))
    if origin is tuple:
        return f"list of {_type(inner[0])}"
    if origin in (dict, Mapping):
        return f"table of {_type(inner[1])}"
    if hasattr(annotation, "__metadata__"):
        return _type(inner[0])
    if annotation is Range:
        return "range"
    if annotation is JsonValue or annotation is Any:
        return "value"
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return names.get(annotation, getattr(annotation, "__name__", "any"))


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "required"
    if value is None or value in ((), {}, ""):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


@cache
def _document(record: type[BaseModel]) -> dict[str, str]:
    """Return the docstring below each field of a record, of those it inherits too."""
    documents: dict[str, str] = {}
    for base in reversed(record.__mro__):
        if issubclass(base, BaseModel) and base.__module__ != BaseModel.__module__:
            documents |= _attribute_documents(base)
    return documents


def _attribute_documents(record: type[BaseModel]) -> dict[str, str]:
    try:
        source = inspect.getsource(record)
    except OSError:
        # Made by a function: its fields are those of another record, which is documented.
        return {}
    tree = ast.parse(textwrap.dedent(source)).body[0]
    assert isinstance(tree, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _first_sentence(document: str | None) -> str:
    return re.split(r"(?<=\.)\s", inspect.cleandoc(document or ""), maxsplit=1)[0]


def _noun(sentence: str) -> str:
    """Return what a function returns or prints, from the sentence that begins with the verb."""
    text = re.sub(r"^(?:Return|Print) ", "", sentence)
    return text[:1].upper() + text[1:]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PATH.write_text(write_reference(), encoding="utf-8")
    sys.stdout.write(f"Written to {PATH}\n")
