"""`reportgen list`: the experiments that can be built, and the builds that exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reportgen.characters import align, one_line
from reportgen.cli.messages import say, say_json
from reportgen.cli.options import output_option, print_format_option

if TYPE_CHECKING:
    from reportgen.results.builds import Build

EPILOG = """\b
Examples:
  reportgen list
  reportgen list --history
  reportgen list --format json
  reportgen list --output /tmp/reports
"""


@click.command(epilog=EPILOG)
@output_option
@click.option("--history", "with_history", is_flag=True, help="List earlier builds too.")
@print_format_option
def command(output: Path, with_history: bool, format_name: str) -> None:
    """List the experiments, and the builds in OUTPUT with their verdicts.

    Experiments are those that come with reportgen and those in the folder experiments/.
    """
    from reportgen.config.loading import known_experiments
    from reportgen.results.builds import list_builds, list_history

    known = known_experiments()
    builds = list_builds(output) if output.is_dir() else ()
    earlier = {
        build.experiment: tuple(reversed(list_history(build.folder)))
        for build in (builds if with_history else ())
    }
    if format_name == "json":
        experiments = [
            {"name": name, "title": _read_title(path), "path": str(path)}
            for name, path in known.items()
        ]
        listed = []
        for build in builds:
            history = [_to_record(each) for each in earlier.get(build.experiment, ())]
            listed.append({**_to_record(build), "history": history})
        say_json({"experiments": experiments, "builds": listed})
        return
    say(describe_experiments(known))
    say()
    say(describe_builds(output, builds, earlier))


def _to_record(build: Build) -> dict[str, str]:
    return {
        "experiment": build.experiment,
        "folder": str(build.folder),
        "published": build.published.isoformat(),
        "data": _data_set(build.results),
        "verdict": _verdict(build.results),
    }


def describe_experiments(known: Mapping[str, Path]) -> str:
    """Print a row for each experiment: name, title, file."""
    rows = [
        (f"  {one_line(name)}", f"{one_line(_read_title(path))}  ({one_line(path)})")
        for name, path in known.items()
    ]
    return "\n".join(["Experiments", *align(rows)])


def _read_title(path: Path) -> str:
    from reportgen.config.loading import read_values
    from reportgen.errors import ConfigurationError

    try:
        return str(read_values(path).get("title", "untitled"))
    except ConfigurationError as error:
        return f"{error.problems[0].message}"


def describe_builds(
    output: Path, builds: Sequence[Build], earlier: Mapping[str, Sequence[Build]]
) -> str:
    """Print the builds: experiment, date, data set, verdict, and earlier builds, latest first."""
    if not builds:
        return f"No builds in {output}/; make the first with: reportgen build"
    rows = [f"Builds in {output}/"]
    for build in builds:
        rows += _describe_build(build.experiment, build)
        for each in earlier.get(build.experiment, ()):
            rows += [f"  {row}" for row in _describe_build(str(each.folder), each)]
    return "\n".join(rows)


def _describe_build(name: str, build: Build) -> list[str]:
    date = build.published.astimezone().strftime("%Y-%m-%d %H:%M")
    verdict = _verdict(build.results)
    heading = f"  {one_line(name)}  {date}  {one_line(_data_set(build.results))}"
    return [heading, f"    {one_line(verdict)}"] if verdict else [heading]


def _data_set(results: Mapping[str, Any]) -> str:
    data = _table(results, "data")
    name = data.get("title") or data.get("name") or "unknown data"
    wanted = data.get("stand_in_for")
    return f"{name}, standing in for {wanted}" if wanted else str(name)


def _verdict(results: Mapping[str, Any]) -> str:
    return str(_table(_table(results, "claims"), "verdict").get("text", ""))


def _table(results: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a table of a results.json; empty where the file has something else there."""
    found = results.get(name)
    return found if isinstance(found, Mapping) else {}
