"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reportgen.cli.completion import complete_experiments, complete_settings

if TYPE_CHECKING:
    from reportgen.pipeline import Format

Callback = TypeVar("Callback", bound=Callable[..., Any])
"""The function of a command."""


def path_option(
    name: str,
    help: str,  # noqa: A002 - as click calls it
    *,
    folder: bool = False,
    **settings: Any,
) -> Callable[[Callback], Callback]:
    """Return an option that takes the path of a file, or of a folder."""
    kind = click.Path(path_type=Path, file_okay=not folder, dir_okay=folder)
    return click.option(name, type=kind, help=help, **settings)


experiment_argument = click.argument(
    "experiment", required=False, shell_complete=complete_experiments
)


def set_option_with(example: str) -> Callable[[Callback], Callback]:
    """Return the option that sets values of an experiment; its help shows an example."""
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="PATH=VALUE",
        shell_complete=complete_settings,
        help=f"Set a value of the experiment, such as {example}; may be repeated.",
    )


set_option = set_option_with("training.epochs=3")

_OUTPUT: dict[str, Any] = {"folder": True, "default": Path("output"), "show_default": True}
output_option = path_option("--output", "Folder for builds and trained runs.", **_OUTPUT)
builds_option = path_option("--builds", "Folder with the builds.", **_OUTPUT)
data_option = path_option(
    "--data-dir",
    "Folder of data sets, with files such as MNIST/raw/train-images-idx3-ubyte; "
    "default: the environment variable REPORTGEN_DATA.",
    folder=True,
)

device_option = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="Where to train; auto uses a GPU if there is one.",
)

workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Number of training processes; default: one for each core.",
)

cluster_option = click.option(
    "--cluster",
    metavar="ADDRESS",
    envvar="REPORTGEN_CLUSTER",
    help="Train on a Dask cluster: the address of its scheduler, such as tcp://host:8786, or "
    "local:N for N workers on this machine; default: the environment variable REPORTGEN_CLUSTER.",
)


def training_options(command: Callback) -> Callback:
    """Add the options that say what is trained, on what and where.

    Their names are those of fields of `BuildRequest`.
    """
    options = set_option, output_option, data_option, device_option, workers_option, cluster_option
    for option in reversed(options):
        command = option(command)
    return command


def format_option(*names: str) -> Callable[[Callback], Callback]:
    """Return the option of the format of what is printed: text, or another of `names`."""
    return click.option(
        "--format",
        "format_name",
        type=click.Choice(["text", *names]),
        default="text",
        show_default=True,
        help="Format of what is printed.",
    )


print_format_option = format_option("json")

document_option = click.option(
    "--format",
    "format_names",
    type=click.Choice(["html", "pdf", "all", "json"]),
    default=("all",),
    show_default=True,
    multiple=True,
    help="Documents to write; json also prints the outcome as JSON. May be repeated.",
)

quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="Print no progress: only the outcome, warnings and errors."
)

open_option = click.option(
    "--open", "opens", is_flag=True, help="Show the report in the browser when done."
)


def choose_documents(names: Sequence[str]) -> tuple[Format, ...]:
    """Return the documents that `--format` names, or all where it names none."""
    documents: tuple[Format, ...] = ("html", "pdf")
    named = tuple(name for name in documents if name in names)
    return named if named and "all" not in names else documents
