"""Options of training and the progress that it reports; loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reportgen.config.environment import Device
from reportgen.results.records import Outcome as Outcome

State = Literal["started", "resumed", "training", "finished"]

NOT_ON_WINDOWS = (
    "models cannot be trained or evaluated on Windows; run the same command in WSL 2 (to install "
    "it: wsl --install). Reports of runs that are kept, compare, verify and audit work on Windows"
)


@dataclass(frozen=True)
class TrainingOptions:
    """Where runs are trained."""

    device: Device = "cpu"
    workers: int | None = None
    """Processes to train in; None takes one for each core (on a GPU: one)."""
    cluster: str | None = None
    """Address of a Dask scheduler, or `local:N`; None trains on this machine."""


@dataclass(frozen=True)
class Progress:
    """How far one run has come."""

    key: str
    model: str
    """Slug, and how many examples it is fitted to where these are a part of all."""
    seed: int
    epoch: int
    """Epochs that are whole."""
    epochs: int
    fraction: float
    """Share of the run that is done, in [0, 1]."""
    state: State
