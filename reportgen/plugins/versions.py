"""Which installed packages a plug-in uses, and their versions."""

from __future__ import annotations

import sysconfig
from collections.abc import Collection
from importlib import metadata
from pathlib import Path

OTHER_NAMES = {"sklearn": "scikit-learn", "PIL": "pillow", "cv2": "opencv-python"}
"""Package → its distribution, of those that are often used; others are looked up."""


def is_installed(path: Path) -> bool:
    """Return whether a file belongs to an installed package, which its version identifies."""
    homes = (sysconfig.get_paths()[name] for name in ("purelib", "platlib", "stdlib"))
    return any(path.resolve().is_relative_to(Path(home).resolve()) for home in homes)


def versions_of(packages: Collection[str]) -> dict[str, str]:
    """Return the version of each distribution that provides one of the packages."""
    versions, unknown = {}, []
    for package in packages:
        name = OTHER_NAMES.get(package, package)
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            unknown.append(package)
    # It reads the metadata of all installed packages.
    providers = metadata.packages_distributions() if unknown else {}
    for package in unknown:
        versions |= {name: metadata.version(name) for name in providers.get(package, [])}
    return dict(sorted(versions.items()))
