"""Render a document again from what it carries, with the code that built it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from reportgen import __version__
from reportgen.analysis.facts import Facts
from reportgen.errors import VerificationFailed
from reportgen.figures import FigureSpec
from reportgen.figures.plan.images import ShownImages
from reportgen.report.carried import Carried, facts_of
from reportgen.report.exports import results_document, results_json
from reportgen.report.view import View, make_view
from reportgen.results.records import Dataset
from reportgen.studies.presentation import plan_figures
from reportgen.verification.consistency import check_evidence
from reportgen.verification.findings import Finding


@dataclass(frozen=True)
class Derived:
    """What follows from the evidence of a report."""

    carried: Carried
    facts: Facts
    specs: tuple[FigureSpec, ...]
    drawings: dict[str, str] = field(default_factory=dict, repr=False)
    """Slug of a figure → its drawing, of those that were drawn."""


def derive(carried: Carried) -> Derived:
    """Recompute all numbers and plan all figures; raises VerificationFailed where none follow."""
    return derive_from(carried, facts_of(carried.evidence))


def derive_from(carried: Carried, facts: Facts) -> Derived:
    """Plan what a report with these facts shows."""
    evidence, presentation = carried.evidence, carried.presentation
    dataset = Dataset(
        record=evidence.header.dataset,
        train_labels=evidence.train_labels,
        test_labels=evidence.test_labels,
        test_inputs=None,
    )
    shown = presentation.images
    images = ShownImages(presentation.inverted, shown) if shown else None
    try:
        specs = plan_figures(facts, dataset, images)
    except (LookupError, ValueError) as error:
        raise VerificationFailed(
            f"the report does not contain the images that its figures show: {error}"
        ) from error
    return Derived(carried, facts, specs)


def contradictions(carried: Carried) -> tuple[Finding, ...]:
    """Return where the evidence contradicts itself.

    Other versions of reportgen have other rules; their reports are not judged.
    """
    if carried.evidence.header.reportgen != __version__:
        return ()
    return (*check_evidence(carried.evidence), *_check_command(carried.presentation.command))


def _check_command(command: str) -> Iterator[Finding]:
    """Yield a command that reportgen does not write: readers paste it into a shell."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    is_quoted = shlex.join(words) == command
    is_ours = words[:1] == ["reportgen"] or words[:3] == ["python", "-m", "reportgen"]
    if not (is_quoted and is_ours) and not _CALL.fullmatch(command):
        yield Finding("evidence", "the command", f"“{command[:200]}” is not one of reportgen")


_CALL = re.compile(r"reportgen\.compare\(y_true, \{.*\}\)")
"""What a script of the author's calls, with the names of models; a shell runs no part of it."""


def make_view_again(derived: Derived, draw: Callable[[FigureSpec], str]) -> View:
    """Draw the figures and return the view; raises VerificationFailed where one has no drawing."""
    try:
        figures = [(spec, draw(spec)) for spec in derived.specs]
        derived.drawings.update({spec.slug: svg for spec, svg in figures})
    except (LookupError, ValueError, TypeError, ArithmeticError) as error:
        raise VerificationFailed(
            f"a figure cannot be drawn from the evidence in the report: {error!r}"
        ) from error
    document = results_document(derived.carried.evidence, derived.facts, derived.specs)
    return make_view(derived.carried, derived.facts, figures, results_json(document))


def nudge(facts: Facts, factor: float) -> Facts:
    """Return `facts` with every number that is no count multiplied by `factor`."""
    return Facts.model_validate(_scale(facts.model_dump(mode="python"), factor))


def _scale(value: Any, factor: float) -> Any:
    if isinstance(value, float):
        return value * factor
    if isinstance(value, dict):
        return {name: _scale(each, factor) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return tuple(_scale(each, factor) for each in value)
    return value
