"""Studies: one folder each, found by being here; it defines a `Study` called `study`.

A study of the user's own is a `Study` in a file that an experiment names:
`plugin = "mine.py:study"`.

`analyse` is the whole analysis of a report, its studies included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from reportgen.analysis.facts import Claim, Facts
from reportgen.analysis.numbers import mark
from reportgen.config.schema import Experiment
from reportgen.results.evidence import Evidence
from reportgen.studies.study import CannotStudy, Study, StudyInputs, StudySettings

__all__ = [
    "CannotStudy",
    "Claim",
    "Study",
    "StudyInputs",
    "StudySettings",
    "analyse",
    "asked_studies",
    "mark",
    "shipped_studies",
]


@cache
def shipped_studies() -> dict[str, Study]:
    """Return the studies that come with reportgen, by name, in the order of their sections."""
    folders = [Path(__path__[0], each.name) for each in iter_modules(__path__) if each.ispkg]
    studies: list[Study] = [
        replace(
            import_module(f"{__name__}.{folder.name}").study,
            section=(folder / "section.md.j2").read_text(encoding="utf-8"),
        )
        for folder in folders
    ]
    studies.sort(key=lambda study: (study.place, study.name))
    return {each.name: each for each in studies}


def asked_studies(experiment: Experiment) -> Iterator[tuple[Study, Any]]:
    """Yield each shipped study that an experiment asks for, with its settings."""
    for name, study in shipped_studies().items():
        settings = study.settings_in(experiment.studies.get(name))
        if settings is not None:
            yield study, settings


def analyse(evidence: Evidence) -> Facts:
    """Return every number and every sentence of a report; pure and deterministic."""
    # SciPy is loaded only where there is something to compute.
    from reportgen.studies.assembly import assemble

    return assemble(evidence)
