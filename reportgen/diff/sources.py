"""Where the builds of a comparison come from: folders, results.json, reports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reportgen.diff.faults import find_fault
from reportgen.errors import UsageError
from reportgen.results.files import read_file
from reportgen.results.results_json import RESULTS, parse_results

HINT = "give the folder of a build, its results.json, or its report.html"


def read_build(path: Path) -> Mapping[str, Any]:
    """Return the content of results.json of the build at `path`.

    Of a report it is computed again from the evidence that the report carries. Raises UsageError
    where there is no build, and VerificationFailed where a report carries no whole evidence.
    """
    if path.is_dir():
        path = path / RESULTS
    data = read_file(path) if path.is_file() else None
    if data is None:
        raise UsageError(f"{path}: there is no such file; {HINT}")
    if data.startswith(b"%PDF"):
        raise UsageError(f"{path}: a PDF; {HINT}")
    if data.lstrip()[:1] == b"<":
        return _from_html(data, path)
    try:
        results = parse_results(data)
    except ValueError as error:
        raise UsageError(f"{path}: {error}; {HINT}") from error
    fault = find_fault(results)
    if fault:
        raise UsageError(f"{path}: it is damaged and cannot be compared ({fault}); {HINT}")
    return results


def _from_html(data: bytes, path: Path) -> Mapping[str, Any]:
    from reportgen.report.carried import read_html

    try:
        html = data.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: it is no report (byte {error.start} is not UTF-8)") from error
    return _results_of(read_html(html).evidence)


def _results_of(evidence: Any) -> Mapping[str, Any]:
    # The statistics are loaded only where they are to be computed again.
    from reportgen.report.carried import facts_of
    from reportgen.report.exports import results_document

    return results_document(evidence, facts_of(evidence), ())
