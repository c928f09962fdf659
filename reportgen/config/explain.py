"""Why a run is to be trained: what differs from the nearest run that is kept.

Changes are named in the words of the experiment file (`models.cnn.dropout 0.5 → 0.3`), so that
whoever made one finds it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reportgen.config.keys import digest
from reportgen.config.plan import PlannedRun
from reportgen.config.spec import Ingredients, RunSpec

NOTHING_LIKE_IT = "no run like it is kept"

_PATHS: Mapping[str, str] = {
    "dropout": "models.{model}.dropout",
    "mean": "data.normalize.mean",
    "std": "data.normalize.std",
    "optimizer": "training.optimizer",
    "loss": "loss",
    "learning_rate": "training.learning_rate",
    "weight_decay": "training.weight_decay",
    "batch_size": "training.batch_size",
    "epochs": "training.epochs",
    "validation_fraction": "training.validation_fraction",
    "precision": "training.precision",
}
"""Field of RunSpec → how the experiment file calls it.

Not among them: the architecture, as a run of another one is not like it; the shape of the data,
which changes only with the data; the seed, of which there is no old one.
"""


@dataclass(frozen=True)
class Change:
    """One ingredient that differs; without values where they would say nothing to a reader."""

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
    is among `in_use` (those that the same plan reuses) stands for another model, unless only the
    seed differs, and is compared with only where there is no other. Empty where the run itself is
    kept.
    """
    candidates = [
        (ingredients, find_changes(planned.model, ingredients, planned.ingredients))
        for ingredients in kept
        if ingredients.spec.architecture == planned.ingredients.spec.architecture
    ]
    if not candidates:
        return (Change(NOTHING_LIKE_IT),)
    _, nearest = min(
        candidates,
        key=lambda candidate: (
            digest(candidate[0]) in in_use and not all(map(_is_new_seed, candidate[1])),
            _distance(candidate[1]),
        ),
    )
    return nearest


def find_changes(model: str, old: Ingredients, new: Ingredients) -> tuple[Change, ...]:
    """Return all that differs between two runs; `model` is the slug of the new one."""
    return (
        *_spec_changes(model, old.spec, new.spec),
        *_data_changes(old, new),
        *_source_changes(old.training_source, new.training_source),
        *_version_changes(old, new),
    )


def _distance(changes: tuple[Change, ...]) -> float:
    """Count changes; another seed weighs more, as every seed of a model usually has its run."""
    return len(changes) + 0.5 * sum(map(_is_new_seed, changes))


def _is_new_seed(change: Change) -> bool:
    return change.path.startswith("seed ")


def _spec_changes(model: str, old: RunSpec, new: RunSpec) -> tuple[Change, ...]:
    changes = [
        Change(path.format(model=model), _print(getattr(old, name)), _print(getattr(new, name)))
        for name, path in _PATHS.items()
        if getattr(old, name) != getattr(new, name)
    ]
    if old.seed != new.seed:
        changes.append(Change(f"seed {new.seed} is new"))
    return tuple(changes)


def _data_changes(old: Ingredients, new: Ingredients) -> tuple[Change, ...]:
    return () if old.data_sha256 == new.data_sha256 else (Change("data: other bytes"),)


def _source_changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(
        Change(f"training/{name} {_how_changed(name in old, name in new)}")
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def _how_changed(was_there: bool, is_there: bool) -> str:
    if was_there and is_there:
        return "changed"
    return "added" if is_there else "removed"


def _version_changes(old: Ingredients, new: Ingredients) -> tuple[Change, ...]:
    pairs = (
        ("torch", old.torch, new.torch),
        ("numpy", old.numpy, new.numpy),
        ("numba", old.numba, new.numba),
        ("device", old.device, new.device),
        ("schema", str(old.schema_version), str(new.schema_version)),
    )
    return tuple(Change(name, before, after) for name, before, after in pairs if before != after)


def _print(value: object) -> str:
    """Print a value as an experiment file would: 0.5, 10, adam."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
