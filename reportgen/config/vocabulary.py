"""Words for messages about an experiment file: values, lists of words, the nearest known key."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from reportgen.characters import quote
from reportgen.config.schema import Experiment
from reportgen.plugins.signatures import nearest
from reportgen.wording import shorten

Location = tuple[str | int, ...]
"""Keys and list positions that lead to a value, as in `("models", 0, "dropout")`."""

LONGEST_SHOWN = 60
"""Characters of a wrong value that a message repeats."""


ALIASES = {
    **dict.fromkeys(("f1", "f1_macro", "f1_score", "macro_avg"), "macro_f1"),
    **dict.fromkeys(("mcc", "matthews_corrcoef", "phi_coefficient"), "matthews_correlation"),
    **dict.fromkeys(("nll", "ce", "cross_entropy", "perplexity"), "log_loss"),
    **dict.fromkeys(("auc", "roc_auc", "roc_auc_score"), "auroc"),
    **dict.fromkeys(("ap", "auprc", "pr_auc", "average_precision_score"), "average_precision"),
    **dict.fromkeys(("bacc", "uar", "macro_recall"), "balanced_accuracy"),
    **dict.fromkeys(("top_k", "topk", "top_5", "top5", "top_2"), "top_k_accuracy"),
    "lr": "learning_rate",
    "wd": "weight_decay",
    "l2": "weight_decay",
    "early_stopping": "patience",
    "val_split": "validation_fraction",
    "lr_scheduler": "schedule",
}
"""Name in other libraries, too unlike the one here to be found as its nearest word → name here."""


def show(value: object) -> str:
    """Return a value as a TOML file writes it, or a description of it."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date | datetime.time):
        return f"the date or time {value.isoformat()}"
    if isinstance(value, str):
        return "empty text" if not value else f"the text {quote(shorten(value, LONGEST_SHOWN))}"
    return shorten(str(value), LONGEST_SHOWN)


def suggest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "epochs"?` with the nearest known word, or nothing."""
    listed = list(known)
    alias = ALIASES.get(word.lower().replace("-", "_"))
    return nearest(alias if alias in listed else word, listed)


def takes_text(location: Location) -> bool:
    """Return whether the schema has text at `location`."""
    return _type_at(location) is str


def keys_at(location: Location) -> tuple[str, ...]:
    """Return the keys of the table at `location`; none where any key is allowed."""
    table = _type_at(location)
    return tuple(table.model_fields) if _is_table(table) else ()


def find_key(name: str, location: Location, place: str) -> str | None:
    """Return the dotted path of the field `name`, for a key that was put into a wrong table.

    The table at `location`, printed as `place`, is searched first, then the whole file.
    """
    here = _type_at(location)
    inner = [f"{place}.{path}" for path in _paths(here)] if place and _is_table(here) else []
    return next(
        (path for path in [*inner, *_paths(Experiment)] if path.split(".")[-1] == name), None
    )


def setting_paths() -> Iterator[str]:
    """Yield the dotted path of each single setting; `<slug>` stands for that of a model."""
    every = list(_paths(Experiment))
    for path in every:
        is_table = any(other.startswith((f"{path}.", f"{path}[")) for other in every)
        if not is_table and "[" not in path:
            yield path


def _paths(table: type[BaseModel]) -> Iterator[str]:
    for name, field in table.model_fields.items():
        yield name
        found, step = _strip(field.annotation), name
        if get_origin(found) is tuple:
            found = _strip(get_args(found)[0])
            step = f"{name}.<slug>" if name == "models" else f"{name}[1]"
        if _is_table(found):
            yield from (f"{step}.{path}" for path in _paths(found))


def _type_at(location: Location) -> Any:
    found: Any = Experiment
    for step in location:
        if _is_table(found) and step in found.model_fields:
            found = _strip(found.model_fields[step].annotation)
        elif get_origin(found) in (tuple, dict):
            # The first type of a tuple and the last of a dictionary are those of its entries.
            found = _strip(get_args(found)[0 if get_origin(found) is tuple else 1])
        else:
            return Any
    return found


def _strip(annotation: Any) -> Any:
    """Return a type without `Annotated` and `| None`."""
    if get_origin(annotation) is Annotated:
        return _strip(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        present = [item for item in get_args(annotation) if item is not NoneType]
        if len(present) == 1:
            return _strip(present[0])
    return annotation


def _is_table(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, BaseModel)
