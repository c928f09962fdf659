"""The images and labels of a source, read once into arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.config.schema import Data
from reportgen.data import digits
from reportgen.data.folders import SourceFile
from reportgen.data.idx import Bytes, content_digest, damage, read_content, to_array
from reportgen.data.selection import even_quotas, spread
from reportgen.data.sources import Source
from reportgen.errors import DataDamaged


@dataclass(frozen=True)
class Images:
    """What is trained on, and what is evaluated: unsigned bytes, 0 is the background."""

    train_images: Bytes
    """`[n_train, 28, 28]`"""
    train_labels: Bytes
    """`[n_train]`"""
    test_images: Bytes
    """`[n, 28, 28]`"""
    test_labels: Bytes
    """`[n]`"""


def read_images(source: Source, data: Data) -> Images:
    """Return the images and labels of `source`, cut to the limits that `data` sets.

    Raises DataDamaged where a file is no longer what it was when it was checked.
    """
    images = _read_digits(source) if source.is_digits else _read_files(source)
    train = _limit(images.train_images, images.train_labels, data.train_limit)
    test = _limit(images.test_images, images.test_labels, data.test_limit)
    return Images(*train, *test)


def _read_files(source: Source) -> Images:
    return Images(*(to_array(_read_again(file)) for file in source.files))


def _read_digits(source: Source) -> Images:
    (file,) = source.files
    _read_again(file)
    images, labels = digits.read_digits(file.path)
    train, test = digits.split_digits(labels)
    return Images(images[train], labels[train], images[test], labels[test])


def _read_again(file: SourceFile) -> Bytes:
    content = read_content(file.path)
    found = content_digest(content)
    if found != file.sha256:
        fault = f"it changed after it was checked: SHA-256 was {file.sha256} and is {found}"
        raise DataDamaged(damage(file.path, fault))
    return content


def _limit(images: Bytes, labels: Bytes, limit: int | None) -> tuple[Bytes, Bytes]:
    """Return `limit` examples, evenly from each class, in the order of the file."""
    if limit is None or limit >= len(labels):
        return images, labels
    chosen = spread(labels, even_quotas(np.bincount(labels), limit))
    return images[chosen], labels[chosen]
