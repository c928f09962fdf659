"""Builds on disk: published whole, kept in the history, listed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock, Timeout

from reportgen.errors import StoreError
from reportgen.results.builds import DOCUMENTS, list_builds, list_history, publish_build
from reportgen.results.results_json import read_results, run_keys


def results_file(*keys: str, **more: Any) -> bytes:
    """Return a `results.json` of one model with these runs."""
    runs = [{"seed": seed, "key": key} for seed, key in enumerate(keys)]
    return json.dumps({"schema": 3, "models": [{"slug": "cnn", "runs": runs}], **more}).encode()


def drawing(name: str, number: int) -> bytes:
    """Return a drawing as reportgen writes it, as far as its beginning."""
    return f'<svg role="img" aria-labelledby="{name}-title">{number}</svg>'.encode()


def build_files(number: int, *figures: str) -> dict[str, bytes]:
    """Return the files of the build of this number."""
    return {
        "report.html": b"html %d" % number,
        "report.pdf": b"pdf %d" % number,
        "results.json": results_file(f"key {number}"),
        "predictions.npz": b"npz",
        **{f"figures/{name}.svg": drawing(name, number) for name in figures},
    }


def visible(folder: Path) -> dict[str, bytes]:
    """Return the files of the current build."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in paths
        if "history" not in path.parts and not path.name.startswith(".")
    }


def test_a_build_is_exactly_its_files(tmp_path: Path) -> None:
    """Publishing writes every file and removes figures that no longer belong."""
    folder = tmp_path / "output" / "paper"
    publish_build(folder, build_files(1, "a", "b"), keep=2)
    assert visible(folder) == build_files(1, "a", "b")
    mine = {"figures/mine.txt": b"of the user", "figures/mine.svg": b"<svg>of the user</svg>"}
    for name, content in mine.items():
        (folder / name).write_bytes(content)
    publish_build(folder, build_files(2, "b", "c"), keep=2)
    assert visible(folder) == build_files(2, "b", "c") | mine


def test_results_are_published_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When `results.json` is the new one, every document is."""
    publish_build(tmp_path, build_files(1, "z"), keep=2)
    order: list[str] = []
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        order.append(Path(target).name)
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    publish_build(tmp_path, build_files(2, "z"), keep=2)
    assert order[-1] == "results.json"
    assert set(order) == {"report.html", "report.pdf", "z.svg", "results.json"}


def test_one_process_publishes_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While files are renamed into place the lock is held, so that builds are not mixed."""
    taken: list[bool] = []
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        try:
            FileLock(tmp_path / ".publish.lock").acquire(timeout=0)
            taken.append(False)
        except Timeout:
            taken.append(True)
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    publish_build(tmp_path, build_files(1), keep=2)
    assert taken == [True] * 4
    FileLock(tmp_path / ".publish.lock").acquire(timeout=0).lock.release()


def test_the_same_build_touches_nothing(tmp_path: Path) -> None:
    """Publishing what is there already changes no file and no folder."""
    publish_build(tmp_path, build_files(1, "a"), keep=2)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    publish_build(tmp_path, build_files(1, "a"), keep=2)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_unchanged_files_keep_their_time(tmp_path: Path) -> None:
    """A new build rewrites only the files that changed, and a lost file comes back."""
    publish_build(tmp_path, build_files(1, "a"), keep=2)
    before = (tmp_path / "predictions.npz").stat().st_mtime_ns
    (tmp_path / "figures" / "a.svg").unlink()
    publish_build(tmp_path, build_files(2) | {"figures/a.svg": drawing("a", 1)}, keep=2)
    assert (tmp_path / "predictions.npz").stat().st_mtime_ns == before
    assert (tmp_path / "figures" / "a.svg").read_bytes() == drawing("a", 1)


def history(folder: Path) -> list[bytes]:
    """Return the HTML of the earlier builds, oldest first."""
    return [(build.folder / "report.html").read_bytes() for build in list_history(folder)]


def test_the_history_keeps_the_last_builds(tmp_path: Path) -> None:
    """Each turn of the results keeps the build before, up to the number that is asked for."""
    for number in range(5):
        publish_build(tmp_path, build_files(number), keep=3)
        assert history(tmp_path) == [b"html %d" % n for n in range(max(0, number - 3), number)]
    kept = list_history(tmp_path)
    assert [run_keys(build.results) for build in kept] == [{"key 1"}, {"key 2"}, {"key 3"}]
    assert (kept[0].folder / "report.pdf").read_bytes() == b"pdf 1"
    publish_build(tmp_path, build_files(4), keep=1)
    assert history(tmp_path) == [b"html 3"]
    publish_build(tmp_path, build_files(5), keep=0)
    assert history(tmp_path) == []


def test_a_change_of_prose_is_no_new_build_in_the_history(tmp_path: Path) -> None:
    """Another HTML of the same results replaces the old one; the history is of results."""
    publish_build(tmp_path, build_files(1), keep=3)
    publish_build(tmp_path, build_files(1) | {"report.html": b"better words"}, keep=3)
    assert history(tmp_path) == []
    for words in (b"html 2", b"other words"):
        publish_build(tmp_path, build_files(2) | {"report.html": words}, keep=3)
        assert history(tmp_path) == [b"better words"]


def test_a_draft_is_replaced_without_a_trace(tmp_path: Path) -> None:
    """A draft pushes nothing out of the history, and does not get there itself."""
    for number in (1, 2, 3):
        publish_build(tmp_path, build_files(number), keep=1)
    earlier = [build.folder for build in list_history(tmp_path)]
    publish_build(tmp_path, build_files(4), keep=1, replaces_draft=True)
    assert [build.folder for build in list_history(tmp_path)] == earlier
    assert visible(tmp_path) == build_files(4)


def test_a_clock_that_was_set_back_keeps_the_order(tmp_path: Path) -> None:
    """Earlier builds stay in the order of their publishing, whatever the clock says."""
    for number in range(4):
        publish_build(tmp_path, build_files(number), keep=5)
        seconds = 1_000_000_000 - number * 3600
        os.utime(tmp_path / "results.json", (seconds, seconds))
    assert history(tmp_path) == [b"html 0", b"html 1", b"html 2"]


def test_the_history_works_without_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system without hard links gets copies."""

    def refuse(source: Path, target: Path) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    for number in range(3):
        publish_build(tmp_path, build_files(number), keep=5)
    assert history(tmp_path) == [b"html 0", b"html 1"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_of_other_results_does_not_stay(tmp_path: Path, document: str) -> None:
    """A build of new results without it removes the old one; it is in the history."""
    first, again, second = build_files(1), build_files(1), build_files(2)
    del again[document], second[document]
    publish_build(tmp_path, first, keep=3)
    publish_build(tmp_path, again, keep=3)
    assert visible(tmp_path) == first
    publish_build(tmp_path, second, keep=3)
    assert visible(tmp_path) == second
    assert (list_history(tmp_path)[0].folder / document).read_bytes() == first[document]


def test_builds_are_listed_by_name(tmp_path: Path) -> None:
    """Every folder with results is a build; the store and other folders are none."""
    assert list_builds(tmp_path / "missing") == ()
    for name in ("paper", "mine"):
        publish_build(tmp_path / name, build_files(1), keep=2)
    (tmp_path / "store" / "ab").mkdir(parents=True)
    (tmp_path / "store" / "results.json").write_bytes(results_file("odd"))
    (tmp_path / "empty").mkdir()
    builds = list_builds(tmp_path)
    assert [build.experiment for build in builds] == ["mine", "paper"]
    assert builds[1].results == read_results(tmp_path / "paper")
    seconds = (tmp_path / "mine" / "results.json").stat().st_mtime
    assert builds[0].published.timestamp() == pytest.approx(seconds, abs=1e-5)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b'{"schema": 4, "models": []}',
        b'{"models": []}',
        b'{"schema": 3, "models": [{"slug": "a"}]}',
        b'{"schema": 3, "models": [{"slug": "a", "runs": [{"seed": 1}]}]}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_damaged_results_are_no_build(
    tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Results that are cut, of another version or no results are left out, with a warning."""
    publish_build(tmp_path / "paper", build_files(1), keep=2)
    (tmp_path / "paper" / "results.json").write_bytes(data)
    assert read_results(tmp_path / "paper") is None
    assert "is left out" in caplog.text
    assert list_builds(tmp_path) == ()
    publish_build(tmp_path / "paper", build_files(2), keep=2)
    assert history(tmp_path / "paper") == []
    assert visible(tmp_path / "paper") == build_files(2)


def test_an_output_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    """The message names the folder and says what is wrong."""
    (tmp_path / "paper").write_bytes(b"")
    with pytest.raises(StoreError, match=r"paper: there is a file where a folder is needed"):
        publish_build(tmp_path / "paper", build_files(1), keep=2)
