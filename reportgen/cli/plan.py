"""`reportgen plan --register`: register what is to be compared, before the first run."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.characters import one_line
from reportgen.cli.messages import say
from reportgen.cli.options import data_option, experiment_argument, output_option, set_option

EPILOG = """\b
Examples:
  reportgen plan --register experiments/mine.toml
  reportgen plan --register experiments/mine.toml --key ~/.ssh/id_ed25519

\b
Exit codes: 0 written; 2 the command or the experiment file is wrong, or a plan already exists;
3 the data are not available.
"""


@click.command(epilog=EPILOG)
@experiment_argument
@click.option("--register", is_flag=True, help="Write the plan beside the experiment file.")
@click.option("--key", type=click.Path(path_type=Path), help="SSH key for signing the plan.")
@set_option
@output_option
@data_option
def command(
    experiment: str | None,
    register: bool,
    key: Path | None,
    overrides: tuple[str, ...],
    output: Path,
    data_dir: Path | None,
) -> None:
    """Write the plan of EXPERIMENT: settings, seeds, margin, primary metric, digest of the data.

    The plan is FILE.plan.json beside the experiment file, signed if you give a key. Nothing is
    trained. Reports built later contain the plan and list every deviation.
    """
    from reportgen.cli.progress import make_reporter
    from reportgen.pipeline import BuildRequest
    from reportgen.pipeline.preparation import write_plan
    from reportgen.verification.signature import sign

    if not register:
        raise click.UsageError(
            "`reportgen plan` registers a comparison before its first run: add --register to write "
            "the plan beside the experiment file (what would be trained is shown by "
            "`reportgen build --explain`)"
        )
    request = BuildRequest(experiment, overrides, output, data_dir)
    with make_reporter() as reporter:
        path = write_plan(request, reporter)
    say(f"The plan was written to {one_line(path)}.")
    if key is not None:
        say(f"Its signature was written to {one_line(sign(path, key.expanduser()))}.")
