"""Which two builds a comparison is about, and their content: folders, results.json, reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from reportgen.errors import UsageError, VerificationFailed
from reportgen.results.builds import HISTORY, list_builds, list_history
from reportgen.results.files import read_file
from reportgen.results.results_json import RESULTS, parse_results

HINT = "name an experiment, or give the folder of a build, its results.json or its report.html"


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
        raise UsageError(f"{output}/ contains no build; make the first with: reportgen build")
    return max(builds, key=lambda build: build.published).folder


def _previous(folder: Path, output: Path) -> Path:
    earlier = list_history(folder)
    if not earlier:
        raise UsageError(
            f"{folder} has no earlier build to compare with; name two builds (reportgen list "
            f"--history --output {quote(str(output))} shows them), or build again first"
        )
    return earlier[-1].folder


def read_build(path: Path) -> Mapping[str, Any]:
    """Return the content of results.json of the build at `path`.

    For a report it is computed again from its evidence. Raises UsageError where there is no build,
    and VerificationFailed where the evidence of a report is missing or damaged.
    """
    if path.is_dir():
        path = path / RESULTS
    data = read_file(path) if path.is_file() else None
    if data is None:
        raise UsageError(f"{path}: there is no such file; {HINT}")
    if data.startswith(b"%PDF"):
        raise UsageError(f"{path}: a PDF cannot be compared; {HINT}")
    if data.lstrip()[:1] == b"<":
        return _from_html(data, path)
    try:
        return parse_results(data)
    except ValueError as error:
        raise UsageError(f"{path}: {error}; {HINT}") from error


def _from_html(data: bytes, path: Path) -> Mapping[str, Any]:
    # The statistics are loaded only where they are to be computed again.
    from reportgen.report.carried import facts_of, read_html
    from reportgen.report.exports import results_document

    try:
        evidence = read_html(data.decode(errors="replace")).evidence
    except VerificationFailed as error:
        raise VerificationFailed(f"{path}: {error}") from error
    return results_document(evidence, facts_of(evidence), ())
