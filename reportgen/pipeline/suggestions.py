"""Which configurations of one model a sweep tries next, given the scores so far."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pydantic import JsonValue

from reportgen.config.sweep import (
    Choices,
    Configuration,
    Range,
    Sweep,
    list_values,
    make_configurations,
)
from reportgen.errors import ReportgenError

if TYPE_CHECKING:
    import optuna

Suggestions = Generator[Sequence[Configuration], Sequence[float | None], None]
"""Yields configurations, and is sent their scores, in the same order: None for one that failed."""

BATCH = 8
"""Configurations that Optuna suggests before it learns their scores: their runs are trained side by
side. A number of its own, not that of the workers, so that every machine tries the same."""


def suggest(sweep: Sweep, choices: Mapping[str, Choices], higher_is_better: bool) -> Suggestions:
    """Return the suggestions of a design for what is tried of one model.

    Raises ReportgenError where Optuna is needed and not installed.
    """
    if sweep.design != "optuna":
        return _all_at_once(make_configurations(sweep, choices))
    if find_spec("optuna") is None:
        raise ReportgenError(
            "design = \"optuna\" needs Optuna; install it with: pip install 'reportgen[sweep]'"
        )
    return _ask_optuna(sweep, choices, higher_is_better)


def _all_at_once(configurations: Sequence[Configuration]) -> Suggestions:
    yield configurations


def _ask_optuna(
    sweep: Sweep, choices: Mapping[str, Choices], higher_is_better: bool
) -> Suggestions:
    """Yield what Optuna's tree-structured Parzen estimator suggests (Bergstra et al. 2011)."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize" if higher_is_better else "minimize",
        # Without it, configurations of one batch would resemble each other, having no scores yet.
        sampler=optuna.samplers.TPESampler(seed=sweep.seed, constant_liar=True),
    )
    left = sweep.count or 1
    while left:
        trials = [study.ask() for _ in range(min(BATCH, left))]
        left -= len(trials)
        scores = yield [
            {path: _suggest(trial, path, each) for path, each in choices.items()}
            for trial in trials
        ]
        for trial, score in zip(trials, scores, strict=True):
            if score is None:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, score)


def _suggest(trial: optuna.Trial, path: str, choices: Choices) -> JsonValue:
    """Return the value of one setting that Optuna suggests."""
    if not isinstance(choices, Range) or choices.count is not None:
        values = list_values(choices)
        # By place: a value may be a list, which is no choice of Optuna's.
        return values[trial.suggest_categorical(path, range(len(values)))]
    low, high = choices.ends
    return choices.round(trial.suggest_float(path, low, high, log=choices.log is not None))
