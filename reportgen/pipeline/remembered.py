"""Analyses and drafts, kept in memory for builds that differ in their prose alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

from reportgen.config.keys import digest
from reportgen.config.plan import PRESENTATION
from reportgen.config.registration import find_plan
from reportgen.config.schema import Experiment
from reportgen.pipeline.preparation import Prepared
from reportgen.resources import resource_folder
from reportgen.results.evidence import Evidence
from reportgen.results.records import RunOutcome
from reportgen.studies import asked_studies

if TYPE_CHECKING:
    from reportgen.analysis.facts import Facts
    from reportgen.figures import FigureSpec
    from reportgen.figures.plan.images import ShownImages
    from reportgen.report.view import View


Kept = TypeVar("Kept")


class Memory:
    """Results under the digests of all that they are made from; the latest ones only."""

    def __init__(self, most: int = 12) -> None:
        """Keep at most so many results: those of about two experiments."""
        self._most = most
        self._kept: dict[str, Any] = {}

    def recall(self, key: str, make: Callable[[], Kept]) -> Kept:
        """Return what is kept under `key`, or else what `make` returns, which is kept then."""
        found: Kept = self._kept.pop(key) if key in self._kept else make()
        self._kept[key] = found
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return found


@dataclass(frozen=True)
class Analysed:
    """A build whose runs are analysed and whose figures are drawn."""

    evidence: Evidence
    facts: Facts
    figures: tuple[tuple[FigureSpec, str, str], ...]
    """Each with its SVG."""
    images: ShownImages | None
    """The test images that the figures show."""
    outcomes: tuple[RunOutcome, ...]
    """What this build did about each run."""

    def presented(self, prepared: Prepared) -> Analysed:
        """Return the same analysis with the prose of another build, which reuses all runs."""
        evidence = self.evidence.with_header(
            experiment=prepared.loaded.experiment.model_dump(mode="json")
        )
        outcomes = tuple(each.model_copy(update={"outcome": "reused"}) for each in self.outcomes)
        return replace(self, evidence=evidence, outcomes=outcomes)


def analysis_key(prepared: Prepared) -> str | None:
    """Return the digest of all that an analysis is made from; None where it is not kept.

    None where a run is missing, where code or files of the user's own are read, and where runs were
    selected, imported or left out.
    """
    loaded, request = prepared.loaded, prepared.request
    experiment = loaded.experiment
    plan = find_plan(loaded.path)
    own = (
        *(prepared.swept, prepared.failed, prepared.imported, prepared.images),
        *(loaded.find_metric_plugins(), loaded.find_study_plugins()),
        *_files_of_studies(experiment),
    )
    keys = [run.key for run in prepared.planned]
    if any(own) or not set(keys) <= set(prepared.store.keys("run")):
        return None
    return digest(
        {
            "runs": [[run.model, run.seed, run.key] for run in prepared.planned],
            "plan": plan.model_dump(mode="json") if plan else None,
            "data": prepared.dataset.record.model_dump(mode="json"),
            "experiment": experiment.model_dump(mode="json", exclude=set(PRESENTATION)),
            "folders": [str(request.output.resolve()), str(request.data_dir)],
        }
    )


def draft_key(prepared: Prepared, view: View) -> str | None:
    """Return the digest of all that a draft of the HTML is made from; None where it is not kept."""
    analysed, experiment = analysis_key(prepared), view.experiment
    if analysed is None or view.presentation.templates:
        return None
    notes = experiment.notes.model_dump()
    # They may be edited while a report is served.
    templates = sorted(resource_folder("templates").rglob("*.j2"))
    return digest(
        {
            "analysis": analysed,
            "experiment": experiment.model_dump(mode="json", exclude={"notes"}),
            # The text of a note is filled into the draft; which notes there are is part of it.
            "notes": [name for name, text in notes.items() if text.strip()],
            "templates": [[path.name, sha256(path.read_bytes()).hexdigest()] for path in templates],
            "plan": view.plan,
            "command": view.presentation.command,
            "slug": view.presentation.slug,
            "date": view.date,
        }
    )


def _files_of_studies(experiment: Experiment) -> list[str]:
    """Return the files that studies of an experiment read images from."""
    return [
        file
        for study, settings in asked_studies(experiment)
        if study.images is not None
        for file in study.images.files(settings).values()
    ]
