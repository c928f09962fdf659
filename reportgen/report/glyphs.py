"""Which characters no font of this machine can print, and what to install for them."""

from __future__ import annotations

import logging
import shutil
import subprocess
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from reportgen.report.fonts import FACES, find_unusual
from reportgen.wording import list_some

LOG = logging.getLogger(__name__)

_CJK = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH")
_EMOJI = ("So", "Sk", "Cn")

_SHOWN = 8
"""Characters of a script that a warning names."""
_PATIENCE = 20
"""Seconds to wait for fontconfig."""


def find_missing_glyphs(text: str) -> tuple[str, ...]:
    """Return a warning for each script of `text` that no font of this machine can print.

    The system's fonts are asked for through fontconfig; where there is none, no warning is given.
    """
    unusual = sorted(find_unusual(text))
    if not unusual or _system_has("".join(unusual)):
        return ()
    # Reading the report's own faces takes longer than asking the system, and is hardly ever needed.
    own = _read_characters(face.path() for face in FACES)
    missing = (each for each in unusual if ord(each) not in own and not _system_has(each))
    groups: dict[tuple[str, str], list[str]] = {}
    for character in missing:
        groups.setdefault(_script(character), []).append(character)
    return tuple(
        f"no font on this machine has {list_some(found, _SHOWN)} ({script}): the PDF shows boxes "
        f"instead; {_advice(package)}"
        for (script, package), found in groups.items()
    )


def _advice(package: str) -> str:
    if not package:
        return "install the font that they were made for"
    return f"install {package} (Debian, Ubuntu: apt install {package}) or another font for it"


def _read_characters(files: Iterable[Path]) -> set[int]:
    from fontTools.ttLib import TTFont  # only where a text goes beyond the usual characters

    known: set[int] = set()
    for file in files:
        with TTFont(file, lazy=True) as font:
            known.update(font.getBestCmap())
    return known


def _system_has(characters: str) -> bool:
    """Ask fontconfig for a font that has all `characters`.

    Without fontconfig the system is trusted to have one, as macOS and Windows do; and so is one
    whose fontconfig does not answer, as it may while it looks through new fonts: only a warning
    depends on it.
    """
    program = shutil.which("fc-list")
    if program is None:
        return True
    codes = " ".join(f"{ord(character):x}" for character in characters)
    command = [program, f":charset={codes}", "file"]
    try:
        answer = subprocess.run(command, capture_output=True, check=False, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        LOG.info("fc-list gave no answer in %s s: missing fonts are not warned of", _PATIENCE)
        return True
    return answer.returncode != 0 or bool(answer.stdout.strip())


def _script(character: str) -> tuple[str, str]:
    """Return the script of a character by its name, and the Debian package that has it."""
    if unicodedata.category(character) == "Co":
        return "private-use characters", ""
    name = unicodedata.name(character, "")
    if name.startswith(_CJK):
        return "Chinese, Japanese or Korean", "fonts-noto-cjk"
    if unicodedata.category(character) in _EMOJI:
        return "symbols and emoji", "fonts-noto-color-emoji"
    return name.split(" ")[0].capitalize() or "an unknown script", "fonts-noto-core"
