"""What trained networks predict for images that a study changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reportgen.execution.study_work import Work, keep, naming_failure, restore_network
from reportgen.results.arrays import pack_classes
from reportgen.results.evidence import ImageSet
from reportgen.results.quantisation import code_odds
from reportgen.results.store import Store
from reportgen.studies.study import ImageChanges

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from reportgen.training.loop import Training


PACKAGES = ("numpy", "scipy", "pillow")
"""Packages whose versions are part of the key of an evaluation."""


@dataclass(frozen=True)
class Task:
    """One image set, and the evaluations of it that are missing."""

    images: ImageSet
    keys: Sequence[str]
    given: NDArray[np.uint8] | None = None
    """The images, if they are not changed here."""


@dataclass(frozen=True)
class Evaluate(Work):
    """Some image sets, with all that a process needs for them."""

    tasks: Sequence[Task]
    inputs: NDArray[np.uint8]
    """The unchanged images at `positions`, `[n, channels, height, width]`."""
    positions: NDArray[np.integer[Any]]
    changes: ImageChanges

    @property
    def size(self) -> int:
        """How many image sets there are."""
        return len(self.tasks)

    @property
    def packages(self) -> tuple[str, ...]:
        """What computes besides torch."""
        return PACKAGES

    @property
    def code(self) -> Mapping[str, str]:
        """What changes images."""
        return {self.changes.change.reference: self.changes.change.digest}

    def do(self, store: Store, device: torch.device) -> None:
        """Evaluate every network on one image set after the other."""
        import torch

        from reportgen.training.loop import predict

        networks: dict[str, Training] = {}
        for task in self.tasks:
            changed = task.given
            if changed is None:
                changed = self.changes.change(self.inputs, self.positions, task.images.recipe)
            images = torch.from_numpy(changed).to(device)
            for key in task.keys:
                run = self.runs[key]
                if run.key not in networks:
                    networks[run.key] = restore_network(store, run, device)
                where = f"{run.model}, seed {run.seed}, on {task.images.name}"
                with naming_failure(f"evaluating {where},"):
                    logits = predict(networks[run.key], images)
                arrays = self._arrays(logits, changed, run.ingredients.spec.classes)
                keep(store, key, run, arrays, images=task.images.model_dump(mode="json"))

    def _arrays(
        self, logits: Tensor, changed: NDArray[np.uint8], classes: int
    ) -> dict[str, NDArray[Any]]:
        import torch

        predicted = logits.argmax(1).to(torch.int32).cpu().numpy()
        arrays = {"test": pack_classes(predicted, classes), "first": changed[0]}
        if self.changes.confidence:
            there = changed.any(axis=(1, 2, 3))
            arrays["confidence"] = np.where(there, code_odds(_log_odds(logits)), 0)
        return arrays


def _log_odds(logits: Tensor) -> NDArray[np.float32]:
    """Return ln(p / (1 − p)) of the largest probability p of each row, `[n]`."""
    largest, index = logits.max(dim=1)
    others = logits.scatter(1, index[:, None], float("-inf"))
    found: NDArray[np.float32] = (largest - others.logsumexp(dim=1)).cpu().numpy()
    return found
