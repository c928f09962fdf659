"""A checkout has the same bytes on every system: digests of files are part of the keys of runs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")
"""What git is set to by its installer for Windows."""


def test_a_checkout_on_windows_has_the_same_bytes(tmp_path: Path) -> None:
    """Text keeps its line feeds, and no byte of an image is changed."""
    contents = {"code.py": b"a = 1\nb = 2\n", "image.png": b"\x89PNG\r\n\x1a\n"}
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)

    def git(*arguments: str) -> None:
        command = ["git", "-C", str(tmp_path), *WINDOWS, *arguments]
        subprocess.run(command, check=True, capture_output=True)

    git("init", "--quiet")
    git("add", ".")
    for name in contents:
        (tmp_path / name).unlink()
    git("checkout-index", "--all")
    assert {name: (tmp_path / name).read_bytes() for name in contents} == contents
