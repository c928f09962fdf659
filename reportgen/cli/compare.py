"""`reportgen compare`: a report from predictions that were made elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli.options import (
    choose_documents,
    document_option,
    open_option,
    output_option,
    quiet_option,
    set_option_with,
)

EPILOG = """\b
Examples:
  reportgen compare --labels y.csv SVM=svm.csv Forest=forest.csv
  reportgen compare --labels y.csv "SVM=svm.csv" "Forest=forest-*.npz" --title "Two classifiers"
  reportgen compare --labels y.csv svm.csv forest.csv         named after the files
  reportgen compare --labels all.csv#truth SVM=all.csv#svm "Forest=all.csv#forest_*"
  reportgen compare A=a.csv B=b.csv                           labels in a column `label`
  reportgen compare --labels y.npy CNN=logits.npy --kind logits --classes cat,dog
  reportgen compare --labels y.csv A=a.csv B=b.csv --set analysis.margin=1

\b
A file is CSV, TSV, .npy, .npz, JSON lines or Parquet. It contains class probabilities, logits or
predicted classes; docs/compare.md states how its columns are read. Several files or columns
that match a pattern are the seeds of one model. Rows are joined by a column `id` if there is one.

\b
Exit codes: 0 done; 1 the build failed; 2 the command is wrong; 3 a file cannot be read, or its rows
do not fit the labels.
"""


@click.command(epilog=EPILOG)
@click.argument("models", nargs=-1, required=True, metavar="NAME=FILE...")
@click.option(
    "--labels",
    metavar="FILE",
    help="File with the true labels; default: a column of the other files.",
)
@click.option("--title", help="Title of the report.")
@click.option(
    "--classes",
    multiple=True,
    metavar="NAME,NAME...",
    help="Names of the classes, in the order of the report and of unnamed columns.",
)
@click.option("--id", "id_column", metavar="COLUMN", help="Column for joining rows.")
@click.option(
    "--groups",
    metavar="COLUMN",
    help="Column in the file of labels; rows with the same value (a patient) depend on each other.",
)
@click.option(
    "--kind",
    type=click.Choice(["probabilities", "logits", "labels"]),
    help="What the files contain, if their column names do not show it.",
)
@document_option
@set_option_with("analysis.margin=1")
@output_option
@quiet_option
@open_option
def command(
    models: tuple[str, ...],
    classes: tuple[str, ...],
    format_names: tuple[str, ...],
    overrides: tuple[str, ...],
    output: Path,
    quiet: bool,
    opens: bool,
    **described: str | None,
) -> None:
    """Compare models by their predictions for the same examples. Nothing is trained.

    Each NAME=FILE is a model and its predictions; the report goes to OUTPUT/<title>/.
    """
    from reportgen.cli.build import run_build
    from reportgen.config.comparison import compare_files
    from reportgen.pipeline import BuildRequest

    # An option may be given several times too.
    names = tuple(part.strip() for part in ",".join(classes).split(",") if part.strip())
    loaded = compare_files(
        list(map(_split_name, models)), classes=names, overrides=overrides, **described
    )
    options = {
        "--labels": described["labels"],
        "--title": described["title"],
        "--classes": ",".join(names) or None,
        "--id": described["id_column"],
        "--groups": described["groups"],
        "--kind": described["kind"],
    }
    given = [part for name, value in options.items() if value for part in (name, value)]
    given += [part for override in overrides for part in ("--set", override)]
    request = BuildRequest(
        loaded=loaded,
        output=output,
        formats=choose_documents(format_names),
        command=("compare", *given, *models),
    )
    run_build(request, "quiet" if quiet else "normal", "json" in format_names, opens)


def _split_name(text: str) -> tuple[str, str]:
    """Return name and pattern of a model; one without a name is called after its file."""
    name, separator, pattern = text.partition("=")
    if not separator:
        return Path(text.partition("#")[0]).stem, text
    if not name.strip() or not pattern.strip():
        raise click.UsageError(f"{text!r} is not a model; write NAME=FILE, such as SVM=svm.csv")
    return name.strip(), pattern.strip()
