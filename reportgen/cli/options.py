"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli.completion import complete_experiments, complete_settings

experiment_argument = click.argument(
    "experiment", required=False, shell_complete=complete_experiments
)

set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    shell_complete=complete_settings,
    help="Set a value of the experiment, such as training.epochs=3; may be given again.",
)

output_option = click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("output"),
    show_default=True,
    help="Folder of builds and kept runs.",
)

data_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of data sets, with files such as MNIST/raw/train-images-idx3-ubyte; "
    "otherwise that of the variable REPORTGEN_DATA.",
)

device_option = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="Where to train; auto takes a GPU where there is one.",
)

workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes to train in; otherwise one for each core.",
)

print_format_option = click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print what was found.",
)
