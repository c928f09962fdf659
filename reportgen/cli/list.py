"""`reportgen list`: the experiments that can be built, and the builds that are there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reportgen.cli.options import output_option

if TYPE_CHECKING:
    from reportgen.results.builds import Build

EPILOG = """\b
Examples:
  reportgen list
  reportgen list --output /tmp/reports
"""


@click.command(epilog=EPILOG)
@output_option
def command(output: Path) -> None:
    """List the experiments known by name, and the builds in OUTPUT with their verdicts.

    Known by name are the experiments that come with reportgen and those in the folder experiments/.
    """
    from reportgen.config.loading import known_experiments
    from reportgen.results.builds import list_builds

    builds = list_builds(output) if output.is_dir() else ()
    click.echo(describe_experiments(known_experiments()))
    click.echo()
    click.echo(describe_builds(output, builds))


def describe_experiments(known: Mapping[str, Path]) -> str:
    """Print a row for each experiment: name, title, file."""
    width = max(map(len, known), default=0)
    rows = [f"  {name:{width}}  {_read_title(path)}  ({path})" for name, path in known.items()]
    return "\n".join(["Experiments", *rows])


def _read_title(path: Path) -> str:
    from reportgen.config.loading import read_values
    from reportgen.errors import ConfigurationError

    try:
        return str(read_values(path).get("title", "without a title"))
    except ConfigurationError as error:
        return f"{error.problems[0].message}"


def describe_builds(output: Path, builds: tuple[Build, ...]) -> str:
    """Print the builds: experiment, date, data set, verdict."""
    if not builds:
        return f"No builds in {output}/; the first is made by: reportgen build"
    rows = [row for build in builds for row in _describe_build(build)]
    return "\n".join([f"Builds in {output}/", *rows])


def _describe_build(build: Build) -> list[str]:
    date = build.published.astimezone().strftime("%Y-%m-%d %H:%M")
    verdict = _verdict(build.results)
    heading = f"  {build.experiment}  {date}  {_data_set(build.results)}"
    return [heading, f"    {verdict}"] if verdict else [heading]


def _data_set(results: Mapping[str, Any]) -> str:
    data = results.get("data", {})
    name = data.get("title") or data.get("name") or "unknown data"
    wanted = data.get("stand_in_for")
    return f"{name}, standing in for {wanted}" if wanted else str(name)


def _verdict(results: Mapping[str, Any]) -> str:
    return str(results.get("claims", {}).get("verdict", {}).get("text", ""))
