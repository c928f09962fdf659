"""Whether the sweep of a report is the one that its settings ask for, and selects its models."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from reportgen.config.configurations import configure, count_configurations, swept_models
from reportgen.config.keys import digest
from reportgen.config.plan import fit_for_validation, specify_run
from reportgen.config.schema import Experiment, Model
from reportgen.config.sweep import Choices, Range, make_configurations
from reportgen.data.subsets import draw_held_out, validate_on_clusters
from reportgen.plugins import Plugin
from reportgen.results.evidence import Evidence, SweptModel, Trial
from reportgen.results.records import number_groups
from reportgen.studies.sweep.selection import predictions_of, score, score_metric, select


def check_sweep(
    experiment: Experiment, evidence: Evidence, find_plugin: Callable[[Model], Plugin]
) -> Iterator[str]:
    """Yield how the sweep of a report contradicts its settings, its runs or its models."""
    record, settings = evidence.header.sweep, experiment.sweep
    if record is None or settings is None:
        if record is not None or settings is not None:
            yield "there is a sweep either in the configuration or in the evidence, but not in both"
        return
    choices, counts = swept_models(experiment), count_configurations(experiment)
    if [each.model for each in record.models] != list(choices):
        yield "its models are not those that the configuration names values for"
        return
    fraction = experiment.training.validation_fraction
    held_out = draw_held_out(
        evidence.train_labels, fraction, settings.seed, evidence.train_clusters
    )
    models = {model.slug: model for model in experiment.models}
    for each in record.models:
        model, predicted = models[each.model], evidence.swept[each.model]
        found = [dict(trial.values) for trial in each.trials]
        if settings.design == "optuna":
            wrong = len(found) != counts[each.model] or not all(
                _is_possible(trial, choices[each.model]) for trial in each.trials
            )
        else:
            wrong = found != list(map(dict, make_configurations(settings, choices[each.model])))
        if wrong:
            yield f"the configurations of {model.name} are not those that the settings ask for"
        elif predicted.shape[1] != len(held_out):
            yield f"{model.name} has predictions for another number of held-out examples"
        else:
            if not _is_best(model, each, experiment, evidence, held_out):
                yield f"the settings of {model.name} are not those that have the best score"
            if not _have_keys(model, each, experiment, evidence, held_out, find_plugin(model)):
                yield f"the key of a run of {model.name} is not the digest of what was fitted"


def _is_possible(trial: Trial, choices: dict[str, Choices]) -> bool:
    """Return whether the values of a trial are among those that are to be tried."""
    return trial.values.keys() == choices.keys() and all(
        _is_among(value, choices[path]) for path, value in trial.values.items()
    )


def _is_among(value: object, choices: Choices) -> bool:
    if not isinstance(choices, Range):
        return value in choices
    if choices.count:
        return value in choices.numbers(choices.count)
    low, high = choices.ends
    return isinstance(value, int | float) and low <= value <= high


def _is_best(
    model: Model,
    swept: SweptModel,
    experiment: Experiment,
    evidence: Evidence,
    held_out: NDArray[np.int64],
) -> bool:
    """Return whether the configuration with the best score was trained for the report.

    `held_out`: positions of the training examples that are held out.
    """
    metric, labels = score_metric(experiment), evidence.train_labels[held_out]
    classes = len(evidence.header.dataset.classes)
    predictions = predictions_of(swept.trials, list(evidence.swept[model.slug]), labels, classes)
    place = select([score(metric, each) for each in predictions], metric.higher_is_better)
    if place is None:
        return False
    return configure(model, experiment.training, swept.trials[place].values) == model


def _have_keys(
    model: Model,
    swept: SweptModel,
    experiment: Experiment,
    evidence: Evidence,
    held_out: NDArray[np.int64],
    plugin: Plugin,
) -> bool:
    """Return whether each key is the digest of what the run was fitted to.

    The runs of a trial differ from those of the report in their settings and their data.
    """
    header = evidence.header
    assert header.sweep is not None
    runs = [run.record.ingredients for run in header.runs if run.model == model.slug]
    left = np.setdiff1d(np.arange(len(evidence.train_labels)), held_out)
    labels, clusters = evidence.train_labels[left], number_groups(evidence.train_clusters, left)
    for trial in swept.trials:
        configured, expected = configure(model, experiment.training, trial.values), []
        for run in runs[: len(trial.keys)]:
            precision = run.spec.training.precision if run.spec.training else "float32"
            spec = specify_run(
                configured, run.spec.seed, experiment, header.dataset, precision, plugin
            )
            update = {"spec": spec, "data_sha256": header.sweep.data_sha256}
            changed = fit_for_validation(run.model_copy(update=update), len(held_out))
            expected.append(digest(validate_on_clusters(changed, labels, clusters)))
        if list(trial.keys) != expected:
            return False
    return True
