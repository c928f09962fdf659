"""The folders of files that ship with the package: templates and experiments.

In a checkout they are at the top level, in an installed wheel inside the package.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_folder(name: str) -> Path:
    """Return the folder `name` ("templates" or "experiments") that ships with reportgen.

    Raises FileNotFoundError where the installation is incomplete.
    """
    for folder in (_PACKAGE / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"reportgen is installed without its folder {name!r}; install it again")
