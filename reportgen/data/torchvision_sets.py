"""Any data set of torchvision whose files are in the data folder: `source = "torchvision:CIFAR10"`.

torchvision, which is imported only here, reads it; nothing is downloaded.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data
from reportgen.config.vocabulary import suggest
from reportgen.data.archive import shape_inputs
from reportgen.data.arrays import DataArrays, arrays_digest
from reportgen.data.assembly import Examples, assemble
from reportgen.data.labels import labels_as_text
from reportgen.data.source import Source, SourceFile
from reportgen.errors import DataDamaged, DataUnavailable

SPLITS = {"train": "Training images", "test": "Test images"}


def find_torchvision_set(data: Data, named: tuple[Path, str] | None) -> Source:
    """Return the data set, read through torchvision from the folder that the user names.

    Raises DataUnavailable where torchvision does not have it or its files are not there.
    """
    name = (data.source or "").removeprefix("torchvision:")
    if named is None:
        raise DataUnavailable(
            f"data.source: the folder of torchvision's {name} is not given; name it with "
            "--data-dir or REPORTGEN_DATA"
        )
    make = _find_class(name)
    splits = {split: _load(make, name, split, named[0], data.options) for split in SPLITS}
    files = tuple(
        SourceFile(Path(), name, usage, x.nbytes + y.nbytes, arrays_digest(x, y))
        for usage, (x, y, _) in zip(SPLITS.values(), splits.values(), strict=True)
    )
    return Source(f"torchvision:{name}", data.title or name, files, partial(_read, name, splits))


def _find_class(name: str) -> Any:
    try:
        from torchvision import datasets
    except (ImportError, OSError, RuntimeError) as error:
        raise DataUnavailable(
            f"data.source: torchvision cannot be imported ({error}); install it with: python -m "
            "pip install torchvision"
        ) from error
    known = [each for each in datasets.__all__ if inspect.isclass(getattr(datasets, each))]
    if name not in known:
        raise DataUnavailable(
            "data.source: torchvision has no data set "
            f"{name!r}{suggest(name, known) or '; the documentation of torchvision lists them'}"
        )
    return getattr(datasets, name)


def _load(
    make: Any, name: str, split: str, folder: Path, options: Mapping[str, Any]
) -> tuple[NDArray[Any], NDArray[Any], tuple[str, ...]]:
    """Return images, labels and names of the classes of one split."""
    wanted = _split_argument(make, split)
    keywords = inspect.signature(make).parameters
    download = {"download": False} if "download" in keywords else {}
    unknown = [option for option in options if option not in keywords]
    if unknown or not wanted:
        allowed = ", ".join(keywords)
        what = (
            f"has no option {unknown[0]!r}"
            if unknown
            else "is not split into training and test set"
        )
        hint = suggest(unknown[0], keywords) if unknown else ""
        raise DataUnavailable(f"data.source: torchvision's {name} {what}; it takes {allowed}{hint}")
    try:
        loaded = make(str(folder), **{**wanted, **download, **options})
        images, labels = _arrays(loaded)
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise DataUnavailable(
            f"data.source: torchvision's {name} cannot be read from {folder}: "
            f"{' '.join(str(error).split())}"
        ) from error
    return images, labels, tuple(map(str, getattr(loaded, "classes", ())))


def _split_argument(make: Any, split: str) -> dict[str, Any]:
    keywords = inspect.signature(make).parameters
    # EMNIST hands `train` on to MNIST; its own `split` is a choice of classes.
    if "train" in keywords or "kwargs" in keywords:
        return {"train": split == "train"}
    return {"split": split} if "split" in keywords else {}


def _arrays(loaded: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return all images and labels, which most data sets have in memory already."""
    images = getattr(loaded, "data", None)
    labels = getattr(loaded, "targets", getattr(loaded, "labels", None))
    if images is not None and labels is not None:
        return np.asarray(images), np.asarray(labels)
    pairs = [loaded[index] for index in range(len(loaded))]
    pixels = [np.asarray(image) for image, _ in pairs]
    if len({each.shape for each in pixels}) > 1:
        shapes = sorted({str(list(each.shape)) for each in pixels})
        raise ValueError(f"its images differ in size ({shapes[0]} and {shapes[1]}, for example)")
    return np.stack(pixels), np.array([label for _, label in pairs])


def _read(
    name: str, splits: Mapping[str, tuple[NDArray[Any], NDArray[Any], tuple[str, ...]]], data: Data
) -> DataArrays:
    names = splits["train"][2]
    train, test = (_examples(name, split, *splits[split]) for split in SPLITS)
    if not data.classes and names:
        train, test = (_with_names(part, names) for part in (train, test))
        occurring = set(train.labels.tolist())
        data = data.model_copy(update={"classes": tuple(n for n in names if n in occurring)})
    return assemble(train, test, data)


def _examples(
    name: str, split: str, images: NDArray[Any], labels: NDArray[Any], _: tuple[str, ...]
) -> Examples:
    where = f"torchvision's {name}, {split}"

    def place(index: int) -> str:
        return f"{where}, index {index}"

    groups = None
    if name == "QMNIST":
        # The first of eight columns is the class, the third the writer (Yadav & Bottou 2019).
        if split == "test":
            # Only studied: training and test set have different writers as they are.
            groups = np.array([f"writer {writer:04}" for writer in labels[:, 2]], dtype=object)
        labels = labels[:, 0]
    texts = labels_as_text(labels, place, where)
    return Examples(shape_inputs(images, where), texts, place, where, groups)


def _with_names(part: Examples, names: tuple[str, ...]) -> Examples:
    """Return the examples with the name of its class as the label of each."""
    indices = part.labels.astype(np.int64)
    if len(set(names)) < len(names) or indices.max() >= len(names):
        raise DataDamaged(f"{part.where}: the labels do not match the names of the classes")
    return replace(part, labels=np.array(names)[indices])
