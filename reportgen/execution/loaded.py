"""The code that a process trains with: as it was on disk when the process loaded it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reportgen.config.plan import PlannedRun, read_numerics
from reportgen.errors import TrainingFailed

NUMERICS = {f"training/{name}": found for name, found in read_numerics().items()}
"""File of the training room → SHA-256. What workers are forked from imports this with the code."""


def check_code(runs: Iterable[PlannedRun], functions: Mapping[str, str]) -> None:
    """Make sure that the keys of runs, and of what a study computes, name the code that is loaded.

    `functions` are those of the study, as `module:function` → SHA-256 of its module. Raises
    TrainingFailed where reportgen was updated between planning and loading.
    """
    planned = {
        name: known
        for run in runs
        for name, known in run.ingredients.sources.items()
        if name.startswith("training/") and name not in run.code.digests
    }
    changed = [name for name, known in planned.items() if NUMERICS.get(name) != known]
    if functions:
        # Loads rooms that no training needs.
        from reportgen.studies.study import code_digest

        changed += [name for name, known in functions.items() if code_digest(name) != known]
    if changed:
        raise TrainingFailed(
            f"reportgen was updated after this process had loaded it ({changed[0]} differs), so "
            "results could be kept as those of other code; restart reportgen, then build again"
        )
