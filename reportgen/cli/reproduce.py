"""`reportgen reproduce`: compute runs of a report again, and compare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say, say_json
from reportgen.cli.options import data_option, print_format_option, workers_option

if TYPE_CHECKING:
    from reportgen.verification.reproduction import Reproduction

EPILOG = """\b
Examples:
  reportgen reproduce report.html                       one run, drawn at random
  reportgen reproduce report.pdf --runs 3 --data-dir ~/data
  reportgen reproduce report.html --run cnn/0 --run mlp/2
  reportgen reproduce report.html --trust-code          runs the code that came with it
  reportgen reproduce report.html --from-weights output/store

\b
Exit codes: 0 the runs are the same, or differ no more than chance explains; 1 one is doubtful or
contradicts the report, or the report is damaged; 2 the command is wrong, or the runs cannot be
computed here; 3 the data are not available.
"""
PROVES = """\
This proves: the runs named below follow from the settings and the data that the report names.
This does not prove: anything about other runs or about times, or that nothing else was tried.
"""
PROVES_WEIGHTS = """\
This proves: the stored weights produce the predictions in the report on the data that it names.
This does not prove: that the weights come from the training that the report describes.
"""
WORDS = {
    "same": "the same",
    "compatible": "compatible",
    "doubtful": "doubtful",
    "contradicts": "contradicts the report",
}
SETTLE = (
    "this is no proof: to settle it, train the run on a processor of the kind that the report "
    "names, where the result must be identical bit for bit"
)


@click.command(epilog=EPILOG)
@click.argument("report", type=click.Path(path_type=Path))
@click.option(
    "--runs",
    "count",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Number of runs to draw at random.",
)
@click.option(
    "--run", "named", multiple=True, metavar="MODEL/SEED", help="A run to train; may be repeated."
)
@data_option
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda", "mps"]),
    help="Where to train; default: the kind of device named in the report.",
)
@workers_option
@click.option(
    "--trust-code",
    "trusts_code",
    is_flag=True,
    help="Run the author's code that is in the report.",
)
@click.option(
    "--from-weights",
    "weights",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="STORE",
    help="Evaluate weights from a store, such as output/store; trains nothing.",
)
@print_format_option
def command(
    report: Path,
    count: int,
    named: tuple[str, ...],
    weights: Path | None,
    format_name: str,
    **options: Any,
) -> None:
    """Train runs of REPORT (HTML or PDF) again, and compare the predictions.

    The runs are drawn at random. On the same kind of processor, with the same libraries, results
    must be identical bit for bit; elsewhere a statistical test decides whether chance explains the
    differences.
    """
    from reportgen.cli.progress import make_reporter
    from reportgen.pipeline.carried_code import carried_code
    from reportgen.pipeline.reproduction import (
        ReproductionOptions,
        choose_runs,
        open_report,
        reproduce,
    )
    from reportgen.verification.reproduction import summary_of

    opened = open_report(report)
    runs = choose_runs(opened, count, named, only_networks=weights is not None)
    is_text = format_name == "text"
    if is_text:
        named_runs = (f"{run.model}, seed {run.seed} (key {run.record.key[:12]})" for run in runs)
        say(f"Runs to compute again: {one_line(', '.join(named_runs))}.")
    for file in carried_code(runs):
        lines = "".join(f"    {line}\n" for line in file.text.splitlines())
        say(f"{one_line(file.name)}, digest {file.digest}\n{lines}", err=True, nl=False)
    with make_reporter() as reporter:
        chosen = ReproductionOptions(weights=weights, **options)
        results = reproduce(opened, runs, chosen, reporter)
    if not is_text:
        say_json(summary_of(results, opened.evidence.header.reportgen))
    _conclude(report, results, is_text, PROVES_WEIGHTS if weights else PROVES)


def _conclude(
    report: Path, results: Sequence[Reproduction], is_text: bool, proves: str = PROVES
) -> None:
    """Print the result of each run; raises VerificationFailed where one is doubtful, or worse."""
    from reportgen.errors import VerificationFailed

    lines = [line for result in results for line in _describe(result)]
    verdicts = {result.verdict for result in results}
    if failing := verdicts & {"contradicts", "doubtful"}:
        what = "contradicts the report" if "contradicts" in failing else "is doubtful"
        raise VerificationFailed("\n".join([f"{one_line(report)}: a run {what}", *lines]))
    if is_text:
        say(proves + "\n".join(lines))


def _describe(result: Reproduction) -> list[str]:
    name = f"{result.model}, seed {result.seed}"
    lines = [f"{name}: {WORDS[result.verdict]}; {result.reason}"]
    if result.verdict == "doubtful":
        lines.append(f"  {SETTLE}")
    return [one_line(line) for line in (*lines, *(f"  {each}" for each in result.environment))]
