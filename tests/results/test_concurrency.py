"""Many processes on one store and one build: all succeed, none sees a half."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reportgen.results.builds import list_history, publish_build
from reportgen.results.files import TEMPORARY
from reportgen.results.results_json import SCHEMA, read_results
from reportgen.results.store import Store

KEY = "ab" * 32

TOGETHER = """
import os, sys
from reportgen.results.builds import publish_build
from reportgen.results.store import Store
# Waiting for the disk would only leave less time in which processes meet.
os.fsync = lambda descriptor: None
children = []
for _ in range(int(sys.argv.pop())):
    child = os.fork()
    if child == 0:
        break
    children.append(child)
else:
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.exit(int(any(codes)))
"""
"""Forks: all processes begin at once, and what is slow to import is imported once."""

WRITER = """
import sys, pathlib
from reportgen.results.store import Store
root, kind, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
def complain(message):
    sys.exit(message)
store = Store(pathlib.Path(root), complain)
def check(entry):
    if entry is not None:
        n = entry.record["n"]
        assert entry.files == {"a.bin": bytes([n]) * 5000, "b.bin": bytes([n]) * 300}, n
for n in range(rounds):
    files = {"a.bin": bytes([n]) * 5000, "b.bin": bytes([n]) * 300}
    store.write(kind, "ab" * 32, {"n": n}, files)
    check(store.read(kind, "ab" * 32))
    if kind == "run" and n % 3 == 0:
        store.remove(kind, "ab" * 32)
        check(store.read(kind, "ab" * 32))
"""

DAMAGER = """
import sys, pathlib
from reportgen.results.store import Store
root, rounds = sys.argv[1], int(sys.argv[3])
store = Store(pathlib.Path(root), lambda message: None)
for n in range(rounds):
    path = store.folder("run", "ab" * 32) / ("a.bin" if n % 2 else "record.json")
    try:
        with path.open("r+b") as file:
            file.seek(n)
            file.write(b"\\xff\\x00")
    except OSError:
        pass
    entry = store.read("run", "ab" * 32)
    if entry is not None:
        assert entry.files == {"a.bin": b"\\x01" * 5000}, entry
    store.write("run", "ab" * 32, {"n": 1}, {"a.bin": b"\\x01" * 5000})
"""

PUBLISHER = """
import json, sys, pathlib
from reportgen.results.builds import publish_build
folder, first, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for n in range(rounds):
    name = f"{first + n % 2}"
    results = {"schema": 3, "name": name, "models": []}
    files = {"results.json": json.dumps(results).encode(), "report.html": name.encode() * 9000}
    publish_build(folder, files, keep=3)
"""


def run_together(script: str, root: Path, argument: str, processes: int, rounds: int) -> None:
    """Run a script in several processes at once and make sure that each succeeds."""
    arguments = [str(root), argument, str(rounds), str(processes)]
    done = subprocess.run(
        [sys.executable, "-c", TOGETHER + script, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["run", "checkpoint"])
def test_writers_of_one_key_all_succeed(tmp_path: Path, kind: str) -> None:
    """Processes that write, read and remove one key at once never see a half or raise a warning."""
    run_together(WRITER, tmp_path, kind, processes=4, rounds=30)
    store = Store(tmp_path, warn=pytest.fail)
    entry = store.read("run" if kind == "run" else "checkpoint", KEY)
    assert entry is None or len(entry.files["a.bin"]) == 5000
    assert not [
        path for path in tmp_path.rglob("*") if TEMPORARY.search(path.name) and path.is_dir()
    ]
    damaged = tmp_path / "damaged"
    assert not damaged.exists() or not list(damaged.iterdir())


def test_damage_and_healing_at_once(tmp_path: Path) -> None:
    """While processes damage, set aside and rewrite one entry, none is ever served wrong bytes."""
    run_together(DAMAGER, tmp_path, "run", processes=3, rounds=40)
    store = Store(tmp_path, warn=lambda _: None)
    store.write("run", KEY, {"n": 1}, {"a.bin": b"\x01" * 5000})
    entry = store.read("run", KEY)
    assert entry is not None and entry.files == {"a.bin": b"\x01" * 5000}


def test_builds_of_one_experiment_are_published_one_after_the_other(tmp_path: Path) -> None:
    """Processes that publish different builds at once leave one whole build, and whole history."""
    folder = tmp_path / "paper"
    run_together(PUBLISHER, folder, "3", processes=4, rounds=8)
    results = read_results(folder)
    assert results is not None
    assert (folder / "report.html").read_text() == results["name"] * 9000
    earlier = list_history(folder)
    assert 1 <= len(earlier) <= 3
    for build in earlier:
        assert (build.folder / "report.html").read_text() == build.results["name"] * 9000


def test_publishing_goes_on_while_a_dead_lock_is_left(tmp_path: Path) -> None:
    """The lock file of a killed process does not stop others."""
    (tmp_path / ".publish.lock").write_bytes(b"")
    results = {"schema": SCHEMA, "models": []}
    publish_build(tmp_path, {"results.json": json.dumps(results).encode()}, keep=1)
    assert read_results(tmp_path) == results
