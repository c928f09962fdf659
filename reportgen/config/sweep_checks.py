"""What is wrong with `[sweep]`: paths, values, and the configurations that are made of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, ValidationError

from reportgen.characters import quote
from reportgen.config.configurations import configure, swept_models
from reportgen.config.findings import Finding, Values, slug_of, tables_at, value_at
from reportgen.config.models import check_model, find_plugins
from reportgen.config.plan import specify_run
from reportgen.config.schema import Experiment, Model
from reportgen.config.spec import RunSpec
from reportgen.config.sweep import (
    MOST_RUNS,
    Choices,
    Configuration,
    Range,
    Sweep,
    count_combinations,
    list_values,
    make_configurations,
    written_values,
)
from reportgen.config.training import Augmentation, TrainingSettings
from reportgen.config.vocabulary import Location, show, suggest

FIXED = ("validation_fraction", "seeds", "precision")
"""Settings of training that are the same for all configurations."""
TRAINING = (
    *(name for name in TrainingSettings.model_fields if name not in (*FIXED, "augmentation")),
    *(f"augmentation.{name}" for name in Augmentation.model_fields),
)
EXAMPLE = "{ log = [0.0001, 0.01], count = 5 }"
LOOKED_AT = 20
"""Configurations, at most, in which it is checked whether a setting changes a run."""


def check_sweep(values: Values) -> Iterator[Finding]:
    """Yield what is wrong with the paths of `[sweep]`, and with the values as they are written."""
    table = values.get("sweep")
    if not isinstance(table, Mapping):
        return
    if not value_at(values, ("training", "validation_fraction")):
        yield Finding(
            ("training", "validation_fraction"),
            "must be above 0 for a sweep, which selects on examples of the training set that are "
            "held out and never on the test set; set a share such as 0.1",
        )
    written = list(written_values(table))
    if not written:
        yield Finding(
            ("sweep",),
            f'has no values to try; write, for example, "training.learning_rate" = {EXAMPLE}',
        )
    for path, location, choices in written:
        message = _check_path(path, values) or _check_choices(choices)
        same = [".".join(keys) for each, keys, _ in written if each == path]
        if len(same) > 1:
            message = f"is given more than once, as {' and as '.join(same)}; keep one of them"
        if message:
            yield Finding(location, message)


def _check_path(path: str, values: Values) -> str | None:
    known = list(_known_paths(values))
    start, _, rest = path.partition(".")
    for name in FIXED:
        if path.endswith(f"training.{name}"):
            return f"cannot be swept: {name} is the same for all configurations"
    if start == "models":
        slug, _, rest = rest.partition(".")
        models = {slug_of(model): model for _, model in tables_at(values, ("models",))}
        if slug in models and (models[slug].get("predictions") or not rest):
            return (
                "cannot be swept: predictions were made elsewhere"
                if rest
                else "is a model, not a setting of one"
            )
        if slug in models and rest.startswith("options."):
            return None
    if path in known:
        return None
    nearest = _by_last_step(path, known) or suggest(path, known)
    return f"is not a setting that a sweep can change{nearest}" + (
        ""
        if nearest
        else "; those are training.…, models.<slug>.dropout, models.<slug>.options.… and "
        "models.<slug>.training.…"
    )


def _by_last_step(path: str, known: list[str]) -> str:
    """Return a suggestion by the last step of a path, which other libraries may call otherwise."""
    start = path.split(".")[0]
    known = [each for each in known if each.startswith(f"{start}.")] or known
    last = {each.rpartition(".")[2]: each for each in reversed(known)}
    found = suggest(path.rpartition(".")[2], last)
    # An f-string of Python 3.11 cannot contain its own quotation mark, chr(34).
    return found and f"; did you mean {quote(last[found.split(chr(34))[1]])}?"


def _known_paths(values: Values) -> Iterator[str]:
    yield from (f"training.{name}" for name in TRAINING)
    for _, model in tables_at(values, ("models",)):
        slug = slug_of(model)
        if slug and model.get("architecture"):
            yield f"models.{slug}.dropout"
            yield from (f"models.{slug}.training.{name}" for name in TRAINING)


def _check_choices(choices: object) -> str | None:
    """Return what is wrong with the values of one setting, before their types are looked at."""
    if isinstance(choices, list):
        if len(choices) < 2:
            return f"must be a list of at least two values, not {show(choices)}" + (
                " of one" if choices else ""
            )
        twice = [each for place, each in enumerate(choices) if each in choices[:place]]
        return f"has the value {show(twice[0])} twice" if twice else None
    if not isinstance(choices, Mapping):
        return f"must be a list of values or a range such as {EXAMPLE}, not {show(choices)}"
    kinds = [name for name in ("log", "linear") if name in choices]
    unknown = [name for name in choices if name not in Range.model_fields]
    if unknown or len(kinds) != 1:
        wrong = f"; {quote(unknown[0])} is not one of them" if unknown else ""
        return f"must have either log or linear, and may have count, such as {EXAMPLE}{wrong}"
    return _check_ends(kinds[0], choices[kinds[0]]) or _check_count(choices.get("count"))


def _check_ends(kind: str, ends: object) -> str | None:
    if not isinstance(ends, list) or len(ends) != 2 or not all(map(_is_number, ends)):
        return f"must have two numbers in {kind}, such as {EXAMPLE}"
    if ends[0] >= ends[1]:
        return f"must have the lower number of {kind} first, not {ends[0]} before {ends[1]}"
    if kind == "log" and ends[0] <= 0:
        return f"must have numbers above 0 in log, not {ends[0]}; a linear range may start anywhere"
    return None


def _check_count(count: object) -> str | None:
    if count is None or (type(count) is int and 2 <= count <= MOST_RUNS):
        return None
    return f"must have a whole number from 2 to {MOST_RUNS:,} as count, not {show(count)}"


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(float(str(value)))


def check_configurations(experiment: Experiment, values: Values, folder: Path) -> list[Finding]:
    """Return what is wrong with a sweep whose paths and values are written as they should be.

    Plug-ins are looked for in `folder`. Raises PluginFailed: one cannot be read any more.
    """
    sweep = experiment.sweep
    if sweep is None:
        return []
    swept = swept_models(experiment)
    locations = {path: location for path, location, _ in written_values(values["sweep"])}
    findings = list(_check_design(sweep, swept, locations, len(experiment.training.seeds)))
    models = [
        _Swept(model, swept[model.slug], experiment, sweep, folder)
        for model in experiment.models
        if model.slug in swept
    ]
    for model in models:
        for path, message in model.find_wrong_values():
            findings.append(Finding(locations[model.written(path)], message))
    if findings:
        return list(dict.fromkeys(findings))
    return [
        Finding(locations[path], _NOTHING)
        for path in sweep.values
        if not any(model.is_changed_by(path) for model in models)
    ]


_NOTHING = (
    "changes nothing: the runs are the same with each value, perhaps because another setting must "
    "be set first, or because no model is a network"
)


def _check_design(
    sweep: Sweep,
    swept: Mapping[str, Mapping[str, Choices]],
    locations: Mapping[str, Location],
    seeds: int,
) -> Iterator[Finding]:
    """Yield what is wrong with the number of configurations."""
    if sweep.seeds > seeds:
        yield Finding(("sweep", "seeds"), f"must be at most {seeds}, the number of training.seeds")
    if sweep.design == "grid":
        if sweep.count is not None:
            yield Finding(
                ("sweep", "count"),
                "applies to the designs random and optuna; a grid tries all configurations",
            )
        for path, choices in sweep.values.items():
            if isinstance(choices, Range) and choices.count is None:
                yield Finding(
                    locations[path],
                    "needs a count in a grid, which is how many numbers of the range are tried, "
                    "such as count = 5",
                )
    elif sweep.count is None:
        yield Finding(
            ("sweep", "count"), f"is missing; {sweep.design} needs it, such as count = 20"
        )
    for slug, tried in swept.items():
        total = count_combinations(tried.values())
        wanted = total if sweep.design == "grid" else sweep.count
        if sweep.design != "grid" and total is not None and (sweep.count or 0) > total:
            yield Finding(
                ("sweep", "count"),
                f"must be at most {total:,}, the number of configurations of {slug}; "
                'design = "grid" tries all of them',
            )
        elif (wanted or 0) * sweep.seeds > MOST_RUNS:
            yield Finding(
                ("sweep",),
                f"asks for {(wanted or 0) * sweep.seeds:,} runs of {slug}, more than "
                f'{MOST_RUNS:,}; give fewer values, or design = "random" and a count',
            )


@dataclass(frozen=True)
class _Swept:
    """One model with what is tried of it."""

    model: Model
    choices: Mapping[str, Choices]
    experiment: Experiment
    sweep: Sweep
    folder: Path

    def written(self, path: str) -> str:
        """Return the path in the file of a path below the model."""
        own = f"models.{self.model.slug}.{path}"
        return own if own in self.sweep.values else path

    def is_changed_by(self, written: str) -> bool:
        """Return whether a swept setting changes a run in some of the configurations."""
        path = next((path for path in self.choices if self.written(path) == written), None)
        if path is None:
            return False
        first, *further = list_values(self.choices[path])
        made = make_configurations(self.sweep, self.choices)
        return any(
            self._specify({**one, path: value}) != self._specify({**one, path: first})
            for one in made[:: -(-len(made) // LOOKED_AT)]
            for value in further
        )

    def find_wrong_values(self) -> Iterator[tuple[str, str]]:
        """Yield values that a setting cannot have, one of each."""
        for path, each in self.choices.items():
            messages = (self._find_wrong(path, value) for value in list_values(each))
            message = next(filter(None, messages), None)
            if message:
                yield path, message

    def _find_wrong(self, path: str, value: JsonValue) -> str | None:
        try:
            changed = configure(self.model, self.experiment.training, {path: value})
        except ValidationError as error:
            allowed = error.errors()[0]["msg"].replace("Input should", "must")
            return f"{allowed}, not {show(value)}"
        if not path.startswith(("options.", "dropout")):
            return None
        found = check_model(changed.model_dump(exclude_defaults=True), self.folder)
        return next((message for _, message in found), None)

    def _specify(self, configuration: Configuration) -> RunSpec:
        changed = configure(self.model, self.experiment.training, configuration)
        plugin = find_plugins((self.model,), self.folder)[self.model.slug]
        return specify_run(changed, 0, self.experiment, _Shape(), "float32", plugin)


@dataclass(frozen=True)
class _Shape:
    """A data set of which nothing is known."""

    sha256: str = ""
    classes: tuple[str, ...] = ()
    input_shape: tuple[int, ...] = ()
