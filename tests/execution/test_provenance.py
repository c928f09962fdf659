import platform
import subprocess
from pathlib import Path

import pytest

from reportgen.execution import provenance
from reportgen.execution.provenance import Commit, find_commit


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_commit_of_a_checkout(tmp_path: Path) -> None:
    """A changed tracked file makes a checkout dirty; one that git does not track does not."""
    (tmp_path / "reportgen").mkdir()
    source = tmp_path / "reportgen" / "__init__.py"
    source.write_text("a = 1\n")
    _git(tmp_path, "init", "--quiet")
    assert find_commit(tmp_path) == Commit(None, None)
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "--quiet", "-m", "first")
    commit = _git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "notes.txt").write_text("untracked\n")
    assert find_commit(tmp_path) == Commit(commit, False)
    source.write_text("a = 2\n")
    assert find_commit(tmp_path) == Commit(commit, True)


def test_installed_copy_in_somebody_elses_checkout(tmp_path: Path) -> None:
    """A copy that git does not track has no commit, whatever lies around it."""
    _git(tmp_path, "init", "--quiet")
    (tmp_path / "tracked").write_text("theirs\n")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "--quiet", "-m", "theirs")
    packages = tmp_path / "site-packages"
    (packages / "reportgen").mkdir(parents=True)
    (packages / "reportgen" / "__init__.py").touch()
    assert find_commit(packages) == Commit(None, None)


def test_a_mac_is_named_with_its_chip_and_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own name for all processors is arm; libraries come with the system."""
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "mac_ver", lambda: ("15.1", ("", "", ""), "arm64"))
    monkeypatch.setattr(provenance, "_read_information", lambda: "")
    monkeypatch.setattr(provenance, "_output", lambda *_: "Apple M3 Pro\n")
    provenance._name_processor.cache_clear()
    try:
        assert provenance.describe_processor().startswith("Apple M3 Pro, macOS 15.1")
    finally:
        provenance._name_processor.cache_clear()
