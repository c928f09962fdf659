"""Checks of `[data]` beyond its types: which settings belong to which kind of source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, Literal

from reportgen.characters import quote
from reportgen.config.findings import Finding, Values, tables_at, value_at
from reportgen.plugins import is_reference
from reportgen.wording import join

Kind = Literal["name", "folder", "archive", "table", "torchvision", "function", "labels"]

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".jsonl", ".ndjson")
KINDS: Mapping[Kind, str] = {
    "name": "a data set that is known by name",
    "folder": "a folder of images",
    "archive": "a .npz file",
    "table": "a table",
    "torchvision": "a data set of torchvision",
    "function": "a function",
    "labels": "a file of labels",
}
_SPLIT: tuple[Kind, ...] = ("folder", "archive", "table", "function")
SETTINGS: Mapping[str, tuple[Kind, ...]] = {
    "fallback": ("name",),
    "title": (*_SPLIT, "torchvision", "labels"),
    "classes": (*_SPLIT, "torchvision", "labels"),
    "test_fraction": _SPLIT,
    "split_seed": _SPLIT,
    "size": ("folder",),
    "channels": ("folder",),
    "test": ("table",),
    "label": ("table",),
    "id": ("table", "labels"),
    "groups": ("table", "labels"),
    "ignore": ("table",),
    "one_hot": ("table",),
    "options": ("torchvision", "function"),
}
"""Setting of `[data]` → the kinds of sources that it is for; the others are for all but labels."""

FOR_DATA = ("source", "name", "normalize", "train_limit", "test_limit")
"""Settings of all sources that a file of labels has no use for."""


def source_kind(source: str | None) -> Kind:
    """Return which kind of data `data.source` names; None is a data set that is known by name."""
    if source is None:
        return "name"
    if source.startswith("torchvision:"):
        return "torchvision"
    if is_reference(source):
        return "function"
    suffix = PurePath(source).suffix.lower()
    if suffix == ".npz":
        return "archive"
    return "table" if suffix in TABLE_SUFFIXES else "folder"


def check_data(values: Values) -> Iterator[Finding]:
    """Yield what is wrong with the settings of `[data]` beyond their types."""
    data = values.get("data")
    if not isinstance(data, Mapping) or not isinstance(data.get("source"), str | None):
        return
    source = data.get("source")
    if source is not None and data.get("name") is not None:
        yield Finding(
            ("data", "source"),
            f"cannot be given together with data.name = {quote(str(data['name']))}; leave "
            "one of the two out",
        )
        return
    if data.get("labels") is not None:
        yield from _check_settings(data, "labels")
        for name in FOR_DATA:
            if data.get(name):
                yield Finding(("data", name), "has no effect with data.labels; leave it out")
        return
    kind = source_kind(source)
    yield from _check_settings(data, kind, ("id",) if _has_predictions(values) else ())
    if kind == "table":
        yield from _check_columns(data)
    yield from _check_normalization(values)


def _has_predictions(values: Values) -> bool:
    models = (model for _, model in tables_at(values, ("models",)))
    return any(model.get("predictions") is not None for model in models)


def _check_settings(
    data: Mapping[str, Any], kind: Kind, joining: tuple[str, ...] = ()
) -> Iterator[Finding]:
    """Yield the settings that the source has no use for; those of `joining` are for predictions."""
    for name, kinds in SETTINGS.items():
        value = data.get(name)
        is_set = value not in (None, [], {}) and not (name == "fallback" and value == "none")
        if is_set and kind not in kinds and name not in joining:
            named = (
                quote(data["labels" if kind == "labels" else "source"]) if kind != "name" else ""
            )
            own = f", and {named} is {KINDS[kind]}" if named else ""
            yield Finding(
                ("data", name), f"applies to {join([KINDS[each] for each in kinds], 'or')}{own}"
            )
    if data.get("test") is not None and data.get("test_fraction") is not None:
        yield Finding(
            ("data", "test_fraction"),
            "cannot be given together with data.test; test examples are either read "
            "from it or split off",
        )
    classes = data.get("classes")
    for name, count in Counter(classes if isinstance(classes, list) else []).items():
        if count > 1 or name == "":
            what = "is empty" if name == "" else f"{quote(str(name))} occurs {count} times"
            yield Finding(("data", "classes"), f"{what}; each class needs a name of its own")


def _check_columns(data: Mapping[str, Any]) -> Iterator[Finding]:
    if data.get("label") is None:
        yield Finding(
            ("data", "label"),
            'is missing; name the column of the classes, such as label = "species"',
        )
    roles: dict[str, str] = {}
    for role in ("label", "id", "groups", "ignore", "one_hot"):
        value = data.get(role)
        for column in value if isinstance(value, list) else [value]:
            if isinstance(column, str) and roles.setdefault(column, role) != role:
                yield Finding(
                    ("data", role),
                    f"names the column {quote(column)}, which data.{roles[column]} also names; "
                    "a column has only one of these roles",
                )


def _check_normalization(values: Values) -> Iterator[Finding]:
    settings = value_at(values, ("data", "normalize"))
    if not isinstance(settings, Mapping) or settings.get("standardize") is not True:
        return
    if settings.keys() & {"mean", "std"}:
        yield Finding(
            ("data", "normalize", "standardize"),
            "cannot be given together with mean and std, which it measures on the training set",
        )
