"""What a PDF is typeset with: all outside the document that can change its bytes.

These are WeasyPrint and what it imports, the native libraries that it has loaded, and the fonts of
the system in the order in which fontconfig falls back to them.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import sys
import zlib
from hashlib import sha256
from pathlib import Path

from reportgen.config.keys import digest, file_digests, package_version
from reportgen.report.fonts import FACES, font_folder

LOG = logging.getLogger(__name__)

_PACKAGES = (
    "weasyprint",
    "pydyf",
    "cffi",
    "tinyhtml5",
    "tinycss2",
    "cssselect2",
    "pyphen",
    "pillow",
    "fonttools",
    "brotli",
)
_LIBRARIES = re.compile(
    r"/lib(?:(?:pango|harfbuzz|fontconfig|freetype|fribidi|glib|gobject|graphite2|thai|datrie|expat|"
    r"png|brotli)[^/]*|z)\.so"
)
_MAPPED = Path("/proc/self/maps")
"""Where Linux tells which libraries this process has loaded."""
_GENERIC = ("serif", "sans-serif", "monospace")
_PATIENCE = 20
"""Seconds to wait for fontconfig."""


def typesetter_digest() -> str | None:
    """Digest what this process typesets with, once WeasyPrint is loaded.

    None where it cannot be known: only Linux tells which libraries are loaded, and `fc-match` may
    not be installed.
    """
    fonts = [_fallbacks(family) for family in _GENERIC]
    libraries = _loaded_libraries()
    if libraries is None or None in fonts:
        return None
    faces = {face.file: (font_folder() / face.file).read_bytes() for face in FACES}
    return digest(
        {
            "code": file_digests(Path(__file__).parent),
            "packages": {name: package_version(name) for name in _PACKAGES},
            "python": sys.version,
            "zlib": zlib.ZLIB_RUNTIME_VERSION,
            "libraries": libraries,
            "system fonts": fonts,
            "faces": {name: sha256(content).hexdigest() for name, content in faces.items()},
        }
    )


def _loaded_libraries() -> dict[str, list[int]] | None:
    """Return size and time of each native library that has a part in a PDF, by its path."""
    try:
        lines = _MAPPED.read_text().splitlines()
        paths = {line.split(maxsplit=5)[5] for line in lines if line.count("/")}
        found = sorted(path for path in paths if _is_native(path))
        status = {path: Path(path).stat() for path in found}
    except OSError as error:
        LOG.info("the libraries that are loaded are not known: %s", error)
        return None
    return {path: [file.st_size, file.st_mtime_ns] for path, file in status.items()}


def _is_native(path: str) -> bool:
    """Say whether a path is that of such a library; those in Python packages are left out.

    They follow from the package's version, and are loaded in some builds only.
    """
    return bool(_LIBRARIES.search(path)) and "-packages/" not in path


def _fallbacks(family: str) -> str | None:
    """Return the fonts of the system with their versions, in fontconfig's order for a family."""
    program = shutil.which("fc-match")
    if program is None:
        return None
    command = [program, "-a", "--format", "%{file} %{index} %{fontversion}\n", family]
    try:
        answer = subprocess.run(command, capture_output=True, check=False, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        LOG.info("fc-match gave no answer in %s s", _PATIENCE)
        return None
    return sha256(answer.stdout).hexdigest() if answer.returncode == 0 else None
