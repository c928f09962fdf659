"""Checks beyond the types of the schema: names that must be unique or known, equal lengths.

They read the values as they are in the file, so that mistakes are found beside others; values of
the wrong type are left to the schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reportgen.characters import quote
from reportgen.config.data_checks import check_data
from reportgen.config.findings import (
    Finding,
    Values,
    list_at,
    slug_of,
    tables_at,
    unique_slugs,
    value_at,
)
from reportgen.config.models import FITTED
from reportgen.config.quotations import Models, find_mistakes
from reportgen.config.schema import Experiment
from reportgen.config.training import TrainingSettings
from reportgen.config.vocabulary import Location, suggest
from reportgen.wording import join

PER_CLASS = ("precision", "recall", "f1", "specificity", "npv")
"""Figures of a published table that are lists, one value for each class."""
OVERALL = (
    "accuracy",
    *(f"micro_{score}" for score in PER_CLASS[:3]),
    *(f"{average}_{score}" for average in ("macro", "weighted") for score in PER_CLASS),
    *("balanced_accuracy", "mcc", "kappa"),
)
"""Figures of a published table that are one value."""
ESTIMATORS = (*FITTED, "predictions")
"""Keys of a model, of which each model has exactly one."""
DATA_SETS = ("labels", "name", "source")
"""Keys of the data that determine where labels come from."""
BINARY = (
    *("accuracy", "error_rate", "sensitivity", "specificity", "precision", "npv", "f1"),
    *("false_positive_rate", "false_negative_rate", "false_discovery_rate"),
    *("false_omission_rate", "f1_negative", "f2", "f0_5", "balanced_accuracy", "mcc", "kappa"),
    *("jaccard", "fowlkes_mallows", "geometric_mean", "unified_performance", "markedness"),
    *("informedness", "positive_likelihood_ratio", "negative_likelihood_ratio"),
    *("diagnostic_odds_ratio", "prevalence_threshold"),
)
"""Scores of a positive class against all others that a published table may print."""
F_BETA = re.compile(r"f(?P<beta>[0-9]{1,2}(?:_[0-9]{1,3})?)(?P<negative>_negative)?")
"""F-beta of the positive or of the negative class for any β: `f0_5`, `f3`, `f2_negative`."""
SUPPORTS = ("test_support", "train_support")
MODELS = ("models",)
TABLES = ("published", "tables")


def check_values(values: Values) -> list[Finding]:
    """Return all that is wrong with `values` beyond their types."""
    return [
        *_check_estimators(values),
        *_check_names(values),
        *_check_seeds(values),
        *_check_class_counts(values),
        *_check_tables(values),
        *_check_notes(values),
        *check_data(values),
    ]


def check_class_names(experiment: Experiment, classes: Sequence[str]) -> list[Finding]:
    """Return where the notes quote a class that the data set, now known, does not have."""
    models = {model.slug: model.name for model in experiment.models}
    return list(_find_mistakes(experiment.notes.model_dump(), models, classes))


def _check_notes(values: Values) -> Iterator[Finding]:
    notes = values.get("notes")
    called = {
        slug: model.get("name")
        for _, model in tables_at(values, MODELS)
        if (slug := slug_of(model))
    }
    names = {slug: name for slug, name in called.items() if isinstance(name, str)}
    if isinstance(notes, Mapping) and names:
        yield from _find_mistakes(notes, names, None)


def _find_mistakes(
    notes: Mapping[str, Any], models: Models, classes: Sequence[str] | None
) -> Iterator[Finding]:
    for section, text in notes.items():
        for mistake in find_mistakes(text, models, classes) if isinstance(text, str) else ():
            yield Finding(("notes", section), mistake)


def _check_estimators(values: Values) -> Iterator[Finding]:
    """Each model is fitted or imported, in one way."""
    for index, model in tables_at(values, MODELS):
        given = [name for name in ESTIMATORS if model.get(name) is not None]
        one_of = f"a model has one of {join(ESTIMATORS, 'or')}"
        if not given:
            yield Finding(("models", index, ESTIMATORS[0]), f"is missing; {one_of}")
        elif len(given) > 1:
            yield Finding(("models", index, given[1]), f"cannot be given as well; {one_of}")
        if "kind" in model and "predictions" not in given:
            yield Finding(("models", index, "kind"), "applies only to imported predictions")
    labels = value_at(values, ("data", "labels"))
    models = [model for _, model in tables_at(values, MODELS)]
    imported = [model for model in models if model.get("predictions") is not None]
    fitted = [model for model in models if any(model.get(name) for name in FITTED)]
    named = any(value_at(values, ("data", key)) is not None for key in DATA_SETS)
    if imported and not (fitted or named):
        yield Finding(
            ("data", "labels"),
            "is missing; give the file of the true labels that all predictions are compared with, "
            "or give data.name if they are predictions for the test set of a known data set",
        )
    if labels is not None and fitted:
        yield Finding(
            ("data", "labels"),
            "applies only if all models are imported predictions; if a model is "
            "trained, the labels are "
            "those of the test set",
        )


def _check_names(values: Values) -> Iterator[Finding]:
    names: dict[str, int] = {}
    slugs: dict[str, int] = {}
    for index, model in tables_at(values, MODELS):
        name, slug = model.get("name"), slug_of(model)
        if isinstance(name, str) and names.setdefault(name, index) != index:
            yield Finding(
                ("models", index, "name"),
                f"{quote(name)} is already the name of model {names[name] + 1}; "
                "each model needs its own",
            )
        elif slug is not None and slugs.setdefault(slug, index) != index:
            yield Finding(
                ("models", index, "slug"),
                f"{quote(slug)} is already the slug of model {slugs[slug] + 1}; "
                f'write another one, such as slug = "{slug}-2"',
            )


def _check_seeds(values: Values) -> Iterator[Finding]:
    seeds = list_at(values, ("training", "seeds"))
    for place, seed in enumerate(seeds):
        # Not isinstance: true is an int.
        if type(seed) is int and seed in seeds[:place]:
            yield Finding(
                ("training", "seeds", place),
                f"the seed {seed} is already in the list; its runs would be counted twice",
            )


def _check_class_counts(values: Values) -> Iterator[Finding]:
    expected = _count_classes(values)
    if expected is None:
        return
    count, origin = expected
    for location in _lists_by_class(values):
        found = len(value_at(values, location))
        if found != count and location[-1] != origin:
            yield Finding(
                location,
                f"must contain {count} numbers, one for each class of "
                f"published.{origin}, not {found}",
            )


def _count_classes(values: Values) -> tuple[int, str] | None:
    """Return how many classes the published figures have, and which list that is taken from."""
    for name in ("classes", *SUPPORTS):
        count = len(list_at(values, ("published", name)))
        if count:
            return count, name
    return None


def _lists_by_class(values: Values) -> Iterator[Location]:
    for name in SUPPORTS:
        if list_at(values, ("published", name)):
            yield ("published", name)
    for index, table in tables_at(values, TABLES):
        for name in PER_CLASS:
            if isinstance(table.get(name), list):
                yield (*TABLES, index, name)


def _check_tables(values: Values) -> Iterator[Finding]:
    slugs = [slug for slug in unique_slugs(values) if slug is not None]
    for index, table in tables_at(values, TABLES):
        location = (*TABLES, index)
        yield from _check_described_model(table, location, slugs)
        yield from _check_support(table, location, values)
        yield from _check_decimals(table, location)
        if isinstance(table.get("binary"), Mapping | None):
            yield from _check_binary(table, location, values)
        if not any(name in table for name in (*PER_CLASS, *OVERALL, "binary")):
            yield Finding(
                location,
                "has no values; give at least one, such as accuracy, macro_f1, precision, recall "
                "or f1",
            )


def _check_binary(
    table: Mapping[str, Any], location: Location, values: Values
) -> Iterator[Finding]:
    for name in table.get("binary") or {}:
        if name not in BINARY and not F_BETA.fullmatch(name):
            yield Finding(
                (*location, "binary", name),
                f"is not a binary score{suggest(name, BINARY)}; there are {join(BINARY)}",
            )
    classes = list_at(values, ("published", "classes"))
    positive = table.get("positive")
    if isinstance(positive, str) and positive not in classes:
        yield Finding(
            (*location, "positive"),
            f"must be one of published.classes, not the text {quote(positive)}",
        )


def _check_described_model(
    table: Mapping[str, Any], location: Location, slugs: list[str]
) -> Iterator[Finding]:
    model = table.get("model")
    if isinstance(model, str) and slugs and model not in slugs:
        yield Finding(
            (*location, "model"),
            f"must be the slug of a model of this experiment, {join(map(quote, slugs), 'or')}, "
            f"not the text {quote(model)}{suggest(model, slugs)}",
        )


def _check_support(
    table: Mapping[str, Any], location: Location, values: Values
) -> Iterator[Finding]:
    split = table.get("split", "test")
    if table.get("support") or table.get("folds"):
        return
    name = table.get("name")
    called = (
        f"the table {quote(name)}" if isinstance(name, str) else f"table {int(location[-1]) + 1}"
    )
    if split in ("test", "train") and not value_at(values, ("published", f"{split}_support")):
        yield Finding(
            ("published", f"{split}_support"),
            f"is missing; {called} is about the {split} split, and its values "
            "cannot be audited without the number of examples of each class",
        )


def _check_decimals(table: Mapping[str, Any], location: Location) -> Iterator[Finding]:
    decimals = table.get("decimals")
    if type(decimals) is not int or not 1 <= decimals <= 8:
        return
    for name in (*OVERALL, *PER_CLASS):
        value = table.get(name)
        for place, figure in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(figure, float) and round(figure, decimals) != figure:
                where = (*location, name, place) if isinstance(value, list) else (*location, name)
                yield Finding(
                    where, f"{figure} has more than the {decimals} decimals that the table prints"
                )


def check_training(values: Values) -> Iterator[Finding]:
    """Yield what is wrong with `[training]`, and with what differs for one model."""
    shared = _table(values.get("training"))
    yield from _check_own_training(shared, {}, ("training",))
    for index, model in tables_at(values, ("models",)):
        if own := _table(model.get("training")):
            location = ("models", index, "training")
            if "architecture" in model:
                yield from _check_own_training(own, shared, location)
            else:
                yield Finding(
                    location, "applies only to networks; an estimator is set by its options"
                )


def _check_own_training(
    own: Mapping[str, Any], shared: Mapping[str, Any], location: tuple[str | int, ...]
) -> Iterator[Finding]:
    def value(name: str) -> Any:
        return own.get(name, shared.get(name, TrainingSettings.model_fields[name].default))

    optimizer = value("optimizer")
    if own.get("momentum") and optimizer not in ("sgd", "rmsprop"):
        yield Finding((*location, "momentum"), f"applies to sgd and rmsprop, not to {optimizer}")
    if own.get("nesterov") and (optimizer != "sgd" or not value("momentum")):
        yield Finding((*location, "nesterov"), 'needs optimizer = "sgd" and a momentum above 0')
    if own.get("patience") and not value("validation_fraction"):
        yield Finding(
            (*location, "patience"),
            "needs examples to validate on; set validation_fraction, such as 0.1",
        )
    for name in ("step_epochs", "step_factor"):
        if name in own and value("schedule") != "step":
            yield Finding((*location, name), 'applies only with schedule = "step"')
    warmup, epochs = value("warmup_epochs"), value("epochs")
    if isinstance(warmup, int) and isinstance(epochs, int) and warmup >= epochs > 0 < warmup:
        yield Finding(
            (*location, "warmup_epochs"), f"must be less than the number of epochs, {epochs}"
        )


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
