"""Where the files of a data set come from.

The folder that the user names is searched first, then the cache; then the files are downloaded into
the cache. All are checked before they are read. A damaged file in the user's folder ends the
search, because replacing it silently would hide the damage.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from platformdirs import user_cache_path

from reportgen.config.schema import DEFAULT_DATASET, Data
from reportgen.data import digits
from reportgen.data.arrays import DataArrays, limit_examples
from reportgen.data.catalogue import CATALOGUE, DatasetFacts
from reportgen.data.download import DownloadFailed, TimeLimits, download
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
from reportgen.data.own_sources import find_own_source
from reportgen.data.source import Source, SourceFile
from reportgen.errors import DataDamaged, DataUnavailable

VARIABLE = "REPORTGEN_DATA"
"""The environment variable that names the data folder where the command line does not."""

Notify = Callable[[str], None]


@dataclass(frozen=True)
class SearchOptions:
    """Where to look and what to expect; tests give their own."""

    catalogue: Mapping[str, DatasetFacts]
    limits: TimeLimits
    download: bool = True


DEFAULT = SearchOptions(CATALOGUE, TimeLimits())


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
    DataUnavailable where the data set is nowhere and `data` allows no stand-in.
    """
    if data.source is not None:
        return find_own_source(data, folder, named_folder(data_dir))
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
    """Return the folder that the user names and by what means, or None."""
    if data_dir is not None:
        return data_dir, "--data-dir"
    value = os.environ.get(VARIABLE)
    return (Path(value).expanduser(), VARIABLE) if value else None


def cache_folder(cache: Path | None) -> Path:
    """Return the folder that downloads are kept in."""
    return cache if cache is not None else user_cache_path("reportgen") / "data"


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
            f"and name the folder above it by --data-dir or {VARIABLE};",
            'or set data.fallback = "digits" to go on with the digits that scikit-learn ships.',
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
    kept = cache_folder(cache) / facts.folder / "raw"
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
        download(facts, options.limits, kept)
    except DownloadFailed as error:
        places.extend(f"tried {detail}" for detail in error.details)
        raise _NotFound(facts, "could not be downloaded", places) from error
    return _source(kept, facts)


def _absence(folder: Path, facts: DatasetFacts) -> str:
    if not folder.is_dir():
        return "there is no such folder"
    first = f"{facts.folder}/raw/{facts.files[0].name}"
    return f"it has no files of {facts.title} ({first} and three more)"


def _source(raw: Path, facts: DatasetFacts) -> Source:
    files = check_folder(raw, facts)
    return Source(facts.name, facts.title, files, partial(read_files, files, facts.classes))
