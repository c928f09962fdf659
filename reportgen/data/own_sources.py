"""The user's own data: which kind of source a setting names, and where it is."""

from __future__ import annotations

from pathlib import Path

from reportgen.config.data_checks import TABLE_SUFFIXES, source_kind
from reportgen.config.schema import Data
from reportgen.data.archive import find_archive
from reportgen.data.feature_table import find_table
from reportgen.data.image_folder import find_image_folder
from reportgen.data.source import Source
from reportgen.errors import DataUnavailable

ALLOWED = (
    "a folder of images, a .npz file, a table "
    f"({', '.join(TABLE_SUFFIXES)}), torchvision:NAME or file.py:function"
)


def find_own_source(data: Data, folder: Path, named: tuple[Path, str] | None) -> Source:
    """Return the hashed files of `data.source`.

    A path is looked for from `folder`, that of the experiment file, and then in the data folder
    that the user names: `named`, the folder and by what means. Raises DataUnavailable where it is
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
    raise DataUnavailable(f"data.source: {path} is of no known kind; allowed are {ALLOWED}")


def _locate(source: str, setting: str, folder: Path, named: tuple[Path, str] | None) -> Path:
    places = [folder / Path(source).expanduser()]
    if named:
        places.append(named[0] / source)
    for path in places:
        if path.exists():
            return path
    looked = " and ".join(str(path) for path in dict.fromkeys(places))
    raise DataUnavailable(
        f"data.{setting}: {source!r} is not there; looked for {looked}. Allowed are {ALLOWED}, "
        "named by its path from the experiment file"
    )
