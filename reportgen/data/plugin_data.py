"""A function of the user's own that returns the data: `source = "mydata.py:load"`.

It returns `x_train, y_train, x_test, y_test`, or `x, y`, which are split, as a tuple of arrays or
as a dictionary with these names.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data
from reportgen.data.archive import ALLOWED, assemble_arrays
from reportgen.data.arrays import arrays_digest
from reportgen.data.source import Source, SourceFile, describe_file
from reportgen.errors import DataDamaged, DataUnavailable
from reportgen.plugins import Plugin, require_plugin
from reportgen.plugins.loading import describe, load_object

ORDERS = {4: ("x_train", "y_train", "x_test", "y_test"), 2: ("x", "y")}
"""Number of arrays in a tuple → their names."""


def find_plugin_data(data: Data, folder: Path) -> Source:
    """Return the data that the function returns; it is called with `data.options`.

    Raises PluginFailed, and DataUnavailable where the function raises or returns something else.
    """
    reference = data.source or ""
    plugin = require_plugin(reference, "source", folder, reference)
    function = load_object(plugin)
    try:
        returned = function(**data.options)
    except (Exception, SystemExit) as error:
        raise DataUnavailable(f"{reference} failed: {describe(error, plugin)}") from error
    arrays = _name_arrays(returned, reference)
    name = reference.rpartition("/")[2]
    files = _describe(arrays, plugin, folder)
    read = partial(assemble_arrays, arrays, reference)
    return Source(name, data.title or name.rpartition(":")[2], files, read)


def _name_arrays(returned: Any, reference: str) -> dict[str, NDArray[Any]]:
    if isinstance(returned, Mapping):
        named = {str(name): np.asarray(values) for name, values in returned.items()}
    elif isinstance(returned, tuple | list) and len(returned) in ORDERS:
        order = ORDERS[len(returned)]
        named = {n: np.asarray(values) for n, values in zip(order, returned, strict=True)}
    else:
        kind = type(returned).__name__
        raise DataDamaged(
            f"{reference} returned {kind}; return {ALLOWED}, as a tuple or a dictionary of arrays"
        )
    # Text in an array of objects, as pandas has it, is fine for labels.
    return {n: v.astype(np.str_) if _is_text(v) else v for n, v in named.items()}


def _is_text(array: NDArray[Any]) -> bool:
    return array.dtype == object and all(isinstance(value, str) for value in array.ravel())


def _describe(
    arrays: Mapping[str, NDArray[Any]], plugin: Plugin, folder: Path
) -> tuple[SourceFile, ...]:
    """Return one entry for the arrays, and one for each file of the function."""
    reference = plugin.reference
    for name, array in arrays.items():
        if array.dtype == object:
            raise DataDamaged(
                f"{reference}: {name} is an array of Python objects; return numbers, of a sparse "
                "matrix its toarray()"
            )
    digest = arrays_digest(*arrays.values())
    size = sum(array.nbytes for array in arrays.values())
    entries = [SourceFile(folder, reference, "Arrays that the function returned", size, digest)]
    usage = "Python file of the function"
    entries += [describe_file(path, usage, path.read_bytes()) for path in plugin.files.values()]
    return tuple(entries)
