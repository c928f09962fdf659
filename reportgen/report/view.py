"""The view model: everything that a report is written from, and what of it templates may use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from reportgen.analysis.facts import Facts, ModelFacts, known
from reportgen.analysis.phrases import measure_of
from reportgen.config.schema import Experiment
from reportgen.config.settings import slugify
from reportgen.data.catalogue import title_of
from reportgen.figures import FigureSpec
from reportgen.figures.plan import confused_images
from reportgen.figures.plan.images import Sheet, ShownImages, make_sheet
from reportgen.plugins.digests import parse
from reportgen.report.carried import Carried
from reportgen.report.environments import group_by_environment
from reportgen.report.glyphs import find_missing_glyphs
from reportgen.report.training_settings import own_rows, shared_rows
from reportgen.results.evidence import EvidenceHeader
from reportgen.results.presentation import Presentation
from reportgen.wording import architecture_title, ranges


@dataclass(frozen=True)
class ReportFigure:
    """A figure with its drawing in print, and that on screens where it is another."""

    spec: FigureSpec
    svg: str
    screen: str = ""


@dataclass(frozen=True)
class View:
    """One report, before its templates are filled in; they see `template_data` of it."""

    experiment: Experiment
    header: EvidenceHeader
    presentation: Presentation
    facts: Facts
    figures: tuple[ReportFigure, ...]
    evidence: bytes
    """Evidence and presentation, as the documents carry them."""
    results: bytes
    """results.json, which the PDF carries too."""
    sheet: Sheet | None = None
    """The test images that open from cells of confusion matrices."""

    @property
    def asked_for(self) -> str | None:
        """Title of the data set that this one replaces."""
        stand_in = self.facts.dataset.stand_in_for
        return title_of(stand_in) if stand_in else None

    @property
    def authors(self) -> str:
        """From the cover's lines, for the metadata; empty where no line names them."""
        for label, value in self.experiment.cover.items():
            if re.sub(r"[\s:：]+", "", label).casefold() in _AUTHOR_LINES:
                return value
        return ""

    @property
    def date(self) -> str:
        """As the cover prints it: that of the experiment file, or the day of the last run."""
        made = [run.record.provenance for run in self.header.runs]
        ends = [each.ended for each in made if each]
        if self.experiment.report.date or not ends:
            return self.experiment.report.date or ""
        day = date.fromisoformat(max(ends)[:10])
        return f"{day.day} {day:%B %Y}"

    @property
    def plugin_files(self) -> dict[str, str]:
        """The text of each file of a plug-in, as the report was made with it."""
        carried = [
            *(run.record.plugin_files for run in self.header.runs),
            *(metric.files for metric in self.header.custom_metrics),
            *(study.files for study in self.header.custom_studies),
        ]
        return {name: text for files in carried for name, text in files.items()}

    @property
    def plan(self) -> dict[str, Any] | None:
        """The plan that was written before the first run, and how the report deviates from it."""
        if not (self.facts.plan and self.header.plan):
            return None
        return {**self.facts.plan.model_dump(mode="json"), "text": self.header.plan.text}


_AUTHOR_LINES = frozenset(
    ("author", "authors", "student", "students", "name", "names", "by", "作者", "姓名", "学生")
)


def make_view(
    carried: Carried,
    facts: Facts,
    figures: Sequence[tuple[FigureSpec, str] | tuple[FigureSpec, str, str]],
    results_file: bytes = b"{}",
) -> View:
    """Return the view of one build: a function of what its documents carry.

    Facts, figures and `results_file` (results.json) follow from the evidence. Raises
    pydantic.ValidationError where its configuration is invalid.
    """
    header, presentation = carried.evidence.header, carried.presentation
    shown = ShownImages(presentation.inverted, presentation.images)
    confused = [index for index in confused_images(facts) if index in presentation.images]
    return View(
        Experiment.model_validate(header.experiment),
        header,
        presentation,
        facts,
        tuple(ReportFigure(*figure) for figure in figures),
        carried.content,
        results_file,
        make_sheet(shown, confused),
    )


def template_data(view: View) -> dict[str, Any]:
    """Return what templates may read, as dictionaries, lists, text, numbers, booleans and None.

    This is the one place where records become plain data: no template gets hold of an object with
    methods of ours, of a path, or of the bytes that a document carries.
    """
    return {
        "facts": plain(view.facts),
        "measure": plain(measure_of(view.facts)),
        "experiment": plain(view.experiment),
        "view": {
            "slug": view.presentation.slug,
            "version": view.header.reportgen,
            "command": view.presentation.command,
            "asked_for": view.asked_for,
            "authors": view.authors,
            "date": view.date,
            "example": view.facts.dataset.example,
            "runs_each": view.facts.runs_each,
            "most_runs": view.facts.most_runs,
            "runs": plain(view.header.runs),
            "seeds": {
                slug: ranges(run.seed for run in model.runs)
                for slug, model in view.facts.models.items()
            },
            "environments": plain(group_by_environment(view.header.runs)),
            "architectures": _group_models(view.facts),
            "training_shared": plain(shared_rows(view.experiment)),
            "training_own": plain(own_rows(view.experiment)),
            "plugin_files": view.plugin_files,
            "training_loop": _training_loop(),
            "plan": view.plan,
            "sheet": plain(view.sheet),
        },
    }


@cache
def _training_loop() -> str:
    """Return the source of one epoch of training, for the appendix; nothing is imported."""
    text = (Path(__file__).parents[1] / "training" / "loop.py").read_text(encoding="utf-8")
    nodes = parse(text).body
    loop = next(node for node in nodes if getattr(node, "name", "") == "train_epoch")
    return ast.get_source_segment(text, loop) or ""


def plain(value: Any) -> Any:
    """Return records, dataclasses and their collections as plain data."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, str | int | float | None):
        return value
    raise TypeError(f"a template cannot be given a {type(value).__name__}")


def find_warnings(view: View) -> tuple[str, ...]:
    """Return what the user should know about the look of a report: scripts that no font has."""
    return find_missing_glyphs("".join(_written_text(view)))


def _written_text(view: View) -> Iterator[str]:
    """Yield the texts that come from outside: reportgen's own use only usual characters."""
    experiment = view.experiment
    yield from (experiment.title, experiment.subtitle, view.date, view.facts.dataset.title)
    yield from experiment.keywords
    for label, value in experiment.cover.items():
        yield label + value
    for part, people in experiment.contributions.items():
        yield part + people
    yield from experiment.notes.model_dump().values()
    yield from (reference.text for reference in experiment.references)
    yield from (model.name for model in experiment.models)
    yield from view.facts.dataset.classes


def _group_models(facts: Facts) -> list[dict[str, Any]]:
    """Return each architecture with the models of the experiment that use it.

    `name` is that of the registry, such as `cnn`, `title` is for headings, `anchor` for links and
    file names; `source` is the text of the function that builds it.
    """
    groups: dict[str, list[ModelFacts]] = {}
    for model in facts.models.values():
        if model.architecture is not None and model.summary is not None:
            groups.setdefault(model.architecture, []).append(model)
    return [
        {
            "name": name,
            "title": architecture_title(name),
            "anchor": slugify(name),
            "models": plain(models),
            "source": known(models[0].summary).source,
        }
        for name, models in groups.items()
    ]
