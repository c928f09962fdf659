"""The author's notes: numbers quoted from the results, and statements checked against them.

A note may quote `{{ accuracy("cnn") }}`; each such expression is evaluated by a sandboxed Jinja and
becomes a `[[path|format]]` mark. Everything else of a note stays as it was written. What a note
states in its own words is checked by `check`; whatever is not plainly a contradiction passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from reportgen.analysis.notes.check import contradictions
from reportgen.analysis.numbers import MARK, mark, read_number
from reportgen.config.schema import Experiment, Notes
from reportgen.errors import ConfigurationError, Problem, ReportgenError

if TYPE_CHECKING:
    from reportgen.analysis.facts import Facts

_EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class _NoteError(Exception):
    """What is wrong with one expression of a note."""


def finish_notes(experiment: Experiment, facts: Facts, source: str) -> Experiment:
    """Return the experiment with every quoted number of its notes as a mark.

    `source` names the experiment file. Raises ConfigurationError with every expression that cannot
    be evaluated and every statement that the results contradict, each with its line in the note.
    """
    rendered, problems = {}, []
    for section in Notes.model_fields:
        text = getattr(experiment.notes, section)
        rendered[section], found = render_note(text, facts)
        found = [*found, *contradictions(_blank_expressions(text), facts)]
        problems += [
            Problem(f"notes.{section}", f"line {line}: {message}") for line, message in found
        ]
    if problems:
        raise ConfigurationError(source, problems)
    return experiment.model_copy(update={"notes": Notes(**rendered)})


def render_note(text: str, facts: Facts) -> tuple[str, list[tuple[int, str]]]:
    """Return a note with its expressions as marks, and what is wrong: line and message."""
    problems: list[tuple[int, str]] = []
    functions = note_functions(facts)

    def replace(match: re.Match[str]) -> str:
        try:
            return _evaluate(match[1].strip(), functions)
        except _NoteError as error:
            problems.append((_line(text, match.start()), f"`{match[0]}` {error}"))
            return match[0]

    rendered = _EXPRESSION.sub(replace, text)
    problems += _wrong_marks(text, facts)
    return rendered, problems


def _wrong_marks(text: str, facts: Facts) -> Iterator[tuple[int, str]]:
    """Find marks written by hand that name no number."""
    for match in MARK.finditer(text):
        try:
            read_number(match[1], match[2], facts)
        except ReportgenError as error:
            yield _line(text, match.start()), f"`{match[0]}`: {error}"


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _blank_expressions(text: str) -> str:
    """Return `text` with everything quoted from the results blanked out, offsets unchanged."""
    blanked = _EXPRESSION.sub(lambda match: _QUOTED * len(match[0]), text)
    return MARK.sub(lambda match: _QUOTED * len(match[0]), blanked)


_QUOTED = "\ufffc"


def _evaluate(expression: str, functions: dict[str, Callable[..., str]]) -> str:
    # Only a note that quotes a number needs Jinja.
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    environment.globals = dict(functions)
    known = ", ".join(functions)
    try:
        value = environment.compile_expression(expression, undefined_to_none=False)()
        # Undefined names raise only when they are printed.
        text = str(value)
    except _NoteError:
        raise
    except TemplateError as error:
        raise _NoteError(
            f"cannot be evaluated: {error.message}; a note may call {known}"
        ) from error
    except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
        raise _NoteError(f"cannot be evaluated: {error}; a note may call {known}") from error
    if not isinstance(value, str | int | float):
        raise _NoteError(f"is no number; a note may call {known}")
    return text


def note_functions(facts: Facts) -> dict[str, Callable[..., str]]:
    """Return what a note may call: each function returns the mark of a number."""

    def of_model(path: str, format_name: str) -> Callable[..., str]:
        def quote(model: str) -> str:
            return mark(f"models.{_model(facts, model)}.{path}", format_name)

        return quote

    def of_class(metric: str) -> Callable[..., str]:
        def quote(model: str, class_name: str | int) -> str:
            index = _class(facts, class_name)
            return mark(f"models.{_model(facts, model)}.per_class.{index}.{metric}.mean", "score")

        return quote

    def of_pair(path: str, format_name: str) -> Callable[..., str]:
        def quote(first: str, second: str) -> str:
            return mark(f"pairs.{_pair(facts, first, second)}.{path}", format_name)

        return quote

    return {
        "accuracy": of_model("accuracy.mean", "percent"),
        "macro_f1": of_model("macro_f1.mean", "score"),
        "micro_f1": of_model("micro_f1.mean", "score"),
        "weighted_f1": of_model("weighted_f1.mean", "score"),
        "train_accuracy": of_model("overfitting.train_accuracy.mean", "percent"),
        "gap": of_model("overfitting.gap.mean", "points"),
        "parameters": of_model("summary.parameters", "integer"),
        "multiply_adds": of_model("summary.multiply_adds", "magnitude"),
        "train_seconds": of_model("costs.train_seconds.mean", "seconds"),
        "precision": of_class("precision"),
        "recall": of_class("recall"),
        "f1": of_class("f1"),
        "difference": of_pair("difference.value", "size_in_points"),
        "p_value": of_pair("p_adjusted", "p_value"),
    }


def _model(facts: Facts, called: object) -> str:
    """Return the slug of a model that is called by its slug or its name."""
    for slug, model in facts.models.items():
        if isinstance(called, str) and called.lower() in (slug, model.name.lower()):
            return slug
    raise _NoteError(f"names no model {_show(called)}; there are {_list(list(facts.models))}")


def _class(facts: Facts, called: object) -> int:
    """Return the index of a class that is called by its name, or by its index."""
    classes = facts.dataset.classes
    if str(called) in classes:
        return classes.index(str(called))
    if isinstance(called, int) and 0 <= called < len(classes):
        return called
    raise _NoteError(f"names no class {_show(called)}; there are {_list(classes)}")


def _pair(facts: Facts, first: object, second: object) -> str:
    one, other = _model(facts, first), _model(facts, second)
    for key in (f"{one}--{other}", f"{other}--{one}"):
        if key in facts.pairs:
            return key
    raise _NoteError(f"compares {_show(first)} with itself; name two models")


def _show(value: object) -> Any:
    return f'"{value}"' if isinstance(value, str) else value


def _list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
