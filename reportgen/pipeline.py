"""The one composer: asks the store, trains what is missing, hands results on to the report.

`build` is the whole way of the data, read from top to bottom. Rooms that are slow to import
(training, drawing, PDF) are imported where they are first needed: a build whose runs and figures
are all in the store loads neither torch nor matplotlib.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import reportgen
from reportgen.config.environment import Environment, describe_environment
from reportgen.config.explain import Change, explain
from reportgen.config.keys import digest, source_digests
from reportgen.config.loading import LoadedExperiment, load_experiment
from reportgen.config.plan import PlannedRun, plan_runs
from reportgen.config.spec import Ingredients
from reportgen.data.describe import dataset_key, describe_dataset
from reportgen.data.images import Images, read_images
from reportgen.data.sources import Source, find_source
from reportgen.errors import PdfUnavailable, StoreError
from reportgen.results.builds import publish_build, read_results, run_keys
from reportgen.results.datasets import load_dataset, save_dataset
from reportgen.results.evidence import Evidence, collect_evidence
from reportgen.results.files import check_writable
from reportgen.results.records import Dataset, RunOutcome, RunResult
from reportgen.results.runs import kept_ingredients, load_run
from reportgen.results.store import Store
from reportgen.training.registry import ARCHITECTURES

if TYPE_CHECKING:
    from reportgen.analysis.facts import Facts
    from reportgen.figures import FigureSpec
    from reportgen.report.fonts import FontRequest
    from reportgen.report.view import View
    from reportgen.training.runner import Progress

Format = Literal["html", "pdf"]
Pair = tuple[str, int]
"""(model slug, seed)."""

BYTES_PER_RUN = 4 * 2**20
"""Room that a run takes in the store, with its checkpoint; asked for before training."""


@dataclass(frozen=True)
class BuildRequest:
    """What the user asked for."""

    experiment: str | None = None
    """Name of a shipped experiment, or path of a file; None is `paper`."""
    overrides: tuple[str, ...] = ()
    """`dotted.path=value`, as given to `--set`."""
    output: Path = Path("output")
    data_dir: Path | None = None
    device: str = "auto"
    workers: int | None = None
    """Processes to train in; None takes one for each core."""
    formats: tuple[Format, ...] = ("html", "pdf")
    replaces_draft: bool = False
    """Whether the last build was one of many while editing, and need not be kept."""


@dataclass(frozen=True)
class BuildOutcome:
    """What came of a build."""

    folder: Path
    documents: tuple[Path, ...]
    outcomes: tuple[RunOutcome, ...]
    stand_in_reason: str | None
    verdict: str
    """One sentence, in plain text."""
    changes: str
    """What changed since the last build, in one paragraph; empty for the first one."""


@dataclass(frozen=True)
class RunExplanation:
    """What a build would do about one run, and why."""

    model: str
    seed: int
    action: Literal["reuse", "resume", "train"]
    reasons: tuple[Change, ...]
    """How the run differs from the nearest kept one; empty where it is reused."""


class Reporter(Protocol):
    """Whoever shows the user how a build goes on; the command line, a server or a test."""

    def stage(self, message: str) -> None:
        """Say what the build does now."""

    def warn(self, message: str) -> None:
        """Say what the user should know, without ending the build."""

    def plan(self, planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> None:
        """Say which runs there are, and which of them will be trained."""

    def progress(self, progress: Progress) -> None:
        """Say how far a run has come."""


@dataclass(frozen=True)
class Prepared:
    """A build before its first training step."""

    request: BuildRequest
    loaded: LoadedExperiment
    store: Store
    source: Source
    dataset: Dataset
    environment: Environment
    planned: tuple[PlannedRun, ...]
    images: Images | None = field(repr=False)
    """Read already where the data set had to be described; None otherwise."""


def build(request: BuildRequest, reporter: Reporter) -> BuildOutcome:
    """Build the report that `request` asks for, and return what came of it.

    Raises ReportgenError (see `reportgen.errors`) for everything that a user can cause. Where the
    PDF cannot be written, the HTML is published before PdfUnavailable is raised.
    """
    prepared = prepare(request, reporter)
    folder = request.output / prepared.loaded.slug
    previous = read_results(folder)
    outcomes = train_missing(prepared, reporter, previous)
    results = load_results(prepared)
    evidence = collect_evidence(
        reportgen.__version__,
        prepared.loaded.experiment.model_dump(mode="json"),
        prepared.dataset,
        results,
        outcomes,
    )
    facts = cached_facts(prepared.store, evidence)
    figures = cached_figures(prepared.store, facts, prepared.dataset, reporter)
    return _publish(prepared, evidence, facts, figures, results, previous, reporter)


def prepare(request: BuildRequest, reporter: Reporter) -> Prepared:
    """Read the experiment, find and check its data, and plan its runs; trains nothing."""
    loaded = load_experiment(request.experiment, request.overrides, ARCHITECTURES)
    experiment = loaded.experiment
    environment = describe_environment(request.device, experiment.training.precision)
    check_writable(request.output, len(experiment.models) * BYTES_PER_RUN)
    store = Store(request.output / "store", reporter.warn)
    source = find_source(experiment.data, request.data_dir, None, reporter.stage)
    if source.stand_in_reason:
        reporter.warn(source.stand_in_reason)
    key = dataset_key(source, experiment.data)
    dataset, images = load_dataset(store, key), None
    if dataset is None:
        reporter.stage(f"Reading {source.title}")
        images = read_images(source, experiment.data)
        dataset = describe_dataset(source, images)
        save_dataset(store, key, dataset)
    planned = plan_runs(experiment, dataset.record, environment)
    return Prepared(request, loaded, store, source, dataset, environment, planned, images)


def explain_runs(request: BuildRequest, reporter: Reporter) -> tuple[RunExplanation, ...]:
    """Say for each run whether a build would reuse, resume or train it, and why; trains nothing."""
    prepared = prepare(request, reporter)
    kept = _kept_recent_first(prepared)
    checkpoints = set(prepared.store.keys("checkpoint"))
    in_use = {run.key for run in prepared.planned}
    explanations = []
    for run in prepared.planned:
        if load_run(prepared.store, run.key) is not None:
            explanations.append(RunExplanation(run.model, run.seed, "reuse", ()))
            continue
        action: Literal["resume", "train"] = "resume" if run.key in checkpoints else "train"
        explanations.append(RunExplanation(run.model, run.seed, action, explain(run, kept, in_use)))
    return tuple(explanations)


def _kept_recent_first(prepared: Prepared) -> list[Ingredients]:
    """Return what is kept, the runs of the last build first: they explain best what has changed."""
    last = read_results(prepared.request.output / prepared.loaded.slug)
    recent = run_keys(last) if last else frozenset()
    return sorted(kept_ingredients(prepared.store), key=lambda run: digest(run) not in recent)


def train_missing(
    prepared: Prepared, reporter: Reporter, previous: Mapping[str, Any] | None
) -> dict[Pair, RunOutcome]:
    """Train every run that the store does not hold, and return what was done about each."""
    reused = {run.key for run in prepared.planned if load_run(prepared.store, run.key) is not None}
    missing = tuple(run for run in prepared.planned if run.key not in reused)
    reporter.plan(prepared.planned, missing)
    if not missing:
        return _repeat_outcomes(prepared.planned, previous)
    # torch is loaded by training alone, and only where there is something to train.
    from reportgen.training.runner import TrainingOptions, train_runs

    images = prepared.images
    if images is None:
        images = read_images(prepared.source, prepared.loaded.experiment.data)
    options = TrainingOptions(device=prepared.environment.device, workers=prepared.request.workers)
    train_runs(missing, images, prepared.store, options, reporter.progress)
    return {
        (run.model, run.seed): RunOutcome(
            model=run.model,
            seed=run.seed,
            key=run.key,
            outcome="reused" if run.key in reused else _how_trained(prepared.store, run.key),
        )
        for run in prepared.planned
    }


def _how_trained(store: Store, key: str) -> Literal["trained", "resumed"]:
    resumed = _require_run(store, key).provenance.resumed_from_epoch is not None
    return "resumed" if resumed else "trained"


def _repeat_outcomes(
    planned: Sequence[PlannedRun], previous: Mapping[str, Any] | None
) -> dict[Pair, RunOutcome]:
    """Where nothing was trained: a report of the same runs as before says again what it said.

    A rebuild without a change then gives the same bytes.
    """
    said: dict[Pair, tuple[str, Any]] = {}
    for model in (previous or {}).get("models", ()):
        for run in model["runs"]:
            said[model["slug"], run["seed"]] = run["key"], run.get("outcome", "reused")
    same = {pair: key for pair, (key, _) in said.items()} == {
        (run.model, run.seed): run.key for run in planned
    }
    return {
        (run.model, run.seed): RunOutcome(
            model=run.model,
            seed=run.seed,
            key=run.key,
            outcome=said[run.model, run.seed][1] if same else "reused",
        )
        for run in planned
    }


def load_results(prepared: Prepared) -> dict[Pair, RunResult]:
    """Return the results of all planned runs, by (model slug, seed)."""
    return {
        (run.model, run.seed): _require_run(prepared.store, run.key) for run in prepared.planned
    }


def _require_run(store: Store, key: str) -> RunResult:
    result = load_run(store, key)
    if result is None:
        raise StoreError(
            f"the run {key[:12]} was damaged or removed while the report was built; build again"
        )
    return result


PRESENTATION = {"title", "subtitle", "keywords", "cover", "notes", "references", "report"}
"""Tables of an experiment that no fact depends on: editing them does not repeat the analysis."""


def cached_facts(store: Store, evidence: Evidence) -> Facts:
    """Return the facts of `evidence`, from the store where they were computed before."""
    from reportgen.analysis.facts import Facts

    key = _facts_key(evidence)
    entry = store.read("facts", key)
    if entry is not None:
        return Facts.model_validate_json(entry.files["facts.json"])
    from reportgen.analysis import analyse

    facts = analyse(evidence)
    store.write("facts", key, {}, {"facts.json": facts.model_dump_json().encode()})
    return facts


def _facts_key(evidence: Evidence) -> str:
    package = Path(reportgen.__file__).parent
    header = evidence.header.model_dump(mode="json")
    header["experiment"] = {
        name: value for name, value in header["experiment"].items() if name not in PRESENTATION
    }
    return digest(
        {
            "header": header,
            "arrays": evidence.digest(),
            "source": source_digests(package / "analysis"),
            "numpy": version("numpy"),
            "scipy": version("scipy"),
        }
    )


def cached_figures(
    store: Store, facts: Facts, dataset: Dataset, reporter: Reporter
) -> tuple[tuple[FigureSpec, str], ...]:
    """Return every figure with its SVG; draws only those whose data or style changed."""
    from reportgen.figures import figure_key, plan_figures

    drawn = []
    for spec in plan_figures(facts, dataset):
        key = figure_key(spec)
        entry = store.read("figure", key)
        if entry is None:
            from reportgen.figures.drawing import draw_svg

            reporter.stage(f"Drawing {spec.title}")
            files = {"figure.svg": draw_svg(spec).encode()}
            store.write("figure", key, {"slug": spec.slug}, files)
            drawn.append((spec, files["figure.svg"].decode()))
        else:
            drawn.append((spec, entry.files["figure.svg"].decode()))
    return tuple(drawn)


def cached_font(store: Store, request: FontRequest) -> bytes:
    """Return a subset of a font, from the store where it was made before: making one is slow."""
    from reportgen.report.fonts import subset_font

    key = request.key()
    entry = store.read("font", key)
    if entry is not None:
        return entry.files["font.woff2"]
    font = subset_font(request)
    store.write("font", key, {"file": request.face.file}, {"font.woff2": font})
    return font


def _publish(
    prepared: Prepared,
    evidence: Evidence,
    facts: Facts,
    figures: tuple[tuple[FigureSpec, str], ...],
    results: Mapping[Pair, RunResult],
    previous: Mapping[str, Any] | None,
    reporter: Reporter,
) -> BuildOutcome:
    """Write the documents of one build, and return what came of it."""
    from reportgen.analysis.numbers import plain_claim
    from reportgen.report.exports import predictions_archive, results_document, results_json

    request, loaded = prepared.request, prepared.loaded
    document = results_document(evidence, facts, [spec for spec, _ in figures])
    files = {
        "results.json": results_json(document),
        "predictions.npz": predictions_archive(evidence, results),
        **{f"figures/{spec.slug}.svg": svg.encode() for spec, svg in figures},
    }
    view = _make_view(prepared, evidence, facts, figures, files["results.json"])
    folder = request.output / loaded.slug
    unavailable = _render_documents(prepared.store, view, request.formats, files, reporter)
    publish_build(folder, files, loaded.experiment.report.history, request.replaces_draft)
    if unavailable:
        raise unavailable
    return BuildOutcome(
        folder=folder,
        documents=tuple(folder / f"report.{name}" for name in request.formats),
        outcomes=tuple(
            RunOutcome(model=run.model, seed=run.seed, key=run.key, outcome=run.outcome)
            for run in evidence.header.runs
        ),
        stand_in_reason=facts.dataset.stand_in_reason,
        verdict=plain_claim(facts.claims["verdict"].text, facts),
        changes=_describe_changes(previous, document) if previous else "",
    )


def _describe_changes(previous: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    from reportgen.report.diff import changes_paragraph

    return changes_paragraph(previous, document)


def _make_view(
    prepared: Prepared,
    evidence: Evidence,
    facts: Facts,
    figures: tuple[tuple[FigureSpec, str], ...],
    results_file: bytes,
) -> View:
    from reportgen.analysis.notes import finish_notes
    from reportgen.report.view import make_view
    from reportgen.results.evidence_file import encode

    loaded = prepared.loaded
    templates = loaded.experiment.report.templates
    return make_view(
        finish_notes(loaded.experiment, facts, str(loaded.path)),
        loaded.slug,
        evidence,
        facts,
        figures,
        evidence_file=encode(evidence),
        results_file=results_file,
        command=rebuild_command(prepared.request),
        templates=loaded.path.parent / templates if templates else None,
    )


def rebuild_command(request: BuildRequest) -> str:
    """Return the command that builds the same report again, without paths of this machine."""
    parts = ["python", "-m", "reportgen", "build"]
    if request.experiment:
        parts.append(Path(request.experiment).name)
    for override in request.overrides:
        parts += ["--set", override]
    return shlex.join(parts)


def _render_documents(
    store: Store,
    view: View,
    formats: Sequence[Format],
    files: dict[str, bytes],
    reporter: Reporter,
) -> PdfUnavailable | None:
    """Add the documents to `files`; return the reason where the PDF cannot be written."""
    from reportgen.report.html import render_html

    if "html" in formats:
        reporter.stage("Writing the HTML report")
        files["report.html"] = render_html(view, partial(cached_font, store)).encode()
    if "pdf" in formats:
        reporter.stage("Writing the PDF report")
        from reportgen.report.pdf import render_pdf

        try:
            files["report.pdf"] = render_pdf(view)
        except PdfUnavailable as error:
            return error
    return None
