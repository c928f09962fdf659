"""`reportgen build`: one experiment in, one report out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from reportgen.cli.messages import say, say_json
from reportgen.cli.options import (
    choose_documents,
    document_option,
    experiment_argument,
    open_option,
    quiet_option,
    training_options,
)
from reportgen.wording import join, number_of

if TYPE_CHECKING:
    from reportgen.cli.progress import Detail
    from reportgen.pipeline import BuildExplanation, BuildOutcome, BuildRequest, RunExplanation
    from reportgen.pipeline.requests import StudyExplanation

EPILOG = """\b
Examples:
  reportgen build                                  the paper's comparison
  reportgen build quickstart --open                a first report, shown in the browser
  reportgen build experiments/mine.toml --format html
  reportgen build --set training.epochs=3 --set models.cnn-dropout.dropout=0.3
  reportgen build --set training.seeds=[0,1,2,3,4]
  reportgen build --explain                        what would be trained, and why
  reportgen build --name wide --set training.batch_size=256      a variant beside the first
  reportgen build --quiet --format json            for a script: the outcome as JSON
  reportgen build --cluster tcp://scheduler:8786   trained by the workers of a Dask cluster
  reportgen build --data-dir ~/data --output /tmp/reports

\b
Exit codes: 0 done; 1 the build failed, or the training of some models failed, and the report covers
the others; 2 the command, the experiment file or your own code is wrong; 3 the data are not
available; 130 interrupted (finished runs are kept).
"""


@click.command(epilog=EPILOG)
@experiment_argument
@document_option
@click.option(
    "--name",
    metavar="VARIANT",
    help="Build into a separate folder, OUTPUT/<experiment>--VARIANT.",
)
@training_options
@quiet_option
@click.option("-v", "--verbose", is_flag=True, help="Print each epoch, files and caches.")
@open_option
@click.option("--explain", "explains", is_flag=True, help="List what would be trained, and why.")
def command(
    experiment: str | None,
    format_names: tuple[str, ...],
    name: str | None,
    quiet: bool,
    verbose: bool,
    opens: bool,
    explains: bool,
    **training: Any,
) -> None:
    """Build the report of EXPERIMENT, a name or the path of a TOML file.

    Trained runs are kept, and trained again only if something that can change their numbers
    has changed. The report goes to OUTPUT/<experiment>/.
    """
    from reportgen.pipeline import BuildRequest

    documents = choose_documents(format_names)
    request = BuildRequest(experiment, formats=documents, name=name, **training)
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose cannot be used together")
    detail: Detail = "quiet" if quiet else "verbose" if verbose else "normal"
    as_json = "json" in format_names
    if explains:
        _explain(request, detail, as_json)
    else:
        run_build(request, detail, as_json, opens)


def run_build(request: BuildRequest, detail: Detail, as_json: bool, opens: bool) -> None:
    """Build, show the progress, and print the outcome."""
    from reportgen.cli.progress import make_reporter
    from reportgen.pipeline import build

    with make_reporter(detail) as reporter:
        outcome = build(request, reporter)
    if as_json:
        say_json(outcome)
    else:
        say(describe_outcome(outcome))
    if opens:
        click.launch(outcome.documents[0].resolve().as_uri())


def _explain(request: BuildRequest, detail: Detail, as_json: bool) -> None:
    from reportgen.cli.progress import make_reporter
    from reportgen.pipeline import explain_build

    with make_reporter(detail) as reporter:
        explanation = explain_build(request, reporter)
    if as_json:
        say_json(explanation)
    else:
        say(describe_explanation(explanation))


def describe_outcome(outcome: BuildOutcome) -> str:
    """Return the verdict with its caution, deviations from the plan, changes, and the documents."""
    documents = "\n".join(map(str, outcome.documents))
    paragraphs = [
        outcome.verdict,
        outcome.caution,
        outcome.deviations,
        outcome.changes,
        documents,
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def describe_explanation(explanation: BuildExplanation) -> str:
    """Return a row for each run, with what would be done and why, and one for each study."""
    explanations = explanation.runs
    width = max(len(row.model) for row in explanations)
    lines = [_describe_run(row, width) for row in explanations]
    further = [study for study in explanation.studies if study.kind == "runs"]
    actions: Counter[str] = Counter(row.action for row in explanations)
    actions["reuse"] += sum(study.total - study.missing for study in further)
    actions["train"] += sum(study.missing for study in further)
    verbs = ("reuse", "resume", "train")
    counts = [f"{verb} {number_of(actions[verb], 'run')}" for verb in verbs if actions[verb]]
    studies = [_describe_study(each) for each in explanation.studies]
    return "\n".join([*lines, *studies, "", f"A build would {join(counts)}."])


def _describe_study(study: StudyExplanation) -> str:
    kinds = {
        "evaluations": ("evaluations of changed images", "make"),
        "examinations": ("examinations of trained networks", "make"),
        "runs": ("further runs", "train"),
    }
    noun, verb = kinds[study.kind]
    missing = f"{study.missing:,} to {verb}" if study.missing else "all reused"
    reasons = f" ({'; '.join(map(str, study.reasons))})" if study.reasons else ""
    return f"{study.study}: {study.total:,} {noun}, {missing}{reasons}"


def _describe_run(row: RunExplanation, width: int) -> str:
    resumes = ["resumes after its last complete epoch"] * (row.action == "resume")
    why = "; ".join([*resumes, *map(str, row.reasons)])
    return f"{row.model:{width}}  seed {row.seed:<3} {row.action:6} {why}".rstrip()
