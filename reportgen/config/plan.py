"""The plan: which runs an experiment asks for, each with the key of all that can change it.

A field of the experiment does one of three things. It becomes part of the `RunSpec`; it decides on
the data or on files of the user's, and acts through their digests; or it only changes what a report
prints about the runs (`PRESENTATION_ONLY`). tests/config/test_plan.py has each field in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from reportgen.config.environment import Device, Environment, ResolvedPrecision
from reportgen.config.keys import digest, file_digests
from reportgen.config.models import find_plugins
from reportgen.config.schema import PIXEL_MEAN, PIXEL_STD, Experiment, Model
from reportgen.config.spec import Ingredients, RunSpec, Subset, TaskSequence, TrainingSpec
from reportgen.errors import ReportgenError
from reportgen.plugins import Plugin
from reportgen.plugins.finding import PACKAGE

PRESENTATION_ONLY: Mapping[str, str] = {
    "data.title": "what the report calls the data set",
    "title": "printed on the cover",
    "subtitle": "printed on the cover",
    "keywords": "printed below the abstract",
    "cover": "lines of the cover",
    "contributions": "division of labour, in the appendix",
    "models.name": "what the report calls a model",
    "models.role": "whether it is compared, or shown as a baseline",
    "models.slug": "how paths and the command line call a model",
    "analysis": "compares finished runs",
    "studies": "ask further questions of finished runs",
    "sweep": "selects settings of models, which then change their runs",
    "report": "looks, and what is kept",
    "notes": "the author's prose",
    "references": "the list of references",
    "published": "values that finished runs are set beside",
}
"""Dotted field or table → why it changes no run."""

PRESENTATION = frozenset(path for path in PRESENTATION_ONLY if "." not in path) - {
    "analysis",
    "studies",
    "sweep",
    "published",
}
"""Fields and tables that change no number of a report either."""


CONVOLUTION_FILES = ("fused.py", "kernels.py")
"""Files of the training room that no other network than the shipped `cnn` uses."""

TASKS_FILES = ("tasks.py",)
"""Files of the training room for networks that learn one task after the other, and no others."""

GRAPH_FILES = ("graphs.py",)
"""Files of the training room that only shipped networks on an NVIDIA GPU use."""

ESTIMATOR_FILES = ("estimators.py",)
"""Files of the training room that estimators use, and networks do not."""

SHIPPED_DEFAULTS: Mapping[str, Any] = {"dropout": 0.0, "channels": [32, 64], "hidden": [128]}
"""Options of the shipped architectures."""


class DataShape(Protocol):
    """What a plan needs of a data set; `DatasetRecord` is one."""

    @property
    def sha256(self) -> str:
        """Of the inputs and labels."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Channels, height, width of an image, or the number of features."""


@dataclass(frozen=True)
class PlannedRun:
    """One model to be trained with one seed."""

    model: str
    """Slug."""
    seed: int
    ingredients: Ingredients
    key: str
    """Digest of the ingredients."""
    plugin: Plugin | None = None
    """Where the code of the model is found; None where nothing is fitted."""
    configuration: str = ""
    """The settings that a sweep tries, as progress and errors name them."""

    @property
    def code(self) -> Plugin:
        """The plug-in of a run that is fitted."""
        if self.plugin is None:
            raise ValueError(f"{self.model} is not fitted")
        return self.plugin

    @property
    def title(self) -> str:
        """The slug, and what a study has it fitted to."""
        subset, tasks = self.ingredients.subset, self.ingredients.tasks
        if self.ingredients.held_out is not None:
            return f"{self.model}, sweep with {self.configuration}"
        if subset is not None:
            return f"{self.model} with {subset.size:,} examples"
        return self.model if tasks is None else f"{self.model}, tasks by {tasks.method}"

    def changed_to(self, ingredients: Ingredients) -> PlannedRun:
        """Return the run of the same model and seed that a study has fitted otherwise."""
        return replace(self, ingredients=ingredients, key=digest(ingredients))


def fit_to_subset(ingredients: Ingredients, subset: Subset, steps: int) -> Ingredients:
    """Return the ingredients of a run on a part of the training examples.

    A network is trained for as many epochs as on all of them, and for more where these would be
    fewer than `steps` steps of the optimizer.
    """
    spec = ingredients.spec
    if spec.training is not None:
        held_out = count_validation(ingredients, subset.size)
        batches = -(-(subset.size - held_out) // spec.training.batch_size)
        epochs = max(spec.training.epochs, -(-steps // batches))
        training = spec.training.model_copy(update={"epochs": epochs})
        spec = spec.model_copy(update={"training": training})
    return ingredients.model_copy(update={"spec": spec, "subset": subset})


def count_validation(ingredients: Ingredients, examples: int) -> int:
    """Return how many of the `examples` that it is given a network validates on."""
    if ingredients.validation is not None:
        return ingredients.validation.size
    training = ingredients.spec.training
    return min(round(examples * training.validation_fraction), examples - 1) if training else 0


def fit_for_validation(ingredients: Ingredients, held_out: int) -> Ingredients:
    """Return the ingredients of a run of a sweep, on data whose held-out examples are its test set.

    A network holds out further examples only where it needs them to stop early.
    """
    spec = ingredients.spec
    if spec.training is not None and not spec.training.patience:
        training = spec.training.model_copy(update={"validation_fraction": 0.0})
        spec = spec.model_copy(update={"training": training})
    return ingredients.model_copy(update={"spec": spec, "held_out": held_out})


def fit_to_tasks(
    ingredients: Ingredients,
    tasks: TaskSequence,
    count: int,
    sources: Mapping[str, str],
    outputs: int | None = None,
) -> Ingredients:
    """Return the ingredients of a network that learns `count` tasks.

    `outputs` are those of the network, by default one for each class. All its examples are trained
    on: none are held out, and it never stops early. `sources` are the digests of
    `read_task_sources`.
    """
    training = ingredients.spec.training
    if training is None:
        raise ValueError("tasks are learned by networks alone")
    stages = 1 if tasks.method == "joint" else count
    changes = {"epochs": tasks.epochs * stages, "validation_fraction": 0.0, "patience": 0}
    classes = outputs or ingredients.spec.classes
    trained = {"training": training.model_copy(update=changes), "classes": classes}
    spec = ingredients.spec.model_copy(update=trained)
    update = {"spec": spec, "tasks": tasks, "sources": {**ingredients.sources, **sources}}
    return ingredients.model_copy(update={**update, "validation": None})


def read_task_sources() -> dict[str, str]:
    """Return the digests of what only networks use that learn one task after the other."""
    numerics = read_numerics()
    return {f"training/{name}": numerics[name] for name in TASKS_FILES}


def plan_runs(
    experiment: Experiment,
    dataset: DataShape,
    environment: Environment,
    plugins: Mapping[str, Plugin] | None = None,
    numerics: Mapping[str, str] | None = None,
) -> tuple[PlannedRun, ...]:
    """Return the runs to fit, model by model and seed by seed, in the file's order.

    Two models that are the same network have runs with the same keys. `plugins` are what each model
    names, by slug; `numerics` are the digests of the files of the training room; both are read
    where they are not given.
    Raises PluginFailed: a plug-in cannot be read.
    """
    files = read_numerics() if numerics is None else numerics
    found = find_plugins(experiment.models, Path()) if plugins is None else plugins
    return tuple(
        _plan_run(model, seed, experiment, dataset, environment, found[model.slug], files)
        for model in experiment.models
        if model.predictions is None
        for seed in seeds_of(model, found[model.slug], experiment)
    )


def seeds_of(model: Model, plugin: Plugin, experiment: Experiment) -> tuple[int, ...]:
    """Return the seeds that a model is fitted with.

    A scikit-learn estimator without `random_state` gives the same result for each: one is enough.
    """
    seeds = experiment.training.seeds
    return seeds[:1] if model.run_kind == "estimator" and is_deterministic(plugin) else seeds


def is_deterministic(plugin: Plugin) -> bool:
    """Return whether an estimator is known to use no random numbers."""
    signature = plugin.signature
    return (
        plugin.module.partition(".")[0] == "sklearn"
        and signature is not None
        and not signature.takes_any
        and "random_state" not in signature.names
        # What is composed of others may contain one that does.
        and not {"estimator", "estimators", "steps", "base_estimator"} & set(signature.names)
    )


def read_numerics() -> Mapping[str, str]:
    """Return the SHA-256 of the bytes of each file of the training room."""
    return file_digests(PACKAGE / "training")


def _plan_run(
    model: Model,
    seed: int,
    experiment: Experiment,
    dataset: DataShape,
    environment: Environment,
    plugin: Plugin,
    numerics: Mapping[str, str],
) -> PlannedRun:
    ingredients = Ingredients(
        spec=specify_run(model, seed, experiment, dataset, environment.precision, plugin),
        data_sha256=dataset.sha256,
        sources={**_choose_sources(model, plugin, environment.device, numerics), **plugin.digests},
        versions=_choose_versions(model, plugin, environment),
        device=environment.device if model.run_kind == "network" else "cpu",
    )
    return PlannedRun(model.slug, seed, ingredients, digest(ingredients), plugin)


def specify_run(
    model: Model,
    seed: int,
    experiment: Experiment,
    dataset: DataShape,
    precision: ResolvedPrecision,
    plugin: Plugin,
) -> RunSpec:
    """Return what is fitted for one model that is no set of predictions, with one seed."""
    is_network = model.run_kind == "network"
    return RunSpec(
        kind=model.run_kind,
        reference=model.reference,
        options={**_shipped_defaults(plugin), **model.constructor_options},
        input_shape=dataset.input_shape,
        classes=len(dataset.classes),
        seed=seed,
        training=_specify_training(model, experiment, precision) if is_network else None,
    )


def _shipped_defaults(plugin: Plugin) -> dict[str, Any]:
    """Return the options of a shipped architecture; those left out are written into its key."""
    if not plugin.is_shipped or plugin.signature is None:
        return {}
    names = set(plugin.signature.names)
    return {name: value for name, value in SHIPPED_DEFAULTS.items() if name in names}


def _choose_sources(
    model: Model, plugin: Plugin, device: Device, numerics: Mapping[str, str]
) -> dict[str, str]:
    if model.run_kind == "estimator":
        unused = set(numerics) - {*ESTIMATOR_FILES, "__init__.py"}
    else:
        own = () if plugin.is_shipped else ("architectures.py",)
        loops = () if model.architecture == "cnn" else CONVOLUTION_FILES
        graphs = () if plugin.is_shipped and device == "cuda" else GRAPH_FILES
        unused = {*ESTIMATOR_FILES, *TASKS_FILES, *graphs, *own, *loops}
    return {f"training/{name}": found for name, found in numerics.items() if name not in unused}


def require_libraries(models: Iterable[Model], environment: Environment) -> None:
    """Raise ReportgenError where a library is not installed that one of the models needs."""
    for model in models:
        missing = [name for name in _libraries_of(model) if name not in environment.versions]
        if missing and model.predictions is None:
            raise ReportgenError(
                f"models.{model.slug} needs {missing[0]}, which is not installed; "
                'install it with: python -m pip install "reportgen[train]"'
            )


def _libraries_of(model: Model) -> list[str]:
    if model.run_kind == "network":
        return ["torch", "numpy"]
    return ["scikit-learn", "numpy", "scipy"]


def _choose_versions(model: Model, plugin: Plugin, environment: Environment) -> dict[str, str]:
    """Return the versions of what a run is computed with."""
    needed = _libraries_of(model)
    if model.architecture == "cnn" and environment.device == "cpu":
        needed.append("numba")
    # That of torch has its build family here, which the package's metadata lacks.
    own = {name: environment.versions.get(name, found) for name, found in plugin.versions.items()}
    return {
        **{name: environment.versions[name] for name in needed if name in environment.versions},
        **own,
    }


def _specify_training(
    model: Model, experiment: Experiment, precision: ResolvedPrecision
) -> TrainingSpec:
    """Return how a network is trained; settings that do not matter keep their defaults."""
    training, normalize = experiment.training_of(model), experiment.data.normalize
    momentum = training.momentum if training.optimizer in ("sgd", "rmsprop") else 0.0
    steps = training.schedule == "step"
    settings = training.model_dump(exclude={"augmentation"})
    settings |= training.augmentation.model_dump()
    settings |= {
        "momentum": momentum,
        "nesterov": training.nesterov and training.optimizer == "sgd" and momentum > 0,
        "step_epochs": training.step_epochs if steps else 0,
        "step_factor": training.step_factor if steps else 1.0,
        "patience": training.patience if training.validation_fraction else 0,
        "mean": PIXEL_MEAN if normalize.mean is None else normalize.mean,
        "std": PIXEL_STD if normalize.std is None else normalize.std,
        "precision": precision,
    }
    return TrainingSpec.model_validate(settings)
