"""Examples of a source as arrays to train on: split, checked, encoded, scaled.

All sources of the user's own data are assembled here, so that the same rules apply to all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data, Normalization
from reportgen.data.arrays import DataArrays, Groups, Inputs, Labels, limit_examples
from reportgen.data.labels import (
    Place,
    Texts,
    check_class_count,
    check_group_count,
    encode,
    name_classes,
)
from reportgen.data.selection import stratified_quotas
from reportgen.errors import DataDamaged

Rows = NDArray[np.intp]
Floats = NDArray[np.float64] | NDArray[np.float32]


@dataclass(frozen=True)
class Examples:
    """Labelled examples of one split, as a source has them."""

    inputs: NDArray[Any]
    """uint8 or floating point, `[n, channels, height, width]` or `[n, features]`."""
    labels: Texts
    """`[n]`"""
    place: Place
    """Names the file and row, or the array and index, of an example."""
    where: str
    """Names the file, or the array, as a whole."""
    groups: NDArray[np.object_] | None = None
    """`[n]`; examples of one group are not spread over training and test set."""


def assemble(train: Examples, test: Examples | None, data: Data) -> DataArrays:
    """Return the arrays of a data set; without `test`, a part of `train` is split off for testing.

    Raises DataDamaged where the examples cannot be trained on, naming the first that is wrong.
    """
    for part in (train, test) if test else (train,):
        _check(part)
    known = name_classes(train.labels, data.classes, train.place)
    classes = data.classes or known
    check_class_count(classes, train.where)
    labels = encode(train.labels, known, train.place)
    if test is None:
        arrays = _split(train, labels, classes, data)
    else:
        _check_alike(train, test)
        test_labels = encode(test.labels, known, test.place)
        arrays = DataArrays(
            train.inputs,
            labels,
            test.inputs,
            test_labels,
            classes,
            train_groups=_names(train.groups),
            test_groups=_names(test.groups),
        )
    if arrays.test_groups is not None and (arrays.is_drawn or data.groups):
        check_group_count(arrays.test_groups, (test or train).where)
    return _scale(limit_examples(arrays, data), data)


def _check(part: Examples) -> None:
    """Raise DataDamaged where there is no example, or an input is not a finite number."""
    if len(part.inputs) == 0 or 0 in part.inputs.shape:
        shape = " × ".join(map(str, part.inputs.shape))
        raise DataDamaged(f"{part.where}: it contains no examples (its shape is {shape})")
    if len(part.inputs) != len(part.labels):
        raise DataDamaged(
            f"{part.where}: {len(part.inputs):,} examples and {len(part.labels):,} labels; "
            "each example needs one label"
        )
    if part.inputs.dtype.kind != "f":
        return
    finite = np.isfinite(part.inputs.reshape(len(part.inputs), -1)).all(axis=1)
    if not finite.all():
        index = int(np.flatnonzero(~finite)[0])
        raise DataDamaged(
            f"{part.place(index)}: a value is NaN or infinite, but all inputs must be finite "
            "numbers; fill in the value, or remove the example"
        )


def _check_alike(train: Examples, test: Examples) -> None:
    if train.inputs.shape[1:] != test.inputs.shape[1:]:
        shapes = [" × ".join(map(str, part.inputs.shape[1:])) for part in (train, test)]
        raise DataDamaged(
            f"{test.where}: a test example has the shape {shapes[1]}, but a training example "
            f"{shapes[0]}; both must have the same shape"
        )


def _split(examples: Examples, labels: Labels, classes: tuple[str, ...], data: Data) -> DataArrays:
    test = (
        draw_test_rows(labels, data.test_fraction, data.split_seed)
        if examples.groups is None
        else _draw_groups(labels, examples.groups, data)
    )
    arrays = DataArrays.split(examples.inputs, labels, _names(examples.groups), classes, test)
    if len(test) == 0 or len(np.unique(arrays.train_labels)) < len(classes):
        raise DataDamaged(
            f"{examples.where}: {len(labels):,} examples cannot be split so that every class is "
            f"trained on and {data.test_fraction:g} of them are left for testing; add examples, "
            "or set another data.test_fraction"
        )
    return arrays


def _names(groups: NDArray[np.object_] | None) -> Groups | None:
    return None if groups is None else groups.astype(np.str_)


def draw_test_rows(labels: Labels, fraction: float, seed: int) -> Rows:
    """Return the rows to test on, ascending: drawn at random from each class in its proportion.

    At least one example of each class remains for training.
    """
    counts = np.bincount(labels)
    quotas = stratified_quotas(counts, round(fraction * len(labels)))
    random = np.random.default_rng(seed)
    drawn = [
        random.permutation(np.flatnonzero(labels == label))[: min(quota, counts[label] - 1)]
        for label, quota in enumerate(quotas)
    ]
    return np.sort(np.concatenate(drawn))


def _draw_groups(labels: Labels, groups: NDArray[np.object_], data: Data) -> Rows:
    """Return the rows to test on: whole groups, with about the requested share of each class."""
    # Importing scikit-learn takes a second.
    from sklearn.model_selection import StratifiedGroupKFold

    folds, count = max(2, round(1 / data.test_fraction)), len(set(groups.tolist()))
    test = np.empty(0, dtype=np.intp)
    if count >= folds:
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=data.split_seed)
        _, test = next(splitter.split(np.zeros(len(labels)), labels, groups))
    # The variance between groups takes two of them.
    if len(set(groups[test].tolist())) < 2:
        raise DataDamaged(
            f"data.groups: a share of {data.test_fraction:g} of the {count} groups is fewer than "
            "two, which leaves the variance between groups unknown; set a larger "
            "data.test_fraction, up to 0.5, or add groups"
        )
    return test


def _scale(arrays: DataArrays, data: Data) -> DataArrays:
    """Scale features and float images; images of 8 bits are normalised where they are trained on.

    That takes a quarter of the memory.
    """
    train: Inputs = arrays.train_inputs
    test: Inputs = arrays.test_inputs
    if train.dtype != np.uint8 or test.dtype != np.uint8:
        train, test = normalize_floats(train, test, data.normalize)  # type: ignore[arg-type]
    return replace(arrays, train_inputs=train, test_inputs=test)


def normalize_floats(
    train: Floats, test: Floats, settings: Normalization
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (inputs − mean) / std as float32, where `settings` ask for it.

    By default mean and std are those of each feature, `[n, features]`, or of each channel,
    `[n, channels, height, width]`, over the training set. A feature that is constant becomes 0.
    Raises DataDamaged where a value is out of the range of float32.
    """
    scale = _find_scale(train, settings)
    if scale is not None:
        train, test = ((inputs - scale[0]) / scale[1] for inputs in (train, test))
    largest = max(float(np.abs(inputs).max(initial=0)) for inputs in (train, test))
    if largest > np.finfo(np.float32).max:
        raise DataDamaged(f"the inputs reach {largest:g}, which is outside the range of float32")
    return train.astype(np.float32), test.astype(np.float32)


def _find_scale(
    train: Floats, settings: Normalization
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return mean and standard deviation in a shape that fits the inputs; None scales nothing."""
    if settings.mean is not None or settings.std is not None:
        mean = 0.0 if settings.mean is None else settings.mean
        std = 1.0 if settings.std is None else settings.std
        return _per_channel(mean, train.ndim), _per_channel(std, train.ndim)
    if settings.standardize is False:
        return None
    axes = (0, *range(2, train.ndim))
    values = train.astype(np.float64)
    std = values.std(axis=axes, keepdims=True)
    return values.mean(axis=axes, keepdims=True), np.where(std > 0, std, 1.0)


def _per_channel(numbers: float | tuple[float, ...], dimensions: int) -> NDArray[np.float64]:
    """Return one number, or one for each channel, in a shape that fits the inputs."""
    array = np.atleast_1d(np.asarray(numbers, dtype=np.float64))
    return array.reshape(1, -1, *(1,) * (dimensions - 2))
