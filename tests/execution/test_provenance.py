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


def test_a_checkout_whose_git_folder_is_elsewhere(tmp_path: Path) -> None:
    """There `.git` is a file, as in a worktree."""
    (tmp_path / "code" / "reportgen").mkdir(parents=True)
    (tmp_path / "code" / "reportgen" / "__init__.py").touch()
    _git(tmp_path / "code", "init", "--quiet", "--separate-git-dir", str(tmp_path / "history"))
    _git(tmp_path / "code", "add", ".")
    _git(tmp_path / "code", "commit", "--quiet", "-m", "first")
    commit = _git(tmp_path / "code", "rev-parse", "HEAD")
    assert find_commit(tmp_path / "code") == Commit(commit, False)


def test_git_is_not_called_without_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a Mac without the developer tools, it would open a window."""
    monkeypatch.setattr(provenance, "_output", lambda *_: pytest.fail("git was called"))
    assert find_commit(tmp_path) == Commit(None, None)


ARM = """\
processor\t: 0
Features\t: fp asimd sve
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: {variant}
CPU part\t: {part}
CPU revision\t: 1

processor\t: 1
"""


def test_arm_cores_of_different_models_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux has numbers for them and no name."""
    monkeypatch.setattr(provenance, "_name_processor", lambda: "aarch64")
    neoverse = provenance._describe_processor(ARM.format(variant="0x3", part="0xd0c"), {})
    assert neoverse == "aarch64, CPU implementer 0x41, CPU variant 0x3, CPU part 0xd0c; asimd sve"
    assert neoverse != provenance._describe_processor(ARM.format(variant="0x1", part="0xd40"), {})


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
