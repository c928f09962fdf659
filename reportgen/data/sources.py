"""Where the files of a data set come from.

The folder that the user names is searched first, then the cache; then the files are downloaded into
the cache. All are checked before they are read. A damaged file in the user's folder ends the
search, because replacing it silently would hide the damage.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from platformdirs import user_cache_path

from reportgen.config.data_checks import TABLE_SUFFIXES, source_kind
from reportgen.config.schema import Data
from reportgen.config.settings import DEFAULT_DATASET
from reportgen.data import digits
from reportgen.data.archive import find_archive
from reportgen.data.arrays import DataArrays, limit_examples
from reportgen.data.catalogue import CATALOGUE, DatasetFacts
from reportgen.data.download import DownloadFailed, download
from reportgen.data.feature_table import find_table
from reportgen.data.idx import (
    check_folder,
    content_digest,
    grey_images,
    holds_any,
    raw_folders,
    read_again,
    read_content,
    read_files,
)
from reportgen.data.image_folder import find_image_folder
from reportgen.data.source import Source, SourceFile
from reportgen.errors import DataDamaged, DataUnavailable

VARIABLE = "REPORTGEN_DATA"
"""The environment variable that names the data folder where the command line does not."""

ALLOWED = (
    "a folder of images, a .npz file, a table "
    f"({', '.join(TABLE_SUFFIXES)}), torchvision:NAME or file.py:function"
)
"""Kinds of `data.source`, for messages."""

Notify = Callable[[str], None]


@dataclass(frozen=True)
class SearchOptions:
    """Where to look and what to expect; tests give their own."""

    catalogue: Mapping[str, DatasetFacts] = field(default_factory=lambda: CATALOGUE)
    download: bool = True


DEFAULT = SearchOptions()


def find_source(
    data: Data,
    data_dir: Path | None,
    cache: Path | None,
    notify: Notify,
    options: SearchOptions = DEFAULT,
    folder: Path = Path(),
) -> Source:
    """Return the checked files of the data set that `data` names, or those of its substitute.

    `data_dir` is the folder that the user names; None takes that of REPORTGEN_DATA. `cache` is
    where downloads are kept; None takes the user's cache folder. `notify` is called with what
    happens. `folder` is that of the experiment file, from which a source of the user's own is
    named. Raises DataDamaged where a file in the user's folder is not what it should be,
    DataUnavailable where the data set is not found and `data` allows no stand-in.
    """
    if data.source is not None:
        return _find_own_source(data, folder, named_folder(data_dir))
    if data.name == "digits":
        return digits_source()
    try:
        return _search(
            options.catalogue[data.name or DEFAULT_DATASET], data_dir, cache, notify, options
        )
    except _NotFound as missing:
        if data.fallback == "none":
            raise DataUnavailable(str(missing)) from missing
        for place in missing.places:
            notify(place)
        return replace(
            digits_source(), stand_in_for=data.name, stand_in_reason=missing.stand_in_reason
        )


def digits_source() -> Source:
    """Return the embedded digits; raises DataUnavailable where scikit-learn does not have them."""
    path = digits.digits_path()
    content = read_content(path)
    file = SourceFile(path, path.stem, digits.USAGE, len(content), content_digest(content))
    return Source("digits", digits.TITLE, (file,), partial(_read_digits, file))


def _read_digits(file: SourceFile, data: Data) -> DataArrays:
    read_again(file)
    images, labels = digits.read_digits(file.path)
    train, test = ((images[rows], labels[rows]) for rows in digits.split_digits(labels))
    return limit_examples(grey_images(train, test, digits.CLASSES), data)


def named_folder(data_dir: Path | None) -> tuple[Path, str] | None:
    """Return the folder that the user names, and the option or variable that names it, or None."""
    if data_dir is not None:
        return data_dir, "--data-dir"
    value = os.environ.get(VARIABLE)
    return (Path(value).expanduser(), VARIABLE) if value else None


class _NotFound(DataUnavailable):
    """A data set is in none of its places.

    The summary goes into the report, so it does not contain the words of the network.
    """

    def __init__(self, facts: DatasetFacts, summary: str, places: Sequence[str]) -> None:
        self.places = places
        self.stand_in_reason = (
            f"{facts.title} was not found on this machine and {summary}: "
            "the handwritten digits that scikit-learn ships stand in for it."
        )
        names = ", ".join(file.name for file in facts.files)
        lines = [
            f"{facts.title} was not found on this machine and {summary}.",
            *places,
            f"Put its files, compressed or not ({names}), into a folder {facts.folder}/raw,",
            f"and name the folder above it with --data-dir or {VARIABLE};",
            'or set data.fallback = "digits" to use the digits that come with '
            "scikit-learn instead.",
        ]
        super().__init__("\n  ".join(lines))


def _search(
    facts: DatasetFacts,
    data_dir: Path | None,
    cache: Path | None,
    notify: Notify,
    options: SearchOptions,
) -> Source:
    places: list[str] = []
    named = named_folder(data_dir)
    if named:
        folder, means = named
        raw = next(raw_folders(folder, facts, options.catalogue), None)
        if raw:
            return _source(raw, facts)
        places.append(f"looked in {folder} ({means}): {_absence(folder, facts)}")
    cache = user_cache_path("reportgen") / "data" if cache is None else cache
    kept = cache / facts.folder / "raw"
    if not holds_any(kept, facts):
        places.append(f"looked in {kept}: {_absence(kept, facts)}")
    else:
        try:
            return _source(kept, facts)
        except DataDamaged as error:
            notify(str(error))
            places.append(f"looked in the cache: {str(error).splitlines()[0]}")
    if not options.download:
        raise _NotFound(facts, "was not downloaded", places)
    notify(f"Downloading {facts.title}")
    try:
        download(facts, kept)
    except DownloadFailed as error:
        places.extend(f"tried {detail}" for detail in error.details)
        raise _NotFound(facts, "could not be downloaded", places) from error
    return _source(kept, facts)


def _absence(folder: Path, facts: DatasetFacts) -> str:
    if not folder.is_dir():
        return "there is no such folder"
    first = f"{facts.folder}/raw/{facts.files[0].name}"
    return f"it contains no files of {facts.title} ({first} and three more)"


def _source(raw: Path, facts: DatasetFacts) -> Source:
    files = check_folder(raw, facts)
    return Source(facts.name, facts.title, files, partial(read_files, files, facts.classes))


def _find_own_source(data: Data, folder: Path, named: tuple[Path, str] | None) -> Source:
    """Return the hashed files of `data.source`.

    A path is looked for from `folder`, that of the experiment file, and then in the data folder
    that the user names, as returned by `named_folder`. Raises DataUnavailable where it is
    in neither, DataDamaged where a file is not what it should be.
    """
    source = data.source or ""
    kind = source_kind(source)
    if kind == "torchvision":
        from reportgen.data.torchvision_sets import find_torchvision_set

        return find_torchvision_set(data, named)
    if kind == "function":
        from reportgen.data.plugin_data import find_plugin_data

        return find_plugin_data(data, folder)
    path = _locate(source, "source", folder, named)
    title, name = data.title or path.resolve().stem, path.resolve().name
    if path.is_dir():
        return find_image_folder(path, f"{name}/", title)
    if kind == "archive":
        return find_archive(path, name, title)
    if kind == "table":
        test = None if data.test is None else _locate(data.test, "test", folder, named)
        return find_table(path, test, name, title)
    raise DataUnavailable(f"data.source: {path} is of an unknown kind; allowed are {ALLOWED}")


def _locate(source: str, setting: str, folder: Path, named: tuple[Path, str] | None) -> Path:
    places = [folder / Path(source).expanduser()]
    if named:
        places.append(named[0] / source)
    for path in places:
        if path.exists():
            return path
    looked = " and ".join(str(path) for path in dict.fromkeys(places))
    raise DataUnavailable(
        f"data.{setting}: {source!r} does not exist; looked for {looked}. Give {ALLOWED}, as a "
        "path relative to the experiment file"
    )
