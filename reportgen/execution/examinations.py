"""What studies have computed from trained networks themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from reportgen.execution.study_work import Work, keep, naming_failure, restore_network
from reportgen.results.store import Store
from reportgen.studies.study import Examination

if TYPE_CHECKING:
    import torch

OTHER_SEED = 2**31
"""What is added to a run's seed for the initial weights that its trained ones are compared with."""


@dataclass(frozen=True)
class Examine(Work):
    """One network that is to be examined."""

    what: Literal["measure", "show"]
    examination: Examination
    settings: Mapping[str, Any]
    images: NDArray[np.uint8]
    """`[n, channels, height, width]`"""
    positions: NDArray[np.int32]
    """Where they are in the test set, `[n]`."""

    @property
    def packages(self) -> tuple[str, ...]:
        """What computes besides torch."""
        return ("numpy", "scipy", self.examination.package)

    @property
    def code(self) -> Mapping[str, str]:
        """What examines."""
        return {self.examination.measure.reference: self.examination.measure.digest}

    def do(self, store: Store, device: torch.device) -> None:
        """Examine the network."""
        from reportgen.training.loop import start

        ((key, run),) = self.runs.items()
        examination = self.examination
        trained = restore_network(store, run, device)
        with naming_failure(f"examining {run.model}, seed {run.seed},"):
            if self.what == "show":
                arrays = examination.show(trained, self.images, self.settings)
            else:
                spec = run.ingredients.spec
                other = spec.model_copy(update={"seed": (spec.seed + OTHER_SEED) % 2**32})
                untrained = start(other, run.code, device)
                arrays = examination.measure(
                    trained, untrained, self.images, self.positions, self.settings
                )
        keep(store, key, run, arrays, examined=self.what)
