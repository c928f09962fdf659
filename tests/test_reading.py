"""Files are read to a limit, and nothing is read that may have no end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reportgen.reading import read_regular


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """A file of exactly the allowed size is read, an empty one too."""
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)))
    assert read_regular(path, 256) == bytes(range(256))
    path.write_bytes(b"")
    assert read_regular(path, 0) == b""


def test_what_has_no_end_is_refused(tmp_path: Path) -> None:
    """Pipes, devices, folders, and files above the limit, are errors; none is opened."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "folder").mkdir()
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**40)
    for name in ("pipe", "device"):
        with pytest.raises(OSError, match="is a device or a pipe"):
            read_regular(tmp_path / name)
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path / "folder")
    with pytest.raises(OSError, match="expected at most 5 bytes, found 1,099,511,627,776"):
        read_regular(tmp_path / "large", 5)
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "missing")
