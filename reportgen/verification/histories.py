"""Whether the training history and the costs of a run are possible under its settings."""

from __future__ import annotations

import math
from collections.abc import Iterator

from reportgen.config.plan import count_validation
from reportgen.config.spec import TrainingSpec
from reportgen.results.evidence import Evidence
from reportgen.results.records import CLEAN_EXAMPLES, Epoch, RunRecord

_CORRECT_TOLERANCE = 1e-6
"""By how much of an example a share of examples may miss a whole number."""
_SUM = 1e-9
"""By how much of itself the sum of the epochs' seconds may miss the time of the training."""


def check_history(record: RunRecord, evidence: Evidence) -> Iterator[str]:
    """Yield what is impossible in the epochs of a run."""
    settings, history = record.spec.training, record.history
    if settings is None:
        if history:
            yield "it has epochs, although it is not trained in epochs"
        return
    yield from _check_length(record, settings)
    examples = evidence.header.dataset.train
    validation = count_validation(record.ingredients, examples)
    for number, epoch in enumerate(history, start=1):
        found = _check_epoch(epoch, examples - validation, validation)
        yield from (f"epoch {number}: {text}" for text in found)


def _check_length(record: RunRecord, settings: TrainingSpec) -> Iterator[str]:
    done, kept = len(record.history), record.kept_epoch
    if not settings.patience:
        if done != settings.epochs:
            yield f"it has {done} epochs, but its settings state {settings.epochs}"
        if kept is not None:
            yield f"the weights of epoch {kept} were kept, although it does not stop early"
        return
    losses = [epoch.validation_loss for epoch in record.history]
    known = [loss for loss in losses if loss is not None and math.isfinite(loss)]
    best = losses.index(min(known)) + 1 if known else 0
    if kept != best:
        yield (
            f"the weights of epoch {kept} were kept, but the lowest validation loss is that of "
            f"epoch {best}"
        )
    if done != settings.epochs and done != best + settings.patience:
        yield (
            f"it stops after {done} epochs, but its settings state {settings.epochs}, or "
            f"{settings.patience} after the best one, which is epoch {best}"
        )


def _check_epoch(epoch: Epoch, examples: int, validation: int) -> Iterator[str]:
    yield from _check_amounts(
        {
            "loss": epoch.loss,
            "validation loss": epoch.validation_loss,
            "time": epoch.seconds,
        }
    )
    if (epoch.validation_accuracy is not None) != bool(validation):
        yield "there are validation values without validation examples, or the reverse"
    shares = (
        (epoch.accuracy, examples),
        (epoch.clean_accuracy, min(examples, CLEAN_EXAMPLES)),
        (epoch.validation_accuracy, validation),
    )
    for share, count in shares:
        if share is not None and not _is_share(share, count):
            yield f"the accuracy {share} is not a share of {count:,} examples"


def _is_share(share: float, count: int) -> bool:
    correct = share * count
    return 0 <= share <= 1 and abs(correct - round(correct)) <= _CORRECT_TOLERANCE


def check_costs(record: RunRecord) -> Iterator[str]:
    """Yield what is impossible in what a run cost."""
    costs = record.costs
    if costs is None:
        if record.spec.kind != "predictions":
            yield "its cost is missing"
        return
    yield from _check_amounts(costs.model_dump())
    total = sum(epoch.seconds for epoch in record.history)
    same = math.isclose(costs.train_seconds, total, rel_tol=_SUM, abs_tol=_SUM)
    if record.history and not same:
        yield "the time of its training is not the sum of its epochs"


def _check_amounts(amounts: dict[str, float | None]) -> Iterator[str]:
    """Yield which amounts are negative or not finite."""
    for name, amount in amounts.items():
        if amount is not None and not 0 <= amount < math.inf:
            yield f"its {name.replace('_', ' ')} is {amount}"
