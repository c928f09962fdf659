"""Where the files of a data set come from: looked for in order, checked before anything reads them.

A folder that the user names comes first, then the cache, then the download into the cache. What is
damaged in the user's folder ends the search, as a silent replacement would hide it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_cache_path

from reportgen.config.keys import digest
from reportgen.config.schema import Data
from reportgen.data import digits
from reportgen.data.catalogue import CATALOGUE, DatasetFacts
from reportgen.data.checked import CheckedFiles
from reportgen.data.download import DownloadFailed, TimeLimits, download
from reportgen.data.folders import SourceFile, absence, check_folder, holds_any, raw_folders
from reportgen.data.idx import content_digest, read_content
from reportgen.errors import DataDamaged, DataUnavailable

VARIABLE = "REPORTGEN_DATA"
"""The environment variable that names the data folder where the command line does not."""

Notify = Callable[[str], None]


@dataclass(frozen=True)
class Source:
    """The checked files of one data set."""

    name: str
    title: str
    classes: tuple[str, ...]
    files: tuple[SourceFile, ...]
    stand_in_for: str | None = None
    """The data set that was asked for, where this one stands in for it."""
    stand_in_reason: str | None = None
    """Why, in one sentence."""

    @property
    def digest(self) -> str:
        """SHA-256 that stands for the content of all files; where they lie does not matter."""
        return digest(
            {"name": self.name, "files": {file.usage: file.sha256 for file in self.files}}
        )

    @property
    def is_digits(self) -> bool:
        """Whether this is the embedded data set."""
        return self.name == "digits"


@dataclass(frozen=True)
class SearchOptions:
    """Where to look and what to expect; tests give their own."""

    catalogue: Mapping[str, DatasetFacts]
    limits: TimeLimits
    download: bool = True
    checked: CheckedFiles | None = None
    """Where it is kept which files were checked before; None checks all anew."""


DEFAULT = SearchOptions(CATALOGUE, TimeLimits())


def find_source(
    data: Data,
    data_dir: Path | None,
    cache: Path | None,
    notify: Notify,
    options: SearchOptions = DEFAULT,
) -> Source:
    """Return the checked files of the data set that `data` names, or those of its stand-in.

    `data_dir` is the folder that the user names; None takes that of REPORTGEN_DATA. `cache` is
    where downloads are kept; None takes the user's cache folder. `notify` is told what happens.
    Raises DataDamaged where a file in the user's folder is not what it should be, DataUnavailable
    where the data set is nowhere and `data` allows no stand-in.
    """
    assert data.name is not None
    if data.name == "digits":
        return digits_source()
    try:
        return _search(options.catalogue[data.name], data_dir, cache, notify, options)
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
    return Source("digits", digits.TITLE, digits.CLASSES, (file,))


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
    """A data set is in none of its places."""

    def __init__(self, facts: DatasetFacts, summary: str, places: tuple[str, ...]) -> None:
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
            return _source(raw, facts, options)
        places.append(f"looked in {folder} ({means}): {absence(folder, facts)}")
    kept = cache_folder(cache) / facts.folder / "raw"
    found = _from_cache(kept, facts, places, notify, options)
    return found or _from_mirrors(kept, facts, places, notify, options)


def _from_cache(
    kept: Path, facts: DatasetFacts, places: list[str], notify: Notify, options: SearchOptions
) -> Source | None:
    """Return what the cache holds; what is damaged there is said, and downloaded anew."""
    if not holds_any(kept, facts):
        places.append(f"looked in {kept}: {absence(kept, facts)}")
        return None
    try:
        return _source(kept, facts, options)
    except DataDamaged as error:
        notify(str(error))
        places.append(f"looked in the cache: {str(error).splitlines()[0]}")
        return None


def _from_mirrors(
    kept: Path, facts: DatasetFacts, places: list[str], notify: Notify, options: SearchOptions
) -> Source:
    if not options.download:
        raise _NotFound(facts, "was not downloaded", tuple(places))
    notify(f"Downloading {facts.title}")
    try:
        download(facts, options.limits, lambda raw: check_folder(raw, facts), kept)
    except DownloadFailed as error:
        places.extend(f"tried {detail}" for detail in error.details)
        raise _NotFound(facts, error.summary, tuple(places)) from error
    except DataDamaged as error:
        places.append(f"downloaded it: {str(error).splitlines()[0]}")
        raise _NotFound(facts, "came damaged from the network", tuple(places)) from error
    return _source(kept, facts, options)


def _source(raw: Path, facts: DatasetFacts, options: SearchOptions) -> Source:
    files = check_folder(raw, facts, options.checked)
    return Source(facts.name, facts.title, facts.classes, files)
