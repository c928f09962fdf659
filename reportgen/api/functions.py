"""The functions of `import reportgen`; slow imports happen when one is called."""

from __future__ import annotations

import json
import logging
import tempfile
import warnings
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.api.arguments import as_names, as_path, as_text
from reportgen.api.reports import Report as Report
from reportgen.errors import ReportgenError as ReportgenError
from reportgen.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from reportgen.audit.records import CountedAudit
    from reportgen.config.plan import PlannedRun
    from reportgen.config.schema import PredictionKind
    from reportgen.diff import Diff
    from reportgen.execution.progress import Progress
    from reportgen.pipeline import BuildRequest, Format
    from reportgen.pipeline.remembered import Memory
    from reportgen.verification import VerifyResult

LOG = logging.getLogger(__name__)

IN_MEMORY = "given in Python"
"""Printed in place of the files of an experiment whose labels and predictions are arrays."""


def compare(
    y_true: ArrayLike | str | Path,
    models: Mapping[str, ArrayLike | Sequence[ArrayLike] | str | Path],
    *,
    classes: Sequence[str] | None = None,
    title: str | None = None,
    kind: PredictionKind | None = None,
    id_column: str | None = None,
    groups: ArrayLike | str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Report:
    """Compare models by their predictions for the same examples; nothing is trained or written.

    Args:
        y_true: the true classes, `[n]`: names, or positions in `classes`; or the path of a file.
        models: name → predicted classes `[n]`, class probabilities `[n, classes]`, or a list of
            such arrays, one for each seed; or the path or pattern of files. With two classes, `[n]`
            may be the probabilities of the second one.
        classes: names or whole numbers in the order of the columns, also as an array; needed where
            `y_true` has names and an array has none.
        title: of the report.
        kind: `logits` where arrays are not probabilities.
        id_column: column of files to join rows by.
        groups: the group of each example, `[n]`, such as its patient, or the column of the file of
            labels; examples of one group depend on each other.
        settings: dotted path → value of an experiment file, as `{"analysis.margin": 0.5}`.

    Raises:
        UsageError: an argument is of the wrong kind.
        ConfigurationError: a setting is wrong.
        DataDamaged: predictions do not fit the labels; the message names file or argument, and row.
    """
    from reportgen.config.comparison import compare_files
    from reportgen.pipeline import BuildRequest

    named = isinstance(models, Mapping) and all(isinstance(name, str) for name in models)
    if not named or not models:
        raise UsageError("models: give the predictions of each by its name, as {'SVM': predicted}")
    in_files = isinstance(y_true, str | Path)
    if any(isinstance(entry, str | Path) != in_files for entry in models.values()):
        raise UsageError(
            "give either file paths for labels and all models, or arrays for all of them"
        )
    if groups is not None and isinstance(groups, str) != in_files:
        raise UsageError(
            "groups is an array where the labels are one, and the name of a column in their file"
        )
    loaded = compare_files(
        [(name, str(entry) if in_files else IN_MEMORY) for name, entry in models.items()],
        labels=str(y_true) if in_files else IN_MEMORY,
        title=as_text("title", title),
        classes=as_names("classes", classes),
        id_column=as_text("id_column", id_column),
        groups=groups if groups is None or isinstance(groups, str) else "groups",
        kind=as_text("kind", kind),
        overrides=_overrides(settings),
    )
    predictions = None
    if not isinstance(y_true, str | Path):
        if groups is None and loaded.experiment.data.groups is not None:
            raise UsageError("data.groups names a column of a file; pass an array as `groups`")
        from reportgen.api.arrays import join_arrays

        slugs = [model.slug for model in loaded.experiment.models]
        names = loaded.experiment.data.classes or None
        arrays: Any = models
        predictions = join_arrays(y_true, arrays, slugs, names, kind, groups)
    command = f"reportgen.compare(y_true, {{{', '.join(f'{name!r}: …' for name in models)}}})"
    return _gather(BuildRequest(loaded=loaded, predictions=predictions), command)


def build(
    experiment: str | Path,
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002 - as `--set` on the command line
    output: str | Path = "output",
    data_dir: str | Path | None = None,
    device: str = "auto",
    workers: int | None = None,
    cluster: str | None = None,
    formats: Format | Sequence[Format] = ("html", "pdf"),
) -> Report:
    """Build the report of an experiment, as `reportgen build` does, and return it.

    Args:
        experiment: name of a shipped experiment, or path of a TOML file.
        set: dotted path → value that replaces the file's, as `{"training.epochs": 3}`.
        output: folder of builds and kept runs.
        data_dir: folder of data sets.
        device: where to train; `auto` takes a GPU where there is one.
        workers: processes to train in; None takes one for each core.
        cluster: address of a Dask scheduler to train on, or `local:N` for N workers here.
        formats: which documents to write.

    Raises ReportgenError for everything that can be wrong with experiment, data or output.
    """
    from reportgen.pipeline import BuildRequest
    from reportgen.pipeline import build as run_build

    documents = (formats,) if isinstance(formats, str) else formats
    if (
        not isinstance(documents, Collection)
        or not documents
        or any(each not in ("html", "pdf") for each in documents)
    ):
        raise UsageError(f'formats must be "html", "pdf" or both, not {formats!r}')
    if workers is not None and (type(workers) is not int or workers < 1):
        raise UsageError(f"workers must be a whole number from 1, not {workers!r}")
    as_path("experiment", experiment)  # whose text may be a name
    request = BuildRequest(
        experiment=str(experiment),
        overrides=_overrides(set),
        output=as_path("output", output),
        data_dir=None if data_dir is None else as_path("data_dir", data_dir),
        device=device,
        workers=workers,
        cluster=as_text("cluster", cluster),
        formats=tuple(documents),
    )
    return load_report(run_build(request, _Log(), _memory()).folder)


def load_report(path: str | Path) -> Report:
    """Return the report in a file, report.html or report.pdf, or in the folder of a build.

    Raises UsageError where there is none, VerificationFailed where its evidence is damaged.
    """
    from reportgen.verification import find_report, read_report

    target = as_path("path", path)
    if not target.exists():
        raise UsageError(
            f"{target}: there is no such file or folder; give a report.html, a report.pdf or the "
            "folder of a build"
        )
    if target.is_dir():
        target = find_report(target)
    return Report(read_report(target), target.parent)


def verify(path: str | Path) -> VerifyResult:
    """Recompute every number and sentence of a report from the evidence it carries.

    The result's `findings` are empty where all of them follow.
    """
    from reportgen.verification import verify_report

    return verify_report(as_path("path", path))


def audit_figures(path: str | Path) -> CountedAudit:
    """Audit whether the published values in a TOML file are possible on the data they name."""
    from reportgen.audit.assembly import audit_tables
    from reportgen.audit.files import read_published

    return audit_tables(read_published(as_path("path", path)))


def diff_reports(first: str | Path, second: str | Path) -> Diff:
    """Compare two builds, each the folder of a build, its results.json or its report.html."""
    from reportgen.diff import compare_builds
    from reportgen.diff.selection import read_build

    paths = as_path("first", first), as_path("second", second)
    return compare_builds(read_build(paths[0]), read_build(paths[1]), (str(first), str(second)))


def _gather(request: BuildRequest, command: str) -> Report:
    """Return the report of a request without writing it."""
    from dataclasses import replace

    from reportgen.pipeline import carry

    with tempfile.TemporaryDirectory(prefix="reportgen-") as folder:
        return Report(carry(replace(request, output=Path(folder)), _Log(), command))


def _overrides(settings: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return settings as the command line takes them; raises UsageError."""
    if settings is not None and not isinstance(settings, Mapping):
        raise UsageError("settings are a mapping of paths to values, as {'training.epochs': 3}")
    return tuple(f"{path}={_toml(path, value)}" for path, value in (settings or {}).items())


def _toml(path: str, value: Any) -> str:
    """Return a value in TOML, on one line; numbers and arrays may be those of NumPy."""
    if isinstance(value, Mapping):
        entries = (f"{json.dumps(key)} = {_toml(path, each)}" for key, each in value.items())
        return f"{{{', '.join(entries)}}}"
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(path, each) for each in value)}]"
    if not isinstance(value, str | int | float):
        raise UsageError(f"{path}: a value of the type {type(value).__name__} is not a setting")
    return json.dumps(value, ensure_ascii=False)


@cache
def _memory() -> Memory:
    """Return what is kept in memory of the builds of this process."""
    from reportgen.pipeline.remembered import Memory

    return Memory()


class _Log:
    """A reporter for programs: Python shows warnings, and the rest where its log is shown."""

    def stage(self, message: str) -> None:
        """Log the current step of the build."""
        LOG.info(message)

    def warn(self, message: str) -> None:
        """Warn through Python's warnings."""
        warnings.warn(message, stacklevel=2)

    def plan(self, planned: Sequence[PlannedRun], missing: Sequence[PlannedRun]) -> None:
        """Log how many runs will be trained."""
        LOG.info("Runs: %d, of which to train: %d", len(planned), len(missing))

    def progress(self, progress: Progress) -> None:
        """Log each run that is finished."""
        if progress.state == "finished":
            LOG.info("Trained: %s, seed %d", progress.model, progress.seed)
