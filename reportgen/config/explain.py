"""Why a run is to be trained: what differs from the nearest run that is kept.

Changes are named by their paths in the experiment file (`models.cnn.dropout 0.5 → 0.3`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reportgen.config.keys import differences, digest
from reportgen.config.plan import PlannedRun
from reportgen.config.spec import Ingredients, RunSpec, TrainingSpec

NOTHING_LIKE_IT = "no similar run is kept"

_TABLES = {
    **dict.fromkeys(("mean", "std"), "data.normalize"),
    **dict.fromkeys(("shift", "rotation", "noise"), "training.augmentation"),
}
"""Field of TrainingSpec → its table in the experiment file, where that is not `training`."""


@dataclass(frozen=True)
class Change:
    """One ingredient that differs; without values where these are digests."""

    path: str
    """Dotted path in the experiment file, or a short statement such as `data: other bytes`."""
    old: str | None = None
    new: str | None = None

    def __str__(self) -> str:
        return self.path if self.old is None else f"{self.path} {self.old} → {self.new}"


def explain(
    planned: PlannedRun, kept: Iterable[Ingredients], in_use: Collection[str] = ()
) -> tuple[Change, ...]:
    """Return what differs between a planned run and the kept run nearest to it.

    Near is what has few changes; of two equally near, the first of `kept` counts. A run whose key
    is among `in_use` (those that the same plan reuses) belongs to another model, unless only the
    seed differs, and is compared with only where there is no other. Empty where the run itself is
    kept.
    """
    wanted = planned.ingredients.spec
    candidates = [
        (ingredients, find_changes(planned.model, ingredients, planned.ingredients))
        for ingredients in kept
        # Only runs of one architecture can be compared.
        if (ingredients.spec.kind, ingredients.spec.reference) == (wanted.kind, wanted.reference)
    ]
    if not candidates:
        return (Change(NOTHING_LIKE_IT),)
    _, nearest = min(
        candidates,
        key=lambda candidate: (
            digest(candidate[0]) in in_use and not all(map(_is_new_seed, candidate[1])),
            # Another seed weighs more, as every seed of a model usually has its run.
            len(candidate[1]) + 0.5 * sum(map(_is_new_seed, candidate[1])),
        ),
    )
    return nearest


def find_changes(model: str, old: Ingredients, new: Ingredients) -> tuple[Change, ...]:
    """Return all that differs between two runs; `model` is the slug of the new one."""
    return (
        # The shape of the data changes only with the data; of a seed there is no old value.
        *_compare(_settings(model, old.spec), _settings(model, new.spec)),
        *([] if old.spec.seed == new.spec.seed else [Change(f"seed {new.spec.seed} is new")]),
        *([] if old.data_sha256 == new.data_sha256 else [Change("the data are new")]),
        *_study_changes(old, new),
        *_validation_changes(old, new),
        *source_changes(old.sources, new.sources),
        *_compare(_surroundings(old), _surroundings(new)),
    )


def _study_changes(old: Ingredients, new: Ingredients) -> tuple[Change, ...]:
    """Name what differs between runs that studies ask for."""
    before, after = old.tasks, new.tasks
    if before is not None and after is not None and before.method == after.method:
        return _compare(dict(before), dict(after), "studies.continual.")
    if old.subset == new.subset and before == after and old.held_out == new.held_out:
        return ()
    return (Change(f"there was no run {_what_for(new)}"),)


def _validation_changes(old: Ingredients, new: Ingredients) -> tuple[Change, ...]:
    """Name what differs in the groups to validate on, where no setting, seed or study does."""
    same = (old.spec, old.subset, old.held_out) == (new.spec, new.subset, new.held_out)
    if not same or old.validation == new.validation:
        return ()
    return (Change("the groups that are held out for validation are new"),)


def _what_for(run: Ingredients) -> str:
    if run.tasks is not None:
        return f"on tasks by {run.tasks.method}"
    if run.held_out is not None:
        return f"without {run.held_out:,} training examples that a sweep holds out"
    return f"on {run.subset.size if run.subset else 'all'} training examples"


def _is_new_seed(change: Change) -> bool:
    return change.path.startswith("seed ")


def _settings(model: str, spec: RunSpec) -> dict[str, Any]:
    """Return the settings of a run by their dotted paths in the experiment file."""
    settings = {
        f"models.{model}.{name}" if name == "dropout" else f"models.{model}.options.{name}": value
        for name, value in spec.options.items()
    }
    for name in TrainingSpec.model_fields if spec.training else ():
        table = _TABLES.get(name, "training")
        settings[f"{table}.{name}"] = getattr(spec.training, name)
    return settings


def source_changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    """Name the source files that differ, given by name with their digests."""
    return tuple(
        Change(f"{path} {'added' if before is None else 'removed' if after is None else 'changed'}")
        for path, before, after in sorted(differences(old, new))
    )


def _surroundings(run: Ingredients) -> dict[str, str | None]:
    return {**run.versions, "device": run.device, "schema": str(run.schema_version)}


def _compare(old: Mapping[str, Any], new: Mapping[str, Any], start: str = "") -> tuple[Change, ...]:
    found = differences(old, new, start)
    return tuple(Change(path, _print(before), _print(after)) for path, before, after in found)


def _print(value: object) -> str:
    """Print a value as an experiment file would: 0.5, 10, adam; `none` for one that is not set."""
    if value is None:
        return "none"
    return f"{value:.15g}" if isinstance(value, float) else str(value)
