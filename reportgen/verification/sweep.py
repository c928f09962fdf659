"""Whether the sweep of a report is the one that its settings ask for, and selects its models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reportgen.config.configurations import configure, count_configurations, swept_models
from reportgen.config.keys import digest
from reportgen.config.plan import fit_for_validation, specify_run
from reportgen.config.schema import Experiment, Model
from reportgen.config.spec import Ingredients
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
            checked = _Checked(model, each, experiment, evidence, held_out)
            yield from checked.compare_selection()
            yield from checked.compare_keys(find_plugin(model), record.data_sha256)


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


@dataclass(frozen=True)
class _Checked:
    """One swept model of a report."""

    model: Model
    swept: SweptModel
    experiment: Experiment
    evidence: Evidence
    held_out: NDArray[np.int64]
    """Positions of the training examples that are held out."""

    def compare_selection(self) -> Iterator[str]:
        """Yield whether another configuration than the best one was trained for the report."""
        metric, trials = score_metric(self.experiment), self.swept.trials
        predicted, classes = (
            self.evidence.swept[self.model.slug],
            self.evidence.header.dataset.classes,
        )
        labels = self.evidence.train_labels[self.held_out]
        predictions = predictions_of(trials, list(predicted), labels, len(classes))
        place = select([score(metric, each) for each in predictions], metric.higher_is_better)
        if place is None or self._configure(trials[place]) != self.model:
            yield f"the settings of {self.model.name} are not those that have the best score"

    def compare_keys(self, plugin: Plugin, data_sha256: str) -> Iterator[str]:
        """Yield whether a key is not the digest of what the run was fitted to."""
        runs = {
            run.seed: run.record.ingredients
            for run in self.evidence.header.runs
            if run.model == self.model.slug
        }
        for trial in self.swept.trials:
            model = self._configure(trial)
            expected = [
                self._expect(model, run, plugin, data_sha256)
                for run in list(runs.values())[: len(trial.keys)]
            ]
            if list(trial.keys) != expected:
                yield f"the key of a run of {self.model.name} is not the digest of what was fitted"
                return

    def _configure(self, trial: Trial) -> Model:
        return configure(self.model, self.experiment.training, trial.values)

    def _expect(self, model: Model, run: Ingredients, plugin: Plugin, data_sha256: str) -> str:
        """Return the key of a run that differs from `run` in its settings and its data."""
        training, dataset = run.spec.training, self.evidence.header.dataset
        precision = training.precision if training else "float32"
        spec = specify_run(model, run.spec.seed, self.experiment, dataset, precision, plugin)
        update = {"spec": spec, "data_sha256": data_sha256}
        changed = fit_for_validation(run.model_copy(update=update), len(self.held_out))
        labels, clusters = self.evidence.train_labels, self.evidence.train_clusters
        left = np.setdiff1d(np.arange(len(labels)), self.held_out)
        of = number_groups(clusters, left)
        return digest(validate_on_clusters(changed, labels[left], of))
