"""Which two builds a comparison is about, from none, one or two names on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reportgen.errors import UsageError
from reportgen.results.builds import HISTORY, list_builds, list_history
from reportgen.results.results_json import RESULTS


def select_builds(names: Sequence[str], output: Path) -> tuple[Path, Path]:
    """Return the earlier and the later build to compare.

    No name: the last build in `output` and the one before it. One name: an experiment's last build
    and the one before it, or, for a path, that build and the last one. Two names: these. A name is
    that of a folder in `output`, or the path of a build. Raises UsageError where there are too few
    builds.
    """
    if len(names) == 2:
        return _find(names[0], output), _find(names[1], output)
    if not names:
        return _previous(_last_build(output), output), _last_build(output)
    chosen = _find(names[0], output)
    last = _last_of_same_experiment(chosen, output)
    if chosen.resolve() == last.resolve():
        return _previous(last, output), last
    return chosen, last


def _find(name: str, output: Path) -> Path:
    """Return the path `name`, or the build of that experiment in `output`."""
    path = Path(name)
    built = output / name
    return built if not path.exists() and (built / RESULTS).is_file() else path


def _last_of_same_experiment(path: Path, output: Path) -> Path:
    """Return the current build of the experiment that `path` lies in, else the last one of all."""
    folder = path if path.is_dir() else path.parent
    if folder.parent.name == HISTORY and (folder.parent.parent / RESULTS).is_file():
        return folder.parent.parent
    return folder if folder.parent.resolve() == output.resolve() else _last_build(output)


def _last_build(output: Path) -> Path:
    builds = list_builds(output) if output.is_dir() else ()
    if not builds:
        raise UsageError(f"{output}/ holds no build; the first is made by: reportgen build")
    return max(builds, key=lambda build: build.published).folder


def _previous(folder: Path, output: Path) -> Path:
    earlier = list_history(folder)
    if not earlier:
        raise UsageError(
            f"{folder} has no earlier build to be compared with; name two builds "
            f"(reportgen list --history --output {output} shows them), or build again first"
        )
    return earlier[-1].folder
