"""Code of a report's author: which runs need it, and the files of it that a report carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath

from reportgen.errors import VerificationFailed
from reportgen.plugins.digests import source_digest
from reportgen.plugins.finding import SHIPPED
from reportgen.results.evidence import ModelRun
from reportgen.results.records import RunRecord


@dataclass(frozen=True)
class CodeFile:
    """One file of a plug-in, as a report carries it."""

    name: str
    digest: str
    text: str


def needs_trust(record: RunRecord) -> bool:
    """Return whether computing a run again runs code that the report's author chose.

    Shipped architectures and scikit-learn's classifiers do not; any other name does, also that of
    an installed package.
    """
    spec = record.spec
    if spec.kind == "network":
        return spec.reference not in SHIPPED["architecture"]
    return not _is_classifier(spec.reference)


def carried_code(runs: Sequence[ModelRun]) -> tuple[CodeFile, ...]:
    """Return the files of the author's that runs are computed with, each text once."""
    files = {
        (name, text): CodeFile(name, _digest(text), text)
        for run in runs
        for name, text in run.record.plugin_files.items()
    }
    return tuple(files.values())


def write_code(folder: Path, runs: Sequence[ModelRun]) -> None:
    """Write the files that a report carries into `folder`; raises VerificationFailed.

    A name that leads out of the folder, or two texts of one name, are refused.
    """
    folder.mkdir()
    for file in carried_code(runs):
        name = PurePosixPath(file.name)
        if name.is_absolute() or ".." in name.parts or "\\" in file.name or "\0" in file.name:
            raise VerificationFailed(
                f"a file of the code in the report has the forbidden name {file.name!r}"
            )
        path = folder / name
        if path.exists():
            raise VerificationFailed(f"the report contains two files of the name {file.name!r}")
        path.parent.mkdir(parents=True, exist_ok=True)
        # Windows would write each line feed as two bytes.
        path.write_text(file.text, encoding="utf-8", newline="")


def _is_classifier(reference: str) -> bool:
    """Return whether a reference such as `sklearn.svm:SVC` is one of scikit-learn's classifiers."""
    module, _, name = reference.partition(":")
    if module.partition(".")[0] != "sklearn":
        return False
    from sklearn.utils import all_estimators

    known = dict(all_estimators(type_filter="classifier"))
    found = known.get(name)
    if found is None or not f"{found.__module__}.".startswith(f"{module}."):
        return False
    return getattr(import_module(module), name, None) is found


def _digest(text: str) -> str:
    try:
        return source_digest(text.encode())
    except (SyntaxError, ValueError, RecursionError):
        return "not Python"
