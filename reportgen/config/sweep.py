"""`[sweep]`: values of settings that are tried, and the configurations that are made of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from math import prod
from random import Random
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, model_validator

from reportgen.config.settings import Settings

Number = int | float
MOST_RUNS = 1000
"""Runs that the sweep of one model may have."""
MOST_DRAWS = 100
"""Draws for each wanted configuration, at most: a range may have too few different numbers."""
DIGITS = 3
"""Significant digits of numbers that are chosen from a range."""


class Range(Settings):
    """Numbers between two ends; whole ones where both ends are written without a point."""

    log: tuple[Number, Number] | None = None
    """Ends of a range whose numbers are spread evenly in their logarithms."""
    linear: tuple[Number, Number] | None = None
    """Ends of a range whose numbers are spread evenly."""
    count: int | None = None
    """How many numbers of the range are tried, including both ends; if not set, any in it."""

    @property
    def ends(self) -> tuple[Number, Number]:
        """The lowest and the highest number."""
        return self.log or self.linear or (0, 0)

    @property
    def is_whole(self) -> bool:
        """Whether all numbers are whole."""
        return all(isinstance(end, int) for end in self.ends)

    def at(self, share: float) -> Number:
        """Return the number at a share of the way from one end to the other."""
        low, high = self.ends
        # Not rounded: an end is tried as it is written.
        if share in (0.0, 1.0):
            end = high if share else low
            return end if self.is_whole else float(end)
        value = low * (high / low) ** share if self.log else low + (high - low) * share
        return self.round(value)

    def round(self, value: float) -> Number:
        """Return a number as it is tried: whole, or with three significant digits."""
        return round(value) if self.is_whole else float(f"{value:.{DIGITS}g}")

    def numbers(self, count: int) -> tuple[Number, ...]:
        """Return `count` numbers, the ends among them; fewer where there are no more."""
        return tuple(dict.fromkeys(self.at(place / (count - 1)) for place in range(count)))


Choices = tuple[JsonValue, ...] | Range
"""What is tried of one setting."""
Configuration = Mapping[str, JsonValue]
"""Setting of a model, by its path below the model → value."""


class Sweep(Settings):
    """Values of settings to try: configurations are compared on a part of the training set.

    The setting of each key is named by its dotted path, such as `"models.cnn.dropout"`.
    """

    design: Literal["grid", "random", "optuna"] = "grid"
    """Which configurations are tried: all, some at random, or those that Optuna suggests."""
    count: Annotated[int, Field(ge=1, le=MOST_RUNS)] | None = None
    """How many configurations of each model `random` and `optuna` try."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    """Seed of the examples that are held out, and of the configurations that are drawn."""
    seeds: Annotated[int, Field(ge=1, le=100)] = 1
    """How many of `training.seeds` each configuration is trained with."""
    values: dict[str, Choices]
    """Dotted path of a setting → what is tried: a list, or `{ log = [LOW, HIGH], count = N }`, or
    the same with `linear`. The paths may also be written without `values`, as keys of `[sweep]`."""

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, table: object) -> object:
        if not isinstance(table, Mapping):
            return table
        # What a validator returns is no JSON any more, in which a list may stand for a tuple.
        values = {path: _freeze(each) for path, each in gather_values(table).items()}
        return {**_own_settings(table), "values": values}


def gather_values(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dotted paths of a table `[sweep]` with what is to be tried of each."""
    return {path: choices for path, _, choices in written_values(table)}


def written_values(table: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Yield each path in a table `[sweep]`, the keys that it is written as, and its choices."""
    for name, inner in table.items():
        if not _is_own(name, table):
            for keys, choices in _flatten(inner, (name,)):
                yield ".".join(keys).removeprefix("values."), ("sweep", *keys), choices


def remove_path(table: dict[str, Any], path: str) -> None:
    """Remove a path from a table `[sweep]`, in whatever form it is written there."""
    table.pop(path, None)
    for name, inner in list(table.items()):
        if isinstance(inner, dict) and (name == "values" or path.startswith(f"{name}.")):
            remove_path(inner, path.removeprefix(f"{name}."))
            if not inner:
                del table[name]


def without_models(table: Mapping[str, Any], slugs: Collection[str]) -> dict[str, Any] | None:
    """Return a table `[sweep]` without the settings of some models; None where none are left."""
    gone = tuple(f"models.{slug}." for slug in slugs)
    values = {
        path: each for path, each in gather_values(table).items() if not path.startswith(gone)
    }
    return {**_own_settings(table), "values": values} if values else None


def _freeze(choices: Any) -> Any:
    if isinstance(choices, Mapping):
        return {name: _freeze(each) for name, each in choices.items()}
    return tuple(choices) if isinstance(choices, list) else choices


def _own_settings(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if _is_own(name, table)}


def _is_own(name: str, table: Mapping[str, Any]) -> bool:
    """Return whether a key is no part of a path: a setting of the sweep itself, or a mistake."""
    is_path = "." in name or isinstance(table[name], Mapping | list)
    return name != "values" and (name in Sweep.model_fields or not is_path)


def _flatten(value: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the paths in nested tables, as TOML reads one without quotation marks."""
    is_range = isinstance(value, Mapping) and (not value or value.keys() & Range.model_fields)
    if isinstance(value, Mapping) and (keys == ("values",) or not is_range):
        for name, inner in value.items():
            yield from _flatten(inner, (*keys, name))
    else:
        yield keys, value


def count_combinations(choices: Iterable[Choices]) -> int | None:
    """Return how many configurations there are; None for infinitely many."""
    every = list(choices)
    if any(isinstance(each, Range) and each.count is None for each in every):
        return None
    return prod(len(list_values(each)) for each in every)


def list_values(choices: Choices) -> tuple[JsonValue, ...]:
    """Return the values of a setting; only the ends of a range without a count."""
    return choices.numbers(choices.count or 2) if isinstance(choices, Range) else choices


def make_configurations(sweep: Sweep, choices: Mapping[str, Choices]) -> tuple[Configuration, ...]:
    """Return the configurations of a grid, or as many different ones as are to be drawn."""
    if sweep.design == "grid":
        every = product(*map(list_values, choices.values()))
        return tuple(dict(zip(choices, values, strict=True)) for values in every)
    rng = Random(sweep.seed)
    drawn: dict[str, Configuration] = {}
    count = sweep.count or 1
    for _ in range(MOST_DRAWS * count):
        configuration = {path: _draw(each, rng.random()) for path, each in choices.items()}
        # By its text, since a list cannot be a key.
        drawn.setdefault(repr(configuration), configuration)
        if len(drawn) == count:
            break
    return tuple(drawn.values())


def _draw(choices: Choices, share: float) -> JsonValue:
    """Return the value at a random number in [0, 1)."""
    if isinstance(choices, Range) and choices.count is None:
        return choices.at(share)
    values = list_values(choices)
    return values[int(share * len(values))]
